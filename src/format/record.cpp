#include "format/record.h"

#include "format/binary.h"
#include "format/line_options.h"
#include "util/base64url.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace cartd::format {
namespace {

constexpr std::uint8_t layout = 1;
constexpr std::uint64_t most_int = std::numeric_limits<std::int64_t>::max();
/// The last millisecond of the year 9999: later ones cannot be shown.
constexpr std::uint64_t last_time = 253'402'300'799'999;
constexpr std::uint64_t last_producer = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t key_size = 16;
constexpr std::size_t fingerprint_size = 11;

namespace member {
constexpr std::uint8_t owner = 1;
constexpr std::uint8_t metadata = 2;
constexpr std::uint8_t created_at = 4;
constexpr std::uint8_t updated_at = 8;
constexpr std::uint8_t expires_at = 16;
constexpr std::uint8_t lines = 32;
constexpr std::uint8_t all = 63;
}  // namespace member

namespace detail_member {
constexpr std::uint8_t any = 1;
constexpr std::uint8_t name = 2;
constexpr std::uint8_t unit_price = 4;
constexpr std::uint8_t metadata = 8;
constexpr std::uint8_t options = 16;
constexpr std::uint8_t all = 31;
}  // namespace detail_member

std::uint8_t flag(bool is_set, std::uint8_t bit) { return is_set ? bit : std::uint8_t{0}; }

// --- Writing ---------------------------------------------------------------------------------------------------------

std::uint64_t number_of(Time time) {
  const auto count = time.time_since_epoch().count();
  return count < 0 ? 0 : std::min(static_cast<std::uint64_t>(count), last_time);
}

void append_time(std::string& out, const std::optional<Time>& time) {
  if (time) append_varint(out, number_of(*time));
}

void append_details(std::string& out, const LineDetails* details) {
  if (details == nullptr) {
    out += '\0';
    return;
  }
  out += static_cast<char>(detail_member::any | flag(!details->name.empty(), detail_member::name) |
                           flag(details->unit_price.has_value(), detail_member::unit_price) |
                           flag(!details->metadata.empty(), detail_member::metadata) |
                           flag(!details->options.empty(), detail_member::options));
  append_varint(out, number_of(details->added_at));
  if (!details->name.empty()) append_counted(out, details->name);
  if (details->unit_price) {
    append_varint(out, static_cast<std::uint64_t>(details->unit_price->amount_minor));
    out += details->unit_price->currency.code();
  }
  if (!details->metadata.empty()) append_counted(out, details->metadata);
  if (!details->options.empty()) append_counted(out, details->options);
}

std::string_view identity_of(const Line& line) { return line.id.str(); }

std::size_t expected_size(const CartRecord& record) {
  constexpr std::size_t most_of_header = 64;
  std::size_t size = most_of_header + record.cart.metadata.size() + 16 * record.applied_sequences.size() +
                     (key_size + fingerprint_size + 8) * record.keys.size();
  for (const Line& line : record.cart.lines) {
    size += identity_of(line).size() + 8;
    if (line.details)
      size += line.details->name.size() + line.details->metadata.size() + line.details->options.size() + 16;
  }
  return size;
}

// --- Reading ---------------------------------------------------------------------------------------------------------

std::optional<Time> time_in(BinaryReader& in) {
  const auto value = in.varint(last_time);
  if (!value) return std::nullopt;
  return Time(Millis(static_cast<std::int64_t>(*value)));
}

/// A JSON object, and not an empty text.
std::optional<std::string> metadata_in(BinaryReader& in) {
  const auto text = in.counted();
  if (!text || !util::is_json_object(*text)) return std::nullopt;
  return std::string(*text);
}

std::optional<Money> price_in(BinaryReader& in) {
  const auto amount = in.varint(std::uint64_t{max_unit_price});
  const auto code = amount ? in.bytes(3) : std::nullopt;
  if (!code) return std::nullopt;
  const auto currency = Currency::parse(*code);
  if (!currency) return std::nullopt;
  return Money{static_cast<std::int64_t>(*amount), *currency};
}

/// False where they cannot be read.
bool read_details(BinaryReader& in, std::shared_ptr<const LineDetails>& target) {
  const auto flags = in.byte();
  if (!flags || *flags > detail_member::all) return false;
  if (*flags == 0) return true;
  const auto added_at = (*flags & detail_member::any) != 0 ? time_in(in) : std::nullopt;
  if (!added_at) return false;
  LineDetails details;
  details.added_at = *added_at;
  if ((*flags & detail_member::name) != 0) {
    const auto name = in.counted();
    if (!name || name->empty() || !util::is_utf8(*name) || util::has_control(*name)) return false;
    details.name = *name;
  }
  if ((*flags & detail_member::unit_price) != 0) {
    details.unit_price = price_in(in);
    if (!details.unit_price) return false;
  }
  if ((*flags & detail_member::metadata) != 0) {
    auto metadata = metadata_in(in);
    if (!metadata) return false;
    details.metadata = std::move(*metadata);
  }
  if ((*flags & detail_member::options) != 0) {
    const auto options = in.counted();
    if (!options || !is_line_options(*options)) return false;
    details.options = *options;
  }
  target = std::make_shared<const LineDetails>(std::move(details));
  return true;
}

std::optional<Line> line_in(BinaryReader& in) {
  const auto identity = in.counted();
  if (!identity) return std::nullopt;
  auto id = LineId::parse(*identity);
  const auto quantity = id ? in.varint(std::uint64_t{max_readable_quantity}) : std::nullopt;
  if (!quantity || *quantity == 0) return std::nullopt;
  Line line{std::move(*id), static_cast<std::int64_t>(*quantity)};
  if (!read_details(in, line.details)) return std::nullopt;
  return line;
}

bool are_distinct(const std::vector<Line>& lines) {
  std::vector<std::string_view> identities;
  identities.reserve(lines.size());
  for (const Line& line : lines) identities.push_back(identity_of(line));
  std::sort(identities.begin(), identities.end());
  return std::adjacent_find(identities.begin(), identities.end()) == identities.end();
}

bool read_lines(BinaryReader& in, std::vector<Line>& lines) {
  const auto count = in.count(4);
  if (!count || *count == 0) return false;
  lines.reserve(std::min<std::size_t>(*count, 1024));
  for (std::size_t i = 0; i < *count; ++i) {
    auto line = line_in(in);
    if (!line) return false;
    lines.push_back(std::move(*line));
  }
  if (!std::is_sorted(lines.begin(), lines.end(), shown_before)) std::sort(lines.begin(), lines.end(), shown_before);
  return are_distinct(lines);
}

bool read_sequences(BinaryReader& in, std::vector<AppliedSequence>& sequences) {
  const auto count = in.count(2);
  if (!count) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto producer = in.varint(last_producer);
    const auto sequence = producer ? in.varint(most_int) : std::nullopt;
    if (!sequence) return false;
    sequences.push_back({*producer, *sequence});
  }
  return true;
}

std::optional<std::string> digest_in(BinaryReader& in, std::size_t size) {
  const auto text = in.bytes(size);
  if (!text || !util::is_base64url(*text)) return std::nullopt;
  return std::string(*text);
}

bool read_keys(BinaryReader& in, std::vector<RememberedKey>& keys) {
  const auto count = in.count(key_size + fingerprint_size + 1);
  if (!count) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    auto key = digest_in(in, key_size);
    auto fingerprint = key ? digest_in(in, fingerprint_size) : std::nullopt;
    const auto at = fingerprint ? time_in(in) : std::nullopt;
    if (!at) return false;
    keys.push_back({Idempotency{std::move(*key), std::move(*fingerprint)}, *at});
  }
  return true;
}

bool read_owner(BinaryReader& in, std::optional<UserId>& owner) {
  const auto text = in.counted();
  if (!text) return false;
  auto id = UserId::parse(*text);
  if (!id) return false;
  owner = std::move(*id);
  return true;
}

bool read_members(BinaryReader& in, std::uint8_t members, Cart& cart) {
  const auto has = [&](std::uint8_t bit) { return (members & bit) != 0; };
  if (has(member::owner) && !read_owner(in, cart.owner)) return false;
  if (has(member::metadata)) {
    auto metadata = metadata_in(in);
    if (!metadata) return false;
    cart.metadata = std::move(*metadata);
  }
  const auto read_time = [&](std::uint8_t bit, std::optional<Time>& time) {
    return !has(bit) || (time = time_in(in)).has_value();
  };
  return read_time(member::created_at, cart.created_at) && read_time(member::updated_at, cart.updated_at) &&
         read_time(member::expires_at, cart.expires_at) && (!has(member::lines) || read_lines(in, cart.lines));
}

struct Opening {
  RecordHeader header;
  std::uint8_t members;
};

std::optional<Opening> read_opening(BinaryReader& in) {
  if (in.byte() != layout) return std::nullopt;
  const auto token = in.fixed();
  const auto forget_at = token && *token != 0 ? in.fixed() : std::nullopt;
  const auto members = forget_at && *forget_at <= last_time ? in.byte() : std::nullopt;
  if (!members || *members > member::all) return std::nullopt;
  const bool cart_exists = (*members & (member::created_at | member::lines)) != 0;
  return Opening{{*token, Time(Millis(static_cast<std::int64_t>(*forget_at))), cart_exists}, *members};
}

std::optional<CartRecord> read_record(BinaryReader& in, const CartId& id, const Opening& opening) {
  CartRecord record{Cart{id}};
  record.forget_at = opening.header.forget_at;
  const auto version = in.varint(most_int);
  if (!version) return std::nullopt;
  record.cart.version = *version;
  if (!read_members(in, opening.members, record.cart) || !read_sequences(in, record.applied_sequences) ||
      !read_keys(in, record.keys) || !in.at_end())
    return std::nullopt;
  return record;
}

}  // namespace

std::string record_to_bytes(const CartRecord& record, std::uint64_t token) {
  const Cart& cart = record.cart;
  std::string out;
  out.reserve(expected_size(record));
  out += static_cast<char>(layout);
  append_fixed(out, token);
  append_fixed(out, number_of(record.forget_at));
  out += static_cast<char>(
      flag(cart.owner.has_value(), member::owner) | flag(!cart.metadata.empty(), member::metadata) |
      flag(cart.created_at.has_value(), member::created_at) | flag(cart.updated_at.has_value(), member::updated_at) |
      flag(cart.expires_at.has_value(), member::expires_at) | flag(!cart.lines.empty(), member::lines));
  append_varint(out, cart.version);
  if (cart.owner) append_counted(out, cart.owner->str());
  if (!cart.metadata.empty()) append_counted(out, cart.metadata);
  append_time(out, cart.created_at);
  append_time(out, cart.updated_at);
  append_time(out, cart.expires_at);
  if (!cart.lines.empty()) append_varint(out, cart.lines.size());
  for (const Line& line : cart.lines) {
    append_counted(out, identity_of(line));
    append_varint(out, static_cast<std::uint64_t>(line.quantity));
    append_details(out, line.details.get());
  }
  append_varint(out, record.applied_sequences.size());
  for (const AppliedSequence& last : record.applied_sequences) {
    append_varint(out, last.producer);
    append_varint(out, last.sequence);
  }
  append_varint(out, record.keys.size());
  for (const RememberedKey& key : record.keys) {
    out += key.idempotency.key;
    out += key.idempotency.fingerprint;
    append_varint(out, number_of(key.at));
  }
  return out;
}

Result<StoredRecord> record_from_bytes(const CartId& id, std::string_view bytes) {
  BinaryReader in(bytes);
  if (const auto opening = read_opening(in))
    if (auto record = read_record(in, id, *opening)) return StoredRecord{std::move(*record), opening->header.token};
  return Error{Errc::corrupt, "the stored cart cannot be decoded"};
}

std::optional<RecordHeader> record_header(std::string_view bytes) {
  BinaryReader in(bytes);
  const auto opening = read_opening(in);
  return opening ? std::optional(opening->header) : std::nullopt;
}

}  // namespace cartd::format
