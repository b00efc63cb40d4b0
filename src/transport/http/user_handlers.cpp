// Users: /v1/users/….
#include "codec/json.h"
#include "transport/http/fields.h"
#include "transport/http/handlers.h"

namespace cartd::http {
namespace {

using boost::asio::awaitable;

Response refuse(const Error& error) { return problem_response(problem_of(error)); }

/// Users have no versions, so that no precondition can be kept. An Idempotency-Key is welcome and needs no memory:
/// every change of a user is idempotent by its nature.
std::optional<Response> refuse_conditions(const Request& request) {
  if (request.if_match || request.if_none_match)
    return problem_response(problem_of(Fault::invalid, "users have no entity tags: If-Match and If-None-Match are not understood"));
  if (!request.idempotency_key) return std::nullopt;
  const auto key = parse_idempotency_key(*request.idempotency_key);
  if (key) return std::nullopt;
  return problem_response(problem_of(Fault::malformed_request, key.error().detail));
}

Response user_response(const UserFields& fields) {
  std::string body;
  append_json(body, fields);
  return json_response(200, std::move(body));
}

/// The answer to a change.
Response changed_response(const Request& request, const UserFields& fields) {
  if (!request.prefer || !prefers_minimal(*request.prefer)) return user_response(fields);
  Response response;
  response.status = 204;
  response.add_header("Preference-Applied", "return=minimal");
  return response;
}

}  // namespace

awaitable<Response> get_user(Backend& backend, Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  const auto found = co_await backend.users.find(std::move(*id));
  if (!found) co_return refuse(found.error());
  co_return user_response(*found);
}

awaitable<Response> put_user(Backend& backend, Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  auto fields = parse_user(call.request.body);
  if (!fields) co_return refuse(fields.error());
  const auto stored = co_await backend.users.put(std::move(*id), std::move(*fields));
  if (!stored) co_return refuse(stored.error());
  co_return changed_response(call.request, *stored);
}

awaitable<Response> patch_user(Backend& backend, Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  auto patch = parse_user_patch(call.request.body);
  if (!patch) co_return refuse(patch.error());
  const auto stored = co_await backend.users.patch(std::move(*id), std::move(*patch));
  if (!stored) co_return refuse(stored.error());
  co_return changed_response(call.request, *stored);
}

awaitable<Response> delete_user(Backend& backend, Call call) {
  auto id = UserId::parse(call.names[0]);
  if (!id) co_return refuse(id.error());
  if (auto refusal = refuse_conditions(call.request)) co_return std::move(*refusal);
  if (call.parameter && *call.parameter != "true" && *call.parameter != "false")
    co_return problem_response(problem_of(Fault::invalid, "cart is true or false"));
  const auto erased = co_await backend.users.erase(std::move(*id), call.parameter == "true");
  if (!erased) co_return refuse(erased.error());
  Response response;
  response.status = 204;
  co_return response;
}

}  // namespace cartd::http
