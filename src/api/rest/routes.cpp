#include "api/rest/routes.h"

#include "api/rest/handlers.h"
#include "api/rest/problem.h"
#include "api/rest/representation.h"

#include <array>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;
using http::Body;
using http::verb;

struct Endpoint {
  verb method;
  std::string_view pattern;
  awaitable<http::Response> (*handler)(Context& context, http::Call call);
  Body body = Body::none;
  std::array<std::string_view, 3> parameters{};
};

constexpr std::array endpoints{
    Endpoint{verb::get, "/v1/carts/{cart}", get_cart, Body::none, {"touch"}},
    Endpoint{verb::delete_, "/v1/carts/{cart}", delete_cart},
    Endpoint{verb::patch, "/v1/carts/{cart}", patch_cart, Body::patch},
    Endpoint{verb::post, "/v1/carts/{cart}/items", add_item, Body::json},
    Endpoint{verb::delete_, "/v1/carts/{cart}/items", clear_items},
    Endpoint{verb::put, "/v1/carts/{cart}/items/{sku}", set_item, Body::json, {"line"}},
    Endpoint{verb::patch, "/v1/carts/{cart}/items/{sku}", patch_item, Body::patch, {"line"}},
    Endpoint{verb::delete_, "/v1/carts/{cart}/items/{sku}", remove_item, Body::none, {"quantity", "line"}},
    Endpoint{verb::post, "/v1/carts/{cart}/commands", run_commands, Body::json},
    Endpoint{verb::post, "/v1/carts/{cart}/merge", merge_cart, Body::json},
    Endpoint{verb::post, "/v1/carts/{cart}/moves", move_lines, Body::json},
    Endpoint{verb::post, "/v1/carts/{cart}/checkouts", begin_checkout, Body::json},
    Endpoint{verb::get, "/v1/carts/{cart}/checkouts", get_checkouts},
    Endpoint{verb::get, "/v1/carts/{cart}/checkouts/{checkout}", get_checkout},
    Endpoint{verb::post, "/v1/carts/{cart}/checkouts/{checkout}/complete", complete_checkout, Body::json},
    Endpoint{verb::post, "/v1/carts/{cart}/checkouts/{checkout}/abort", abort_checkout},
    Endpoint{verb::get, "/v1/carts/{cart}/orders", get_orders},
    Endpoint{verb::get, "/v1/orders/{order}", get_order},
    Endpoint{verb::get, "/v1/users/{user}", get_user},
    Endpoint{verb::put, "/v1/users/{user}", put_user, Body::json},
    Endpoint{verb::patch, "/v1/users/{user}", patch_user, Body::patch},
    Endpoint{verb::delete_, "/v1/users/{user}", delete_user, Body::none, {"cart"}},
    Endpoint{verb::get, "/v1/users/{user}/carts", get_user_carts, Body::none, {"kind", "limit", "cursor"}},
    Endpoint{verb::get, "/v1/outbox", get_outbox, Body::none, {"limit", "cursor"}},
    Endpoint{verb::get, "/v1/outbox/dead-letters/{letter}", get_dead_letter},
    Endpoint{verb::post, "/v1/outbox/dead-letters/{letter}/retry", retry_dead_letter},
    Endpoint{verb::delete_, "/v1/outbox/dead-letters/{letter}", drop_dead_letter},
    Endpoint{verb::post, "/v1/checkpoints/{name}", make_checkpoint},
    Endpoint{verb::get, "/v1/export", export_page, Body::none, {"limit", "cursor"}},
    Endpoint{verb::post, "/v1/import", import_page, Body::json},
    Endpoint{verb::get, "/healthz", get_health},
    Endpoint{verb::get, "/readyz", get_readiness},
    Endpoint{verb::get, "/metrics", get_metrics},
    Endpoint{verb::get, "/openapi.yaml", get_openapi},
};

http::Response refuse(http::Fault fault, std::string detail) {
  return problem_response(problem_of(fault, std::move(detail)));
}

using Handle = awaitable<http::Response> (*)(Context& context, http::Call call);

/// Handlers read JSON.
awaitable<http::Response> handle_msgpack(Context& context, Handle handle, http::Call call) {
  const auto request = with_json_body(call.request);
  if (!request) co_return problem_response(request.error());
  http::Call in_json{*request, std::move(call.names), std::move(call.parameters)};
  awaitable<http::Response> answer = handle(context, std::move(in_json));
  co_return co_await std::move(answer);
}

}  // namespace

http::Router make_router(Context& context) {
  std::vector<http::Route> routes;
  for (const Endpoint& endpoint : endpoints) {
    auto handler = [&context, handle = endpoint.handler](http::Call call) {
      return call.request.media_type == http::MediaType::msgpack && !call.request.body.empty()
                 ? handle_msgpack(context, handle, std::move(call))
                 : handle(context, std::move(call));
    };
    routes.push_back({endpoint.method, endpoint.pattern, std::move(handler), endpoint.body, endpoint.parameters});
  }
  return {std::move(routes), refuse, represent};
}

}  // namespace cartd::rest
