#include "format/cart_values.h"

#include "format/line_options.h"
#include "util/base64url.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace cartd::format {
namespace {

namespace detail_member {
constexpr std::uint8_t any = 1;
constexpr std::uint8_t name = 2;
constexpr std::uint8_t unit_price = 4;
constexpr std::uint8_t metadata = 8;
constexpr std::uint8_t options = 16;
constexpr std::uint8_t price_was = 32;
constexpr std::uint8_t all = 63;
}  // namespace detail_member

void append_details(std::string& out, const LineDetails* details) {
  if (details == nullptr) {
    out += '\0';
    return;
  }
  out += static_cast<char>(detail_member::any | flag(!details->name.empty(), detail_member::name) |
                           flag(details->unit_price.has_value(), detail_member::unit_price) |
                           flag(!details->metadata.empty(), detail_member::metadata) |
                           flag(!details->options.empty(), detail_member::options) |
                           flag(details->price_was.has_value(), detail_member::price_was));
  append_time(out, details->added_at);
  if (!details->name.empty()) append_counted(out, details->name);
  if (details->unit_price) append_money(out, *details->unit_price);
  if (!details->metadata.empty()) append_counted(out, details->metadata);
  if (!details->options.empty()) append_counted(out, details->options);
  if (details->price_was) append_money(out, *details->price_was);
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
    details.unit_price = money_in(in);
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
  if ((*flags & detail_member::price_was) != 0) {
    details.price_was = money_in(in);
    if (!details.price_was) return false;
  }
  target = std::make_shared<const LineDetails>(std::move(details));
  return true;
}

std::optional<Line> line_in(BinaryReader& in) {
  auto id = line_id_in(in);
  const auto quantity = id ? in.varint(std::uint64_t{max_readable_quantity}) : std::nullopt;
  if (!quantity || *quantity == 0) return std::nullopt;
  Line line{std::move(*id), static_cast<std::int64_t>(*quantity)};
  if (!read_details(in, line.details)) return std::nullopt;
  return line;
}

bool are_distinct(const std::vector<Line>& lines) {
  std::vector<std::string_view> identities;
  identities.reserve(lines.size());
  for (const Line& line : lines) identities.push_back(line.id.str());
  std::sort(identities.begin(), identities.end());
  return std::adjacent_find(identities.begin(), identities.end()) == identities.end();
}

}  // namespace

std::uint64_t number_of(Time time) {
  const auto count = time.time_since_epoch().count();
  return count < 0 ? 0 : std::min(static_cast<std::uint64_t>(count), last_time);
}

void append_time(std::string& out, Time time) { append_varint(out, number_of(time)); }

std::optional<Time> time_in(BinaryReader& in) {
  const auto value = in.varint(last_time);
  if (!value) return std::nullopt;
  return Time(Millis(static_cast<std::int64_t>(*value)));
}

std::optional<std::string> digest_in(BinaryReader& in, std::size_t size) {
  const auto text = in.bytes(size);
  if (!text || !util::is_base64url(*text)) return std::nullopt;
  return std::string(*text);
}

std::optional<std::string> metadata_in(BinaryReader& in) {
  const auto text = in.counted();
  if (!text || !util::is_json_object(*text)) return std::nullopt;
  return std::string(*text);
}

bool read_owner(BinaryReader& in, std::optional<UserId>& owner) {
  const auto text = in.counted();
  if (!text) return false;
  auto id = UserId::parse(*text);
  if (!id) return false;
  owner = std::move(*id);
  return true;
}

bool read_kind(BinaryReader& in, std::optional<CartKind>& kind) {
  const auto text = in.counted();
  auto read = text ? kind_from(*text) : std::optional<CartKind>();
  if (!read || !*read) return false;
  kind = std::move(*read);
  return true;
}

std::optional<LineId> line_id_in(BinaryReader& in) {
  const auto text = in.counted();
  if (!text) return std::nullopt;
  auto id = LineId::parse(*text);
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

void append_money(std::string& out, const Money& money) {
  append_varint(out, static_cast<std::uint64_t>(money.amount_minor));
  out += money.currency.code();
}

std::optional<Money> money_in(BinaryReader& in) {
  const auto amount = in.varint(std::uint64_t{max_unit_price});
  const auto code = amount ? in.bytes(3) : std::nullopt;
  if (!code) return std::nullopt;
  const auto currency = Currency::parse(*code);
  if (!currency) return std::nullopt;
  return Money{static_cast<std::int64_t>(*amount), *currency};
}

std::size_t size_of(const std::vector<Line>& lines) {
  std::size_t size = 4;
  for (const Line& line : lines) {
    size += line.id.str().size() + 8;
    if (line.details)
      size += line.details->name.size() + line.details->metadata.size() + line.details->options.size() + 16;
  }
  return size;
}

void append_lines(std::string& out, const std::vector<Line>& lines) {
  append_varint(out, lines.size());
  for (const Line& line : lines) {
    append_counted(out, line.id.str());
    append_varint(out, static_cast<std::uint64_t>(line.quantity));
    append_details(out, line.details.get());
  }
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

}  // namespace cartd::format
