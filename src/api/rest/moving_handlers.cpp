// Moving carts and users between stores: /v1/export and /v1/import.
#include "api/rest/handlers.h"
#include "api/rest/json_members.h"
#include "api/rest/problem.h"
#include "format/kept_json.h"
#include "util/decimal.h"
#include "util/json_string.h"

#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;
using util::JsonKind;
using util::JsonValue;

// Carts or users on a page.
constexpr std::int64_t usual_page = 500;
constexpr std::int64_t most_on_page = 1000;

const char* name_of(ImportOutcome outcome) {
  switch (outcome) {
    case ImportOutcome::imported: return "imported";
    case ImportOutcome::same: return "equal";
    case ImportOutcome::conflict: return "conflict";
    case ImportOutcome::expired: return "expired";
    case ImportOutcome::refused: return "refused";
    case ImportOutcome::failed: break;
  }
  return "failed";
}

void append_unreadable(std::string& out, const UnreadableReport& one) {
  out += one.is_user ? R"({"kind":"user")" : R"({"kind":"cart")";
  if (!one.id.empty()) {
    out += R"(,"id":)";
    util::append_json_string(out, one.id);
  }
  out += R"(,"why":)";
  util::append_json_string(out, one.why);
  out += '}';
}

/// Appends `"name":[…]`.
template <class Members, class Append>
void append_list(std::string& out, std::string_view name, const Members& members, Append append) {
  out.append("\"").append(name).append("\":[");
  for (const auto& member : members) {
    if (&member != &*members.begin()) out += ',';
    append(member);
  }
  out += ']';
}

/// One of the entries of a request, and what came of it.
struct Entry {
  std::string id{};
  std::string digest{};
  ImportResult result{};
};

/// The entries of the array `list` that `read` can read go to `readable`, each with its place among all of them.
template <class Read, class Readable>
Result<std::vector<Entry>> read_entries(JsonValue list, Read read, Readable& readable,
                                        std::vector<std::size_t>& places) {
  std::vector<Entry> entries;
  if (!list.is(JsonKind::array)) return invalid("must be an array", list.key());
  std::set<std::string_view> seen;
  for (const JsonValue value : list) {
    Entry& entry = entries.emplace_back();
    entry.id = format::id_in(value);
    auto one = read(value);
    if (one && !seen.insert(format::id_in(value)).second)
      one = Error{Errc::invalid, "this id is in the request before"};
    if (!one) {
      entry.result = {ImportOutcome::refused, one.error().detail};
      continue;
    }
    entry.digest = one->digest;
    places.push_back(entries.size() - 1);
    readable.push_back(std::move(*one));
  }
  return entries;
}

void append_entry(std::string& out, const Entry& entry) {
  out += R"({"id":)";
  util::append_json_string(out, entry.id);
  out.append(R"(,"result":")").append(name_of(entry.result.outcome)).append("\"");
  if (!entry.digest.empty()) out.append(R"(,"digest":")").append(entry.digest).append("\"");
  if (!entry.result.reason.empty()) {
    out += R"(,"reason":)";
    util::append_json_string(out, entry.result.reason);
  }
  out += '}';
}

void take(std::vector<Entry>& entries, const std::vector<std::size_t>& places, std::vector<ImportResult> results) {
  for (std::size_t i = 0; i < results.size(); ++i) entries[places[i]].result = std::move(results[i]);
}

/// What a request wants to import.
struct Wanted {
  std::vector<Entry> carts{};
  std::vector<ImportedCart> readable_carts{};
  std::vector<std::size_t> cart_places{};
  std::vector<Entry> users{};
  std::vector<ImportedUser> readable_users{};
  std::vector<std::size_t> user_places{};
};

Result<Wanted> parse_import(std::string_view body) {
  const auto document = parse_object(body);
  if (!document) return document.error();
  Wanted wanted;
  for (const JsonValue member : document->root()) {
    if (member.key() == "carts") {
      std::vector<format::ReadCart> read;
      auto entries = read_entries(member, format::kept_cart_from, read, wanted.cart_places);
      if (!entries) return entries.error();
      wanted.carts = std::move(*entries);
      for (auto& one : read) wanted.readable_carts.push_back({std::move(one.kept), std::move(one.replaces)});
    } else if (member.key() == "users") {
      std::vector<format::ReadUser> read;
      auto entries = read_entries(member, format::kept_user_from, read, wanted.user_places);
      if (!entries) return entries.error();
      wanted.users = std::move(*entries);
      for (auto& one : read)
        wanted.readable_users.push_back({std::move(one.id), std::move(one.fields), std::move(one.replaces)});
    } else {
      return unknown(member);
    }
  }
  return wanted;
}

}  // namespace

awaitable<http::Response> export_page(Context& context, http::Call call) {
  const auto& limit = call.parameters[0];
  const auto& cursor = call.parameters[1];
  const std::int64_t most = limit ? util::parse_digits(*limit).value_or(0) : usual_page;
  if (most < 1 || most > most_on_page)
    co_return problem_response(problem_of(http::Fault::invalid, "limit must be a number from 1 to 1000"));
  const auto page = co_await context.moving.page(cursor.value_or(""), static_cast<std::size_t>(most));
  if (!page && page.error().code == Errc::invalid)
    co_return problem_response(problem_of(http::Fault::invalid, "cursor must be a next_cursor of this resource"));
  if (!page) co_return problem_response(problem_of(page.error()));
  std::string body = "{";
  append_list(body, "carts", page->carts, [&](const KeptCart& kept) { format::append_kept_json(body, kept); });
  body += ',';
  append_list(body, "users", page->users,
              [&](const auto& user) { format::append_kept_json(body, user.first, user.second); });
  body += ',';
  append_list(body, "unreadable", page->unreadable, [&](const UnreadableReport& one) { append_unreadable(body, one); });
  if (page->next) {
    body += R"(,"next_cursor":)";
    util::append_json_string(body, *page->next);
  }
  body += '}';
  co_return http::json_response(200, std::move(body));
}

awaitable<http::Response> import_page(Context& context, http::Call call) {
  auto wanted = parse_import(call.request.body);
  if (!wanted) co_return problem_response(problem_of(wanted.error()));
  auto carts = co_await context.moving.import(std::move(wanted->readable_carts));
  take(wanted->carts, wanted->cart_places, std::move(carts));
  auto users = co_await context.moving.import(std::move(wanted->readable_users));
  take(wanted->users, wanted->user_places, std::move(users));
  std::string body = "{";
  append_list(body, "carts", wanted->carts, [&](const Entry& entry) { append_entry(body, entry); });
  body += ',';
  append_list(body, "users", wanted->users, [&](const Entry& entry) { append_entry(body, entry); });
  body += '}';
  co_return http::json_response(200, std::move(body));
}

}  // namespace cartd::rest
