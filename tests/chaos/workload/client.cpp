#include "chaos/workload/client.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

struct HttpCall {
  std::string method;
  std::string target;
  std::string body{};
};

HttpCall call_of(const Operation& operation) {
  const std::string cart = "/v1/carts/" + operation.cart;
  const std::string items = cart + "/items";
  const std::string line = items + "/" + operation.sku;
  const std::string number = std::to_string(operation.n);
  switch (operation.op) {
    case Op::add: return {"POST", items, R"({"sku":")" + operation.sku + R"(","quantity":)" + number + "}"};
    case Op::remove: return {"DELETE", line + "?quantity=" + number};
    case Op::set: return {"PUT", line, R"({"quantity":)" + number + "}"};
    case Op::remove_line: return {"DELETE", line};
    case Op::clear: return {"DELETE", items};
    case Op::erase: return {"DELETE", cart};
    case Op::read: break;
  }
  return {"GET", cart};
}

}  // namespace

std::optional<CartView> view_of(const HttpResponse& response) {
  if (response.status != 200) return std::nullopt;
  const auto cart = nlohmann::json::parse(response.body);
  CartView view;
  view.version = cart.at("version");
  for (const auto& item : cart.at("items")) view.quantities[item.at("sku")] = item.at("quantity");
  view.durability = cart.at("durability");
  view.degraded = cart.at("degraded");
  view.partial = cart.value("partial", false);
  return view;
}

Outcome outcome_of(int status) {
  if (status >= 200 && status < 300) return Outcome::acknowledged;
  // 503 and 507 promise that nothing was done; of other failures of a server nobody knows.
  if (status == 503 || status == 507 || (status >= 400 && status < 500)) return Outcome::refused;
  return Outcome::unknown;
}

Client::Client(int number, std::vector<std::uint16_t> ports, History& history, std::chrono::steady_clock::time_point began)
    : number_(number), ports_(std::move(ports)), history_(history), began_(began), connections_(ports_.size()) {}

Moment Client::now() const { return std::chrono::duration_cast<Moment>(std::chrono::steady_clock::now() - began_); }

std::optional<HttpResponse> Client::exchange(const Operation& operation, int server, Outcome& without_answer) {
  std::unique_ptr<HttpClient>& connection = connections_[static_cast<std::size_t>(server)];
  without_answer = Outcome::refused;
  try {
    if (!connection) connection = std::make_unique<HttpClient>(ports_[static_cast<std::size_t>(server)], HttpClientOptions{.patience = 5s});
    without_answer = Outcome::unknown;
    const HttpCall call = call_of(operation);
    HttpHeaders headers;
    if (!operation.key.empty()) headers.emplace_back("Idempotency-Key", operation.key);
    return connection->request(call.method, call.target, call.body, headers);
  } catch (const std::runtime_error&) {
    connection.reset();
    return std::nullopt;
  }
}

Outcome Client::attempt(const Operation& operation, int server) {
  Exchange record{.client = number_,
                  .server = server,
                  .op = operation.op,
                  .cart = operation.cart,
                  .sku = operation.sku,
                  .n = operation.n,
                  .key = operation.key};
  record.start = now();
  const std::optional<HttpResponse> response = exchange(operation, server, record.outcome);
  record.end = now();
  if (response) {
    record.status = response->status;
    record.outcome = outcome_of(response->status);
    record.seen = view_of(*response);
  }
  // A read does nothing: without an answer it is as if it had not been asked.
  if (operation.op == Op::read && record.outcome == Outcome::unknown) record.outcome = Outcome::refused;
  const Outcome outcome = record.outcome;
  history_.add(std::move(record));
  return outcome;
}

}  // namespace cartd::test
