#include "chaos/workload/purchase_client.h"

#include "chaos/workload/client.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace cartd::test {
namespace {

using nlohmann::json;

HttpCall purchase_call(const PurchaseOperation& operation) {
  const std::string cart = "/v1/carts/" + operation.cart;
  const std::string checkout = cart + "/checkouts/" + operation.checkout;
  HttpCall call{"GET", cart};
  switch (operation.op) {
    case PurchaseOp::add:
      call = {"POST", cart + "/items", json{{"sku", operation.sku}, {"quantity", operation.n}}.dump()};
      break;
    case PurchaseOp::erase: call.method = "DELETE"; break;
    case PurchaseOp::read: break;
    case PurchaseOp::merge: {
      json body{{"from", operation.cart}};
      if (!operation.policy.empty()) body["policy"] = operation.policy;
      if (operation.from_version) body["from_version"] = *operation.from_version;
      call = {"POST", "/v1/carts/" + operation.target + "/merge", body.dump()};
      break;
    }
    case PurchaseOp::move: {
      json lines = json::array();
      lines.push_back({{"sku", operation.sku}, {"quantity", operation.n}});
      call = {"POST", cart + "/moves", json{{"to", operation.target}, {"lines", std::move(lines)}}.dump()};
      break;
    }
    case PurchaseOp::begin: call = {"POST", cart + "/checkouts", "{}"}; break;
    case PurchaseOp::complete:
      call = {"POST", checkout + "/complete", json{{"payment_ref", "pay-" + operation.checkout}}.dump()};
      break;
    case PurchaseOp::abort: call = {"POST", checkout + "/abort"}; break;
    case PurchaseOp::read_order: call.target = "/v1/orders/" + operation.checkout; break;
    case PurchaseOp::read_orders: call.target = cart + "/orders"; break;
  }
  if (!operation.key.empty()) call.headers.emplace_back("Idempotency-Key", operation.key);
  return call;
}

bool shows_cart(PurchaseOp op) {
  return op == PurchaseOp::add || op == PurchaseOp::read || op == PurchaseOp::merge || op == PurchaseOp::move;
}

bool shows_orders(PurchaseOp op) {
  return op == PurchaseOp::complete || op == PurchaseOp::read_order || op == PurchaseOp::read_orders;
}

OrderView order_view(json order) {
  // How safe it is may change.
  order.erase("durability");
  OrderView view{.id = order.at("id"), .text = order.dump(), .completed_at = order.at("completed_at")};
  for (const json& line : order.at("items")) view.quantities[line.at("sku")] += line.at("quantity").get<std::int64_t>();
  for (const json& line : order.at("shortfall"))
    view.missing[line.at("sku")] += line.at("quantity").get<std::int64_t>() - line.at("available").get<std::int64_t>();
  for (const char* decided : {"completed_at", "late", "shortfall"}) order.erase(decided);
  view.content = order.dump();
  return view;
}

void take_answer(const HttpResponse& response, PurchaseExchange& record) {
  record.status = response.status;
  record.outcome = outcome_of(response.status);
  if (record.outcome != Outcome::acknowledged) return;
  if (shows_cart(record.op)) record.seen = view_of(response);
  record.version = version_without_cart(response);
  // A deletion answers no cart.
  record.degraded = record.seen ? record.seen->degraded : record.op == PurchaseOp::erase && !record.version;
  if (shows_orders(record.op)) record.orders = orders_of(response);
  if (record.op == PurchaseOp::begin) record.checkout = json::parse(response.body).at("id");
}

}  // namespace

std::vector<OrderView> orders_of(const HttpResponse& response) {
  const json body = json::parse(response.body);
  std::vector<OrderView> orders;
  if (body.contains("orders"))
    for (const json& one : body.at("orders")) orders.push_back(order_view(one));
  else orders.push_back(order_view(body));
  return orders;
}

PurchaseAnswer PurchaseClient::attempt(const PurchaseOperation& operation, int server) {
  PurchaseExchange record{.client = number_,
                          .server = server,
                          .op = operation.op,
                          .customer = operation.customer,
                          .cart = operation.cart,
                          .target = operation.target,
                          .sku = operation.sku,
                          .n = operation.n,
                          .policy = operation.policy,
                          .from_version = operation.from_version,
                          .checkout = operation.checkout,
                          .key = operation.key,
                          .start = connections_.now()};
  const std::optional<HttpResponse> response = connections_.exchange(purchase_call(operation), server, record.outcome);
  record.end = connections_.now();
  if (response) take_answer(*response, record);
  const bool only_reads = operation.op == PurchaseOp::read || operation.op == PurchaseOp::read_order ||
                          operation.op == PurchaseOp::read_orders;
  if (only_reads && record.outcome == Outcome::unknown) record.outcome = Outcome::refused;
  const bool is_running = record.status == 409 && !operation.key.empty();
  PurchaseAnswer answer{.outcome = record.outcome, .checkout = record.checkout};
  answer.is_final = record.status >= 400 && record.status < 500 && !is_running;
  if (record.seen && !record.degraded) answer.version = record.seen->version;
  history_.add(std::move(record));
  return answer;
}

}  // namespace cartd::test
