// Checkouts and orders: /v1/carts/…/checkouts, /v1/carts/…/orders and /v1/orders/….
#include "api/rest/conditions.h"
#include "api/rest/handlers.h"
#include "api/rest/json.h"
#include "api/rest/problem.h"

#include <vector>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;

http::Response refused(const Error& error) { return problem_response(problem_of(error)); }

/// An Idempotency-Key is welcome and needs no memory: whatever is done to a checkout is idempotent by its nature.
std::optional<http::Response> refuse_fields(const http::Request& request, bool takes_if_match) {
  if (request.if_none_match || (request.if_match && !takes_if_match))
    return problem_response(problem_of(http::Fault::invalid, "checkouts and orders have no entity tags"));
  if (!request.idempotency_key) return std::nullopt;
  const auto key = parse_idempotency_key(*request.idempotency_key);
  if (key) return std::nullopt;
  return problem_response(problem_of(http::Fault::malformed_request, key.error().detail));
}

http::Response checkout_response(unsigned status, const CheckoutView& view) {
  std::string body;
  append_json(body, view);
  return http::json_response(status, std::move(body));
}

http::Response order_response(unsigned status, const CheckoutView& view) {
  std::string body;
  append_order_json(body, view);
  return http::json_response(status, std::move(body));
}

/// {"<name>":[…]}
template <class Element, class Append>
http::Response list_response(std::string_view name, const std::vector<Element>& list, Append append) {
  std::string body = "{\"";
  body.append(name).append("\":[");
  for (const Element& element : list) {
    if (&element != &list.front()) body += ',';
    append(body, element);
  }
  body += "]}";
  return http::json_response(200, std::move(body));
}

/// The path's cart and checkout.
struct Named {
  CartId cart;
  CheckoutId id;
};

Result<Named> read_names(const http::Call& call) {
  auto cart = CartId::parse(call.names[0]);
  if (!cart) return cart.error();
  auto id = CheckoutId::parse(call.names[1]);
  if (!id) return Error{Errc::not_found, "checkout not found"};
  return Named{std::move(*cart), std::move(*id)};
}

/// The version that If-Match wants of the cart. Only a tag with one version can be kept.
Result<std::optional<std::uint64_t>> expected_version(const http::Request& request) {
  if (!request.if_match) return std::optional<std::uint64_t>();
  const auto tags = http::EntityTags::parse(*request.if_match);
  if (!tags) return Error{Errc::malformed, "If-Match must be * or a list of entity tags"};
  const auto version = only_version(condition_of(*tags));
  if (!version) return Error{Errc::invalid, "If-Match takes one entity tag of the cart here"};
  return version;
}

}  // namespace

awaitable<http::Response> begin_checkout(Context& context, http::Call call) {
  auto cart = CartId::parse(call.names[0]);
  if (!cart) co_return refused(cart.error());
  if (auto refusal = refuse_fields(call.request, true)) co_return std::move(*refusal);
  auto request = parse_begin_checkout(call.request.body);
  if (!request) co_return refused(request.error());
  const auto version = expected_version(call.request);
  if (!version) co_return refused(version.error());
  request->expected_version = *version;
  const auto begun = co_await context.carts.begin_checkout(std::move(*cart), std::move(*request));
  if (!begun) co_return refused(begun.error());
  co_return checkout_response(begun->is_new ? 201 : 200, *begun);
}

awaitable<http::Response> get_checkouts(Context& context, http::Call call) {
  auto cart = CartId::parse(call.names[0]);
  if (!cart) co_return refused(cart.error());
  if (auto refusal = refuse_fields(call.request, false)) co_return std::move(*refusal);
  const auto list = co_await context.carts.checkouts(std::move(*cart));
  if (!list) co_return refused(list.error());
  co_return list_response("checkouts", *list,
                          [](std::string& out, const CheckoutSummary& one) { append_json(out, one); });
}

awaitable<http::Response> get_checkout(Context& context, http::Call call) {
  auto names = read_names(call);
  if (!names) co_return refused(names.error());
  if (auto refusal = refuse_fields(call.request, false)) co_return std::move(*refusal);
  const auto found = co_await context.carts.find_checkout(std::move(names->cart), std::move(names->id));
  if (!found) co_return refused(found.error());
  co_return checkout_response(200, *found);
}

awaitable<http::Response> complete_checkout(Context& context, http::Call call) {
  auto names = read_names(call);
  if (!names) co_return refused(names.error());
  if (auto refusal = refuse_fields(call.request, false)) co_return std::move(*refusal);
  auto completion = parse_complete_checkout(call.request.body);
  if (!completion) co_return refused(completion.error());
  const auto completed = co_await context.carts.complete_checkout(
      std::move(names->cart), std::move(names->id), std::move(completion->payment_ref), completion->is_strict);
  if (!completed) co_return refused(completed.error());
  co_return order_response(completed->is_new ? 201 : 200, *completed);
}

awaitable<http::Response> abort_checkout(Context& context, http::Call call) {
  auto names = read_names(call);
  if (!names) co_return refused(names.error());
  if (auto refusal = refuse_fields(call.request, false)) co_return std::move(*refusal);
  const auto aborted = co_await context.carts.abort_checkout(std::move(names->cart), std::move(names->id));
  if (!aborted) co_return refused(aborted.error());
  co_return checkout_response(200, *aborted);
}

awaitable<http::Response> get_orders(Context& context, http::Call call) {
  auto cart = CartId::parse(call.names[0]);
  if (!cart) co_return refused(cart.error());
  if (auto refusal = refuse_fields(call.request, false)) co_return std::move(*refusal);
  const auto list = co_await context.carts.orders(std::move(*cart));
  if (!list) co_return refused(list.error());
  co_return list_response("orders", *list,
                          [](std::string& out, const CheckoutView& one) { append_order_json(out, one); });
}

awaitable<http::Response> get_order(Context& context, http::Call call) {
  auto id = CheckoutId::parse(call.names[0]);
  if (!id) co_return refused(Error{Errc::not_found, "order not found"});
  if (auto refusal = refuse_fields(call.request, false)) co_return std::move(*refusal);
  const auto found = co_await context.carts.find_order(std::move(*id));
  if (!found) co_return refused(found.error());
  co_return order_response(200, *found);
}

}  // namespace cartd::rest
