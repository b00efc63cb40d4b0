#include "chaos/checker/history.h"

#include <nlohmann/json.hpp>

#include <fstream>
#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

nlohmann::json view_json(const CartView& view) {
  return {{"version", view.version},   {"quantities", view.quantities}, {"details", view.details},
          {"owner", view.owner},       {"metadata", view.metadata},     {"durability", view.durability},
          {"degraded", view.degraded}, {"partial", view.partial}};
}

nlohmann::json line_of(const Exchange& exchange) {
  nlohmann::json line{{"client", exchange.client},
                      {"server", exchange.server},
                      {"op", to_string(exchange.op)},
                      {"cart", exchange.cart},
                      {"start_us", exchange.start.count()},
                      {"end_us", exchange.end.count()},
                      {"outcome", to_string(exchange.outcome)},
                      {"status", exchange.status}};
  if (!exchange.sku.empty()) line["sku"] = exchange.sku;
  if (exchange.n != 0) line["n"] = exchange.n;
  if (exchange.details) line["details"] = *exchange.details;
  if (exchange.owner) line["owner"] = *exchange.owner;
  if (exchange.metadata) line["metadata"] = *exchange.metadata;
  if (exchange.expected) line["expected"] = *exchange.expected;
  if (!exchange.key.empty()) line["key"] = exchange.key;
  if (exchange.version) line["version"] = *exchange.version;
  if (exchange.degraded) line["degraded"] = true;
  if (!exchange.is_promised) line["promised"] = false;
  if (exchange.reply) line["reply"] = *exchange.reply;
  if (exchange.seen) line["seen"] = view_json(*exchange.seen);
  return line;
}

nlohmann::json line_of(const UserExchange& exchange) {
  nlohmann::json line{{"client", exchange.client},
                      {"server", exchange.server},
                      {"op", to_string(exchange.op)},
                      {"user", exchange.user},
                      {"start_us", exchange.start.count()},
                      {"end_us", exchange.end.count()},
                      {"outcome", to_string(exchange.outcome)},
                      {"status", exchange.status}};
  for (const auto& [name, value] : exchange.fields)
    line["fields"][name] = value ? nlohmann::json(*value) : nlohmann::json();
  if (exchange.seen) line["seen"] = *exchange.seen;
  return line;
}

nlohmann::json line_of(const PurchaseExchange& exchange) {
  nlohmann::json line{{"client", exchange.client},      {"server", exchange.server},
                      {"op", to_string(exchange.op)},   {"customer", exchange.customer},
                      {"cart", exchange.cart},          {"start_us", exchange.start.count()},
                      {"end_us", exchange.end.count()}, {"outcome", to_string(exchange.outcome)},
                      {"status", exchange.status}};
  for (const auto& [name, text] :
       {std::pair("target", &exchange.target), std::pair("sku", &exchange.sku), std::pair("policy", &exchange.policy),
        std::pair("checkout", &exchange.checkout), std::pair("key", &exchange.key)})
    if (!text->empty()) line[name] = *text;
  if (exchange.n != 0) line["n"] = exchange.n;
  if (exchange.from_version) line["from_version"] = *exchange.from_version;
  if (exchange.version) line["version"] = *exchange.version;
  if (exchange.degraded) line["degraded"] = true;
  if (!exchange.is_promised) line["promised"] = false;
  if (exchange.seen) line["seen"] = view_json(*exchange.seen);
  for (const OrderView& order : exchange.orders) line["orders"].push_back(order.text);
  return line;
}

}  // namespace

bool lacks_line(const Exchange& exchange) { return exchange.op == Op::describe && exchange.status == 404; }

bool is_plain(Op op) { return op == Op::hincrby || op == Op::hset || op == Op::hdel || op == Op::del; }

const char* to_string(Op op) {
  switch (op) {
    case Op::add: return "add";
    case Op::remove: return "remove";
    case Op::set: return "set";
    case Op::remove_line: return "remove_line";
    case Op::describe: return "describe";
    case Op::clear: return "clear";
    case Op::erase: return "delete";
    case Op::annotate: return "annotate";
    case Op::read: return "read";
    case Op::hincrby: return "HINCRBY";
    case Op::hset: return "HSET";
    case Op::hdel: return "HDEL";
    case Op::del: return "DEL";
  }
  return "";
}

const char* to_string(UserOp op) {
  switch (op) {
    case UserOp::put: return "put";
    case UserOp::patch: return "patch";
    case UserOp::erase: return "delete";
    case UserOp::read: return "read";
  }
  return "";
}

const char* to_string(PurchaseOp op) {
  switch (op) {
    case PurchaseOp::add: return "add";
    case PurchaseOp::erase: return "delete";
    case PurchaseOp::read: return "read";
    case PurchaseOp::merge: return "merge";
    case PurchaseOp::move: return "move";
    case PurchaseOp::begin: return "begin";
    case PurchaseOp::complete: return "complete";
    case PurchaseOp::abort: return "abort";
    case PurchaseOp::read_order: return "read of an order";
    case PurchaseOp::read_orders: return "read of all orders";
  }
  return "";
}

const char* to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::acknowledged: return "acknowledged";
    case Outcome::refused: return "refused";
    case Outcome::unknown: return "unknown";
  }
  return "";
}

void History::add(Exchange exchange) {
  const std::lock_guard lock(mutex_);
  ++counts_[exchange.outcome];
  exchanges_.push_back(std::move(exchange));
}

void History::add(UserExchange exchange) {
  const std::lock_guard lock(mutex_);
  ++counts_[exchange.outcome];
  user_exchanges_.push_back(std::move(exchange));
}

void History::add(PurchaseExchange exchange) {
  const std::lock_guard lock(mutex_);
  ++counts_[exchange.outcome];
  purchase_exchanges_.push_back(std::move(exchange));
}

void History::note(Moment when, std::string text) {
  const std::lock_guard lock(mutex_);
  notes_.push_back({when, std::move(text)});
}

std::vector<Exchange> History::exchanges() const {
  const std::lock_guard lock(mutex_);
  return exchanges_;
}

std::vector<UserExchange> History::user_exchanges() const {
  const std::lock_guard lock(mutex_);
  return user_exchanges_;
}

std::vector<PurchaseExchange> History::purchase_exchanges() const {
  const std::lock_guard lock(mutex_);
  return purchase_exchanges_;
}

std::size_t History::count(Outcome outcome) const {
  const std::lock_guard lock(mutex_);
  const auto found = counts_.find(outcome);
  return found == counts_.end() ? 0 : found->second;
}

void History::write(const std::filesystem::path& file) const {
  const std::lock_guard lock(mutex_);
  std::multimap<Moment, nlohmann::json> lines;
  for (const Exchange& exchange : exchanges_) lines.emplace(exchange.end, line_of(exchange));
  for (const UserExchange& exchange : user_exchanges_) lines.emplace(exchange.end, line_of(exchange));
  for (const PurchaseExchange& exchange : purchase_exchanges_) lines.emplace(exchange.end, line_of(exchange));
  for (const Note& note : notes_)
    lines.emplace(note.when, nlohmann::json{{"at_us", note.when.count()}, {"note", note.text}});
  std::ofstream out(file);
  for (const auto& [when, line] : lines) out << line.dump() << '\n';
  out.close();
  if (!out) throw std::runtime_error("the history cannot be written to " + file.string());
}

}  // namespace cartd::test
