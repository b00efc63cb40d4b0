#include "format/stored_lines.h"

#include "format/cart_values.h"
#include "format/json_text.h"
#include "format/line_options.h"
#include "util/decimal.h"
#include "util/json_document.h"
#include "util/json_string.h"
#include "util/utf8.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

namespace cartd::format {
namespace {

using util::JsonKind;
using util::JsonValue;

/// The last millisecond of the year 9999.
constexpr auto last_added_at = static_cast<std::int64_t>(last_time);

void append_text_member(std::string& out, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  out += name;
  util::append_json_string(out, text);
}

void append_details_members(std::string& out, const LineDetails& details) {
  out += R"(,"added_at":)";
  util::append_number(out, std::clamp<std::int64_t>(details.added_at.time_since_epoch().count(), 0, last_added_at));
  append_text_member(out, R"(,"name":)", details.name);
  if (details.unit_price) {
    out += R"(,"unit_price":)";
    append_json_price(out, *details.unit_price);
  }
  if (details.price_was) {
    out += R"(,"price_was":)";
    append_json_price(out, *details.price_was);
  }
  append_text_member(out, R"(,"metadata":)", details.metadata);
  append_text_member(out, R"(,"options":)", details.options);
}

/// The members of one line, as they are met.
struct Members {
  std::optional<std::string_view> sku{};
  std::optional<std::string_view> label{};
  std::optional<std::int64_t> quantity{};
  std::optional<std::int64_t> added_at{};
  LineDetails details{};
};

bool take_text(JsonValue value, std::string& target) {
  if (!value.is(JsonKind::string) || value.text().empty()) return false;
  target = value.text();
  return true;
}

bool take_price(JsonValue value, std::optional<Money>& target) {
  if (!value.is(JsonKind::object)) return false;
  std::optional<std::int64_t> amount;
  std::optional<Currency> currency;
  for (const JsonValue member : value) {
    if (member.key() == "amount_minor") {
      amount = member.integer();
    } else if (member.key() == "currency" && member.is(JsonKind::string)) {
      const auto parsed = Currency::parse(member.text());
      if (parsed) currency = *parsed;
    } else {
      return false;
    }
  }
  if (!amount || !currency || *amount < 0 || *amount > max_unit_price) return false;
  target = Money{*amount, *currency};
  return true;
}

bool take_member(JsonValue member, Members& line) {
  const std::string_view name = member.key();
  if (name == "sku" || name == "line") {
    if (!member.is(JsonKind::string)) return false;
    (name == "sku" ? line.sku : line.label) = member.text();
    return true;
  }
  if (name == "quantity") return (line.quantity = member.integer()).has_value();
  if (name == "added_at") return (line.added_at = member.integer()).has_value();
  if (name == "name")
    return take_text(member, line.details.name) && !util::has_control(line.details.name);  // UTF-8 is what it parses.
  if (name == "unit_price") return take_price(member, line.details.unit_price);
  if (name == "price_was") return take_price(member, line.details.price_was);
  if (name == "metadata")
    return take_text(member, line.details.metadata) && util::is_json_object(line.details.metadata);
  if (name == "options") return take_text(member, line.details.options) && is_line_options(line.details.options);
  return false;
}

std::optional<LineId> id_of(const Members& members) {
  if (!members.sku) return std::nullopt;
  const auto sku = Sku::parse(*members.sku);
  if (!sku) return std::nullopt;
  if (!members.label) return LineId(*sku);
  const auto label = LineLabel::parse(*members.label);
  return label ? std::optional(LineId(*sku, *label)) : std::nullopt;
}

std::optional<Line> line_from(JsonValue value) {
  if (!value.is(JsonKind::object)) return std::nullopt;
  Members members;
  for (const JsonValue member : value)
    if (!take_member(member, members)) return std::nullopt;
  auto id = id_of(members);
  if (!id || !members.quantity || *members.quantity < 1 || *members.quantity > max_readable_quantity)
    return std::nullopt;
  Line line{std::move(*id), *members.quantity};
  if (!members.added_at) return members.details.empty() ? std::optional(std::move(line)) : std::nullopt;
  if (*members.added_at < 0 || *members.added_at > last_added_at) return std::nullopt;
  members.details.added_at = Time(Millis(*members.added_at));
  line.details = std::make_shared<const LineDetails>(std::move(members.details));
  return line;
}

bool has_line_twice(const std::vector<Line>& lines) {
  std::vector<std::string_view> identities;
  identities.reserve(lines.size());
  for (const Line& line : lines) identities.emplace_back(line.id.str());
  std::sort(identities.begin(), identities.end());
  return std::adjacent_find(identities.begin(), identities.end()) != identities.end();
}

std::optional<std::vector<Line>> lines_from(JsonValue array) {
  if (!array.is(JsonKind::array)) return std::nullopt;
  std::vector<Line> lines;
  for (const JsonValue value : array) {
    auto line = line_from(value);
    if (!line) return std::nullopt;
    lines.push_back(std::move(*line));
  }
  if (has_line_twice(lines)) return std::nullopt;
  std::sort(lines.begin(), lines.end(), shown_before);
  return lines;
}

}  // namespace

std::string lines_to_json(const std::vector<Line>& lines) {
  std::string out = "[";
  for (const Line& line : lines) {
    out += out.size() == 1 ? R"({"sku":)" : R"(,{"sku":)";
    util::append_json_string(out, line.id.sku());
    append_text_member(out, R"(,"line":)", line.id.label());
    out += R"(,"quantity":)";
    util::append_number(out, line.quantity);
    if (line.details) append_details_members(out, *line.details);
    out += '}';
  }
  out += ']';
  return out;
}

Result<std::vector<Line>> lines_from_json(std::string_view text) {
  const auto document = util::JsonDocument::parse(text);
  if (document) return lines_from_json(document->root());
  return Error{Errc::corrupt, "the stored lines cannot be decoded"};
}

Result<std::vector<Line>> lines_from_json(JsonValue value) {
  if (auto lines = lines_from(value)) return std::move(*lines);
  return Error{Errc::corrupt, "the stored lines cannot be decoded"};
}

}  // namespace cartd::format
