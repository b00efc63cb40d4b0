// Users: /v1/users/….
#include "api/rest/conditions.h"
#include "api/rest/handlers.h"
#include "api/rest/json.h"
#include "api/rest/problem.h"
#include "http/fields.h"
#include "util/decimal.h"
#include "util/json_string.h"

#include <cstdint>
#include <string>
#include <utility>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;

http::Response refuse(const Error& error) { return problem_response(problem_of(error)); }

/// Users have no versions, so that no precondition can be kept. An Idempotency-Key is welcome and needs no memory:
/// every change of a user is idempotent by its nature.
std::optional<http::Response> refuse_conditions(const http::Request& request) {
  if (request.if_match || request.if_none_match)
    return problem_response(
        problem_of(http::Fault::invalid, "users have no entity tags: If-Match and If-None-Match are not supported"));
  if (!request.idempotency_key) return std::nullopt;
  const auto key = parse_idempotency_key(*request.idempotency_key);
  if (key) return std::nullopt;
  return problem_response(problem_of(http::Fault::malformed_request, key.error().detail));
}

http::Response user_response(const UserFields& fields) {
  std::string body;
  append_json(body, fields);
  return http::json_response(200, std::move(body));
}

/// The answer to a change.
http::Response changed_response(const http::Request& request, const UserFields& fields) {
  if (!request.prefer || !http::prefers_minimal(*request.prefer)) return user_response(fields);
  http::Response response;
  response.status = 204;
  response.add_header("Preference-Applied", "return=minimal");
  return response;
}

}  // namespace

awaitable<http::Response> get_user(Context& context, http::Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  const auto found = co_await context.users.find(std::move(*id));
  if (!found) co_return refuse(found.error());
  co_return user_response(*found);
}

awaitable<http::Response> put_user(Context& context, http::Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  auto fields = parse_user(call.request.body);
  if (!fields) co_return refuse(fields.error());
  const auto stored = co_await context.users.put(std::move(*id), std::move(*fields));
  if (!stored) co_return refuse(stored.error());
  co_return changed_response(call.request, *stored);
}

awaitable<http::Response> patch_user(Context& context, http::Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  auto patch = parse_user_patch(call.request.body);
  if (!patch) co_return refuse(patch.error());
  const auto stored = co_await context.users.patch(std::move(*id), std::move(*patch));
  if (!stored) co_return refuse(stored.error());
  co_return changed_response(call.request, *stored);
}

awaitable<http::Response> delete_user(Context& context, http::Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  if (call.parameters[0] && *call.parameters[0] != "true" && *call.parameters[0] != "false")
    co_return problem_response(problem_of(http::Fault::invalid, "cart must be true or false"));
  const auto erased = co_await context.users.erase(std::move(*id), call.parameters[0] == "true");
  if (!erased) co_return refuse(erased.error());
  http::Response response;
  response.status = 204;
  co_return response;
}

awaitable<http::Response> get_user_carts(Context& context, http::Call call) {
  constexpr std::int64_t usual_page = 20;
  constexpr std::int64_t most_on_page = 100;
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  const auto& [kind, limit, cursor] = call.parameters;
  KindFilter filter;
  if (kind) {
    auto wanted = kind_from(*kind);
    if (!wanted) co_return problem_response(problem_of(http::Fault::invalid, wanted.error().detail));
    filter.emplace(std::move(*wanted));
  }
  const std::int64_t most = limit ? util::parse_digits(*limit).value_or(0) : usual_page;
  if (most < 1 || most > most_on_page)
    co_return problem_response(problem_of(http::Fault::invalid, "limit must be a number from 1 to 100"));
  std::string after = cursor.value_or("");
  if (cursor && after.empty()) after = "-";  // No cursor, either.
  const auto page =
      co_await context.users.carts(std::move(*id), std::move(filter), std::move(after), static_cast<std::size_t>(most));
  if (!page && page.error().code == Errc::invalid)
    co_return problem_response(problem_of(http::Fault::invalid, page.error().detail));
  if (!page) co_return refuse(page.error());
  std::string body = R"({"carts":[)";
  for (const OwnedCart& cart : page->carts) {
    if (&cart != page->carts.data()) body += ',';
    append_json(body, cart);
  }
  body += ']';
  if (page->next) {
    body += R"(,"next_cursor":)";
    util::append_json_string(body, cursor_text(*page->next));
  }
  body += '}';
  co_return http::json_response(200, std::move(body));
}

}  // namespace cartd::rest
