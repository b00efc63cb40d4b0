#include "apps/cartctl/moved.h"

#include "util/json_document.h"
#include "util/json_string.h"
#include "util/terminal_text.h"

#include <utility>

namespace cartd::cartctl {
namespace {

using util::JsonDocument;
using util::JsonKind;
using util::JsonValue;
using ReadLine = boost::system::result<FileLine, std::string>;

constexpr std::string_view format_name = "cartd export";
constexpr std::int64_t format_version = 1;

ReadLine wrong(std::string why) { return ReadLine(boost::system::in_place_error, std::move(why)); }

std::optional<JsonValue> member_of(JsonValue object, std::string_view name) {
  if (!object.is(JsonKind::object)) return std::nullopt;
  for (const JsonValue member : object)
    if (member.key() == name) return member;
  return std::nullopt;
}

std::string text_of(JsonValue object, std::string_view name) {
  const auto member = member_of(object, name);
  return member && member->is(JsonKind::string) ? std::string(member->text()) : std::string();
}

/// Nothing: it is no cart or user with an id.
std::optional<Moved> moved_from(JsonValue value, bool is_user) {
  if (!value.is(JsonKind::object)) return std::nullopt;
  Moved moved;
  moved.is_user = is_user;
  for (const JsonValue member : value) {
    const std::string_view name = member.key();
    if (name == "id" && member.is(JsonKind::string)) moved.id = member.text();
    if (name == "gone") moved.is_gone = member.text() == "true";
    if (name == "expires_at") moved.expires_at = member.integer();
    if (name != "digest") continue;
    const auto digest = digest_from(member.text());
    if (!digest) return std::nullopt;
    moved.digest = *digest;
  }
  if (moved.id.empty()) return std::nullopt;
  util::append_json(moved.text, value);
  return moved;
}

std::vector<ImportAnswer> answers_in(JsonValue root, std::string_view name) {
  std::vector<ImportAnswer> answers;
  const auto list = member_of(root, name);
  if (!list || !list->is(JsonKind::array)) return answers;
  for (const JsonValue one : *list)
    answers.push_back({text_of(one, "id"), text_of(one, "result"), text_of(one, "reason"),
                       digest_from(text_of(one, "digest")).value_or(Digest{})});
  return answers;
}

std::optional<std::int64_t> count_of(JsonValue object, std::string_view name) {
  const auto member = member_of(object, name);
  const auto count = member ? member->integer() : std::nullopt;
  return count && *count >= 0 ? count : std::nullopt;
}

ReadLine end_from(JsonValue value) {
  FileLine line{FileLine::Kind::end};
  const auto carts = count_of(value, "carts");
  const auto users = count_of(value, "users");
  const auto unreadable = count_of(value, "unreadable");
  line.checksum = text_of(value, "checksum");
  if (!carts || !users || !unreadable || !digest_from(line.checksum)) return wrong("is no end of an export");
  line.carts = *carts;
  line.users = *users;
  line.unreadable = *unreadable;
  return line;
}

ReadLine header_from(JsonValue root) {
  if (text_of(root, "format") != format_name) return wrong("is the beginning of another format");
  const auto version = count_of(root, "version");
  if (!version) return wrong("has no version");
  if (*version > format_version)
    return wrong("is of version " + std::to_string(*version) + ", of a later cartctl; this one reads version 1");
  return FileLine{FileLine::Kind::header};
}

}  // namespace

std::string shown(const std::string& name) {
  return (name.starts_with('u') ? "user " : "cart ") + util::terminal_safe(std::string_view(name).substr(1));
}

std::optional<MovedPage> read_page(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document) return std::nullopt;
  const JsonValue root = document->root();
  MovedPage page;
  page.next_cursor = text_of(root, "next_cursor");
  for (const bool are_users : {false, true}) {
    const auto list = member_of(root, are_users ? "users" : "carts");
    if (!list || !list->is(JsonKind::array)) return std::nullopt;
    for (const JsonValue value : *list) {
      auto moved = moved_from(value, are_users);
      if (!moved) return std::nullopt;
      page.moved.push_back(std::move(*moved));
    }
  }
  if (const auto list = member_of(root, "unreadable"))
    for (const JsonValue one : *list)
      page.unreadable.push_back(util::terminal_safe(text_of(one, "kind") + " " + text_of(one, "id") +
                                                    " cannot be read: " + text_of(one, "why")));
  return page;
}

std::optional<ImportAnswers> read_import(std::string_view body) {
  const auto document = JsonDocument::parse(body);
  if (!document || !document->root().is(JsonKind::object)) return std::nullopt;
  return ImportAnswers{answers_in(document->root(), "carts"), answers_in(document->root(), "users")};
}

std::string header_line() {
  return R"({"format":")" + std::string(format_name) + R"(","version":)" + std::to_string(format_version) + "}\n";
}

std::string moved_line(const Moved& moved) {
  return (moved.is_user ? R"({"user":)" : R"({"cart":)") + moved.text + "}\n";
}

std::string cursor_line(std::string_view cursor) {
  std::string line = R"({"cursor":)";
  util::append_json_string(line, cursor);
  return line + "}\n";
}

std::string end_line(std::int64_t carts, std::int64_t users, std::int64_t unreadable, const std::string& checksum) {
  return R"({"end":{"carts":)" + std::to_string(carts) + R"(,"users":)" + std::to_string(users) + R"(,"unreadable":)" +
         std::to_string(unreadable) + R"(,"checksum":")" + checksum + "\"}}\n";
}

ReadLine read_line(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document) return wrong("is no JSON: " + document.error());
  const JsonValue root = document->root();
  if (!root.is(JsonKind::object) || root.empty()) return wrong("is no JSON object");
  const JsonValue first = *root.begin();
  if (first.key() == "format") return header_from(root);
  if (first.key() == "end") return end_from(first);
  if (first.key() == "cursor" && first.is(JsonKind::string)) {
    FileLine line{FileLine::Kind::cursor};
    line.cursor = first.text();
    return line;
  }
  if (first.key() != "cart" && first.key() != "user") return wrong("is neither a cart nor a user");
  auto moved = moved_from(first, first.key() == "user");
  if (!moved) return wrong("is no cart or user with an id and a digest");
  FileLine line{FileLine::Kind::moved};
  line.moved = std::move(*moved);
  return line;
}

}  // namespace cartd::cartctl
