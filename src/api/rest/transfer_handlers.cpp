// Lines that go from one cart to another: /v1/carts/…/merge and /v1/carts/…/moves.
#include "api/rest/conditions.h"
#include "api/rest/handlers.h"
#include "api/rest/json.h"
#include "api/rest/problem.h"

#include <utility>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;

http::Response refused_transfer(const Error& error) { return problem_response(problem_of(error)); }

/// The client's key; null where there is none.
boost::system::result<std::optional<IdempotencyKey>, Problem> read_key(const http::Request& request) {
  if (request.if_match || request.if_none_match)
    return problem_of(http::Fault::invalid, "If-Match and If-None-Match are not supported here; see from_version");
  if (!request.idempotency_key) return std::optional<IdempotencyKey>();
  auto key = parse_idempotency_key(*request.idempotency_key);
  if (!key) return problem_of(http::Fault::malformed_request, key.error().detail);
  return std::optional(std::move(*key));
}

awaitable<http::Response> transfer(Context& context, CartId target, MergeRequest request) {
  const auto result = co_await context.carts.merge(std::move(target), std::move(request));
  if (!result) co_return refused_transfer(result.error());
  std::string body;
  append_json(body, *result);
  http::Response response = http::json_response(200, std::move(body));
  if (result->was_replayed) response.add_header("Idempotent-Replayed", "true");
  co_return response;
}

}  // namespace

awaitable<http::Response> merge_cart(Context& context, http::Call call) {
  auto target = CartId::parse(call.names[0]);
  if (!target) co_return refused_transfer(target.error());
  auto key = read_key(call.request);
  if (!key) co_return problem_response(key.error());
  auto request = parse_merge(call.request.body);
  if (!request) co_return refused_transfer(request.error());
  request->key = std::move(*key);
  co_return co_await transfer(context, std::move(*target), std::move(*request));
}

awaitable<http::Response> move_lines(Context& context, http::Call call) {
  auto source = CartId::parse(call.names[0]);
  if (!source) co_return refused_transfer(source.error());
  auto key = read_key(call.request);
  if (!key) co_return problem_response(key.error());
  auto move = parse_move(call.request.body);
  if (!move) co_return refused_transfer(move.error());
  MergeRequest request{std::move(*source)};
  request.lines = std::move(move->lines);
  request.key = std::move(*key);
  co_return co_await transfer(context, std::move(move->target), std::move(request));
}

}  // namespace cartd::rest
