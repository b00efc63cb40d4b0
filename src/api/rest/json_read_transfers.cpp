// What a client says of lines that go from one cart to another, out of JSON.
#include "api/rest/json.h"
#include "api/rest/json_lines.h"
#include "api/rest/json_members.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

Result<std::vector<WantedLine>> read_wanted_lines(util::JsonValue member) {
  if (!member.is(util::JsonKind::array)) return invalid("an array is expected", member.key());
  std::vector<WantedLine> lines;
  for (const util::JsonValue element : member) {
    const std::string place = std::to_string(lines.size());
    auto line = read_named_line(element, NamedLineMembers::quantity);
    if (!line) return inside(member.key(), inside(place, line.error()));
    const auto is_same = [&](const WantedLine& one) { return one.line == line->line; };
    if (std::any_of(lines.begin(), lines.end(), is_same))
      return inside(member.key(), invalid("the line is named twice", place));
    lines.push_back({std::move(line->line), line->quantity});
  }
  return lines;
}

}  // namespace

Result<MergeRequest> parse_merge(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  std::optional<CartId> source;
  MergePolicy policy = MergePolicy::sum;
  std::optional<std::uint64_t> version;
  for (const util::JsonValue member : document->root()) {
    if (is_left_out(member)) continue;
    if (member.key() == "from") {
      auto id = name_of<CartIdRule>(member);
      if (!id) return id.error();
      source = std::move(*id);
    } else if (member.key() == "policy") {
      const auto text = text_of(member);
      if (!text) return text.error();
      const auto named = merge_policy_from(*text);
      if (!named) return invalid("policy must be sum, max, keep_target, keep_source or replace", "policy");
      policy = *named;
    } else if (member.key() == "from_version") {
      const auto number = integer_of(member);
      if (!number) return number.error();
      if (*number < 0) return invalid("a version is an integer from 0", "from_version");
      version = static_cast<std::uint64_t>(*number);
    } else {
      return unknown(member);
    }
  }
  if (!source) return missing("from");
  MergeRequest request{std::move(*source), policy};
  request.source_version = version;
  return request;
}

Result<Move> parse_move(std::string_view json) {
  const auto document = parse_object(json);
  if (!document) return document.error();
  std::optional<CartId> target;
  std::optional<std::vector<WantedLine>> lines;
  for (const util::JsonValue member : document->root()) {
    if (is_left_out(member)) continue;
    if (member.key() == "to") {
      auto id = name_of<CartIdRule>(member);
      if (!id) return id.error();
      target = std::move(*id);
    } else if (member.key() == "lines") {
      auto read = read_wanted_lines(member);
      if (!read) return read.error();
      lines = std::move(*read);
    } else {
      return unknown(member);
    }
  }
  if (!target) return missing("to");
  if (!lines) return missing("lines");
  return Move{std::move(*target), std::move(*lines)};
}

}  // namespace cartd::rest
