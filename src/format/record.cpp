#include "format/record.h"

#include "format/binary.h"
#include "format/cart_values.h"
#include "format/checkout.h"
#include "format/transfer.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

namespace cartd::format {
namespace {

// Of a record with a kind; one without is written as version 3, which earlier cartds read, too.
constexpr std::uint8_t layout = 4;
constexpr std::uint8_t layout_without_kind = 3;
constexpr std::uint64_t most_int = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t last_producer = (std::uint64_t{1} << 48) - 1;
constexpr std::size_t key_size = 16;
constexpr std::size_t fingerprint_size = 11;
constexpr std::size_t transfer_id_size = 16;

namespace member {
constexpr std::uint8_t owner = 1;
constexpr std::uint8_t metadata = 2;
constexpr std::uint8_t created_at = 4;
constexpr std::uint8_t updated_at = 8;
constexpr std::uint8_t expires_at = 16;
constexpr std::uint8_t lines = 32;
constexpr std::uint8_t kind = 64;
constexpr std::uint8_t all = 127;
constexpr std::uint8_t all_before_kinds = 63;
}  // namespace member

// --- Writing ---------------------------------------------------------------------------------------------------------

void append_optional_time(std::string& out, const std::optional<Time>& time) {
  if (time) append_time(out, *time);
}

std::size_t expected_size(const CartRecord& record) {
  constexpr std::size_t most_of_header = 64;
  constexpr std::size_t most_of_note = 96;
  return most_of_header + record.cart.metadata.size() + 16 * record.applied_sequences.size() +
         (key_size + fingerprint_size + 8) * record.keys.size() + size_of(record.cart.lines) +
         most_of_note * record.checkouts.size();
}

// --- Reading ---------------------------------------------------------------------------------------------------------

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
  return (!has(member::kind) || read_kind(in, cart.kind)) && read_time(member::created_at, cart.created_at) &&
         read_time(member::updated_at, cart.updated_at) && read_time(member::expires_at, cart.expires_at) &&
         (!has(member::lines) || read_lines(in, cart.lines));
}

bool read_notes(BinaryReader& in, std::vector<CheckoutNote>& notes) {
  const auto count = in.count(least_note_bytes);
  if (!count) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    auto note = note_in(in);
    if (!note || find_note(notes, note->id) != nullptr) return false;
    notes.push_back(std::move(*note));
  }
  return true;
}

bool read_transfer(BinaryReader& in, std::shared_ptr<const Transfer>& transfer) {
  const auto bytes = in.counted();
  if (!bytes || bytes->empty()) return bytes.has_value();
  auto read = transfer_from_bytes(*bytes);
  if (read) transfer = std::move(*read);
  return transfer != nullptr;
}

bool read_taken(BinaryReader& in, std::vector<TakenTransfer>& taken) {
  const auto count = in.count(transfer_id_size + 1);
  if (!count) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    auto id = digest_in(in, transfer_id_size);
    const auto forget_at = id ? time_in(in) : std::nullopt;
    if (!forget_at || has_taken(taken, *id)) return false;
    taken.push_back({std::move(*id), *forget_at});
  }
  return true;
}

struct Opening {
  std::uint8_t layout;
  RecordHeader header;
  std::uint8_t members;
};

std::optional<Opening> read_opening(BinaryReader& in) {
  const auto version = in.byte();
  if (!version || *version == 0 || *version > layout) return std::nullopt;
  const auto token = in.fixed();
  const auto forget_at = token && *token != 0 ? in.fixed() : std::nullopt;
  const auto members = forget_at && *forget_at <= last_time ? in.byte() : std::nullopt;
  if (!members || *members > (*version >= 4 ? member::all : member::all_before_kinds)) return std::nullopt;
  const bool cart_exists = (*members & (member::created_at | member::lines)) != 0;
  return Opening{*version, {*token, Time(Millis(static_cast<std::int64_t>(*forget_at))), cart_exists}, *members};
}

std::optional<CartRecord> read_record(BinaryReader& in, const CartId& id, const Opening& opening) {
  CartRecord record{Cart{id}};
  record.forget_at = opening.header.forget_at;
  const auto version = in.varint(most_int);
  if (!version) return std::nullopt;
  record.cart.version = *version;
  if (!read_members(in, opening.members, record.cart) || !read_sequences(in, record.applied_sequences) ||
      !read_keys(in, record.keys) || (opening.layout >= 2 && !read_notes(in, record.checkouts)) ||
      (opening.layout >= 3 && !(read_transfer(in, record.transfer) && read_taken(in, record.taken))) || !in.at_end())
    return std::nullopt;
  return record;
}

}  // namespace

std::string record_to_bytes(const CartRecord& record, std::uint64_t token) {
  const Cart& cart = record.cart;
  std::string out;
  out.reserve(expected_size(record));
  out += static_cast<char>(cart.kind ? layout : layout_without_kind);
  append_fixed(out, token);
  append_fixed(out, number_of(record.forget_at));
  out += static_cast<char>(
      flag(cart.owner.has_value(), member::owner) | flag(!cart.metadata.empty(), member::metadata) |
      flag(cart.created_at.has_value(), member::created_at) | flag(cart.updated_at.has_value(), member::updated_at) |
      flag(cart.expires_at.has_value(), member::expires_at) | flag(!cart.lines.empty(), member::lines) |
      flag(cart.kind.has_value(), member::kind));
  append_varint(out, cart.version);
  if (cart.owner) append_counted(out, cart.owner->str());
  if (!cart.metadata.empty()) append_counted(out, cart.metadata);
  if (cart.kind) append_counted(out, cart.kind->str());
  append_optional_time(out, cart.created_at);
  append_optional_time(out, cart.updated_at);
  append_optional_time(out, cart.expires_at);
  if (!cart.lines.empty()) append_lines(out, cart.lines);
  append_varint(out, record.applied_sequences.size());
  for (const AppliedSequence& last : record.applied_sequences) {
    append_varint(out, last.producer);
    append_varint(out, last.sequence);
  }
  append_varint(out, record.keys.size());
  for (const RememberedKey& key : record.keys) {
    out += key.idempotency.key;
    out += key.idempotency.fingerprint;
    append_time(out, key.at);
  }
  append_varint(out, record.checkouts.size());
  for (const CheckoutNote& note : record.checkouts) append_note(out, note);
  append_counted(out, record.transfer ? transfer_to_bytes(*record.transfer) : std::string());
  append_varint(out, record.taken.size());
  for (const TakenTransfer& one : record.taken) {
    out += one.id;
    append_time(out, one.forget_at);
  }
  return out;
}

Result<StoredRecord> record_from_bytes(const CartId& id, std::string_view bytes) {
  BinaryReader in(bytes);
  if (const auto opening = read_opening(in))
    if (auto record = read_record(in, id, *opening)) return StoredRecord{std::move(*record), opening->header.token};
  return Error{Errc::corrupt, "the stored cart cannot be decoded"};
}

std::string replay_to_bytes(const CartRecord& record, std::uint64_t token) {
  CartRecord rest{Cart{record.cart.id}};
  rest.applied_sequences = record.applied_sequences;
  rest.keys = record.keys;
  rest.checkouts = record.checkouts;
  rest.transfer = record.transfer;
  rest.taken = record.taken;
  return record_to_bytes(rest, token);
}

bool replay_from_bytes(std::string_view bytes, CartRecord& record) {
  auto stored = record_from_bytes(record.cart.id, bytes);
  if (!stored || exists(stored->record.cart)) return false;
  stored->record.cart = std::move(record.cart);
  stored->record.forget_at = record.forget_at;
  record = std::move(stored->record);
  return true;
}

std::optional<RecordHeader> record_header(std::string_view bytes) {
  BinaryReader in(bytes);
  const auto opening = read_opening(in);
  return opening ? std::optional(opening->header) : std::nullopt;
}

}  // namespace cartd::format
