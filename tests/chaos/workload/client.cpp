#include "chaos/workload/client.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

using nlohmann::json;

constexpr char label_begins = '\x1F';

std::string sku_of(const Operation& operation) { return operation.sku.substr(0, operation.sku.find(label_begins)); }
std::string label_of(const Operation& operation) {
  const std::size_t end = operation.sku.find(label_begins);
  return end == std::string::npos ? "" : operation.sku.substr(end + 1);
}

/// The body of an add or a set.
std::string line_body(const Operation& operation) {
  json body = operation.details ? json::parse(*operation.details) : json::object();
  if (operation.op == Op::add) {
    body["sku"] = sku_of(operation);
    if (const std::string label = label_of(operation); !label.empty()) body["line"] = label;
  }
  body["quantity"] = operation.n;
  return body.dump();
}

/// A patch that makes the details those of the operation; empty: none.
std::string description_body(const Operation& operation) {
  const std::string details = operation.details.value_or("");
  if (!details.empty()) return details;
  return json{{"name", nullptr}, {"unit_price", nullptr}, {"metadata", nullptr}}.dump();
}

std::string annotation_body(const Operation& operation) {
  json body = json::object();
  if (operation.owner) body["user_id"] = operation.owner->empty() ? json() : json(*operation.owner);
  if (operation.metadata) body["metadata"] = operation.metadata->empty() ? json() : json::parse(*operation.metadata);
  return body.dump();
}

}  // namespace

HttpCall Client::call_of(const Operation& operation) {
  const std::string cart = "/v1/carts/" + operation.cart;
  const std::string items = cart + "/items";
  const std::string line = items + "/" + sku_of(operation);
  const std::string label = label_of(operation);
  const std::string which = label.empty() ? "" : "?line=" + label;
  const std::string how_many = (label.empty() ? "?quantity=" : "&quantity=") + std::to_string(operation.n);
  HttpCall call{"GET", cart};
  switch (operation.op) {
    case Op::add: call = {"POST", items, line_body(operation)}; break;
    case Op::remove: call = {"DELETE", line + which + how_many}; break;
    case Op::set: call = {"PUT", line + which, line_body(operation)}; break;
    case Op::remove_line: call = {"DELETE", line + which}; break;
    case Op::describe: call = {"PATCH", line + which, description_body(operation)}; break;
    case Op::clear: call = {"DELETE", items}; break;
    case Op::erase: call = {"DELETE", cart}; break;
    case Op::annotate: call = {"PATCH", cart, annotation_body(operation)}; break;
    case Op::read: break;
    default: throw std::logic_error(std::string("cartd knows no ") + to_string(operation.op));
  }
  if (!operation.key.empty()) call.headers.emplace_back("Idempotency-Key", operation.key);
  if (operation.expected) call.headers.emplace_back("If-Match", "\"" + std::to_string(*operation.expected) + "\"");
  return call;
}

HttpCall Client::call_of(const UserOperation& operation) {
  const std::string user = "/v1/users/" + operation.user;
  json body = json::object();
  for (const auto& [name, value] : operation.fields) body[name] = value ? json(*value) : json();
  switch (operation.op) {
    case UserOp::put: return {"PUT", user, body.dump()};
    case UserOp::patch: return {"PATCH", user, body.dump()};
    case UserOp::erase: return {"DELETE", user};
    case UserOp::read: break;
  }
  return {"GET", user};
}

std::optional<CartView> view_of(const HttpResponse& response) {
  if (response.status != 200) return std::nullopt;
  const json body = json::parse(response.body);
  const json& cart = body.contains("cart") ? body.at("cart") : body;
  CartView view;
  view.version = cart.at("version");
  for (const auto& item : cart.at("items")) {
    std::string line = item.at("sku");
    if (item.contains("line")) line.append(1, label_begins).append(item.at("line").get<std::string>());
    view.quantities[line] = item.at("quantity");
    json details = json::object();
    for (const char* member : {"name", "unit_price", "metadata"})
      if (item.contains(member)) details[member] = item.at(member);
    if (!details.empty()) view.details[line] = details.dump();
  }
  view.owner = cart.value("user_id", "");
  if (cart.contains("metadata")) view.metadata = cart.at("metadata").dump();
  view.durability = cart.at("durability");
  view.degraded = cart.at("degraded");
  view.partial = cart.value("partial", false);
  return view;
}

std::optional<std::uint64_t> version_without_cart(const HttpResponse& response) {
  if (response.status == 412) return json::parse(response.body).at("current_version").get<std::uint64_t>();
  const std::string tag = response.header("etag");
  // A weak one promises nothing.
  if (response.status != 204 || tag.empty() || tag.front() != '"') return std::nullopt;
  return std::stoull(tag.substr(1));
}

std::optional<UserFields> user_of(const HttpResponse& response) {
  if (response.status == 404) return UserFields();
  if (response.status != 200) return std::nullopt;
  return json::parse(response.body).get<UserFields>();
}

Outcome outcome_of(int status) {
  if (status >= 200 && status < 300) return Outcome::acknowledged;
  // 503 and 507 promise that nothing was done; of other failures of a server nobody knows.
  if (status == 503 || status == 507 || (status >= 400 && status < 500)) return Outcome::refused;
  return Outcome::unknown;
}

Client::Client(int number, std::vector<std::uint16_t> ports, History& history,
               std::chrono::steady_clock::time_point began)
    : number_(number), connections_(std::move(ports), began), history_(history) {}

Answer Client::attempt(const Operation& operation, int server) {
  const HttpCall call = call_of(operation);
  Exchange record = begin_exchange(operation, number_, server, connections_.now());
  const std::optional<HttpResponse> response = connections_.exchange(call, server, record.outcome);
  record.end = connections_.now();
  if (response) {
    record.status = response->status;
    record.outcome = outcome_of(response->status);
    record.seen = view_of(*response);
    record.version = version_without_cart(*response);
    record.degraded = record.seen ? record.seen->degraded : record.outcome == Outcome::acknowledged && !record.version;
  }
  // A read does nothing: without an answer it is as if it had not been asked.
  if (operation.op == Op::read && record.outcome == Outcome::unknown) record.outcome = Outcome::refused;
  Answer answer{
      .outcome = record.outcome, .version = record.version, .mismatch = record.status == 412 || record.status == 404};
  if (record.seen && !record.degraded) answer.version = record.seen->version;
  history_.add(std::move(record));
  return answer;
}

void Client::attempt(const UserOperation& operation) {
  UserExchange record{.client = number_,
                      .server = operation.server,
                      .op = operation.op,
                      .user = operation.user,
                      .fields = operation.fields};
  const HttpCall call = call_of(operation);
  record.start = connections_.now();
  const std::optional<HttpResponse> response = connections_.exchange(call, operation.server, record.outcome);
  record.end = connections_.now();
  if (response) {
    record.status = response->status;
    record.outcome = outcome_of(response->status);
    record.seen = user_of(*response);
    if (operation.op == UserOp::read && record.seen) record.outcome = Outcome::acknowledged;
  }
  if (operation.op == UserOp::read && record.outcome == Outcome::unknown) record.outcome = Outcome::refused;
  history_.add(std::move(record));
}

}  // namespace cartd::test
