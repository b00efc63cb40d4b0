#include "chaos/checker/purchase.h"

#include "chaos/checker/text.h"

#include <algorithm>
#include <utility>

namespace cartd::test {
namespace {

bool changes_carts(PurchaseOp op) {
  return op == PurchaseOp::add || op == PurchaseOp::erase || op == PurchaseOp::merge || op == PurchaseOp::move;
}

bool only_reads(PurchaseOp op) {
  return op == PurchaseOp::read || op == PurchaseOp::read_order || op == PurchaseOp::read_orders;
}

/// 404: there was nothing to take; 412: the version was another one.
bool says_what_became_of_it(const PurchaseExchange& merge) {
  return merge.outcome == Outcome::acknowledged || merge.status == 404 || merge.status == 412;
}

void take_attempt(Purchase& purchase, const PurchaseExchange& attempt) {
  if (attempt.outcome == Outcome::refused || purchase.outcome == Outcome::acknowledged) return;
  const bool is_sure = attempt.outcome == Outcome::acknowledged && attempt.is_promised;
  purchase.outcome = is_sure ? Outcome::acknowledged : Outcome::unknown;
  purchase.server = attempt.server;
  if (!is_sure) return;
  purchase.done = attempt.end;
  purchase.in_store = !attempt.degraded && (!attempt.seen || attempt.seen->durability != "journal");
}

std::vector<Purchase> purchases_of(const std::vector<PurchaseExchange>& exchanges) {
  std::vector<Purchase> purchases;
  std::map<std::string, std::size_t> by_key;
  for (const PurchaseExchange& exchange : exchanges) {
    if (!changes_carts(exchange.op)) continue;
    std::size_t index = purchases.size();
    if (!exchange.key.empty()) index = by_key.emplace(exchange.key, index).first->second;
    if (index == purchases.size())
      purchases.push_back({.op = exchange.op,
                           .cart = exchange.cart,
                           .target = exchange.target,
                           .sku = exchange.sku,
                           .n = exchange.n,
                           .policy = exchange.policy,
                           .names_version = exchange.from_version.has_value(),
                           .server = exchange.server,
                           .start = exchange.start});
    take_attempt(purchases[index], exchange);
  }
  return purchases;
}

}  // namespace

std::map<std::string, CustomerHistory> customers_of(const std::vector<PurchaseExchange>& exchanges) {
  std::map<std::string, CustomerHistory> customers;
  for (const PurchaseExchange& exchange : exchanges) {
    CustomerHistory& customer = customers[exchange.customer];
    customer.exchanges.push_back(exchange);
    if (!only_reads(exchange.op)) customer.servers.insert(exchange.server);
    if (!exchange.target.empty() && !says_what_became_of_it(exchange)) customer.left_merges = true;
  }
  for (auto& [name, customer] : customers) {
    std::stable_sort(customer.exchanges.begin(), customer.exchanges.end(),
                     [](const PurchaseExchange& a, const PurchaseExchange& b) { return a.start < b.start; });
    customer.purchases = purchases_of(customer.exchanges);
  }
  return customers;
}

std::string text_of(const PurchaseExchange& exchange) {
  return "cartd " + std::to_string(exchange.server) + "'s answer to " + to_string(exchange.op) + " of client " +
         std::to_string(exchange.client) + " at " + seconds(exchange.end);
}

}  // namespace cartd::test
