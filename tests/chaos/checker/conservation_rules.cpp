#include "chaos/checker/conservation_rules.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>

namespace cartd::test {
namespace {

struct Bounds {
  std::int64_t least = 0;
  std::int64_t most = 0;
};

bool is_done(const Purchase& purchase) { return purchase.outcome != Outcome::refused; }

/// The carts that pieces of `cart` may have come to, itself included.
std::set<std::string> reached_from(const std::string& cart, const std::vector<Purchase>& purchases) {
  std::set<std::string> reached{cart};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const Purchase& one : purchases)
      if (!one.target.empty() && is_done(one) && reached.contains(one.cart)) reached.insert(one.target);
  }
  return reached;
}

/// The SKUs of which pieces may have gone with a cart.
std::set<std::string> perishable(const std::vector<Purchase>& purchases) {
  std::set<std::string> deleted;
  for (const Purchase& one : purchases)
    if (one.op == PurchaseOp::erase && is_done(one)) deleted.insert(one.cart);
  std::set<std::string> skus;
  for (const Purchase& one : purchases) {
    if (one.op != PurchaseOp::add || skus.contains(one.sku)) continue;
    const std::set<std::string> reached = reached_from(one.cart, purchases);
    if (std::any_of(reached.begin(), reached.end(), [&](const std::string& cart) { return deleted.contains(cart); }))
      skus.insert(one.sku);
  }
  return skus;
}

std::map<std::string, Bounds> bounds_of(const std::vector<Purchase>& purchases) {
  const bool only_sums = std::none_of(purchases.begin(), purchases.end(), [](const Purchase& one) {
    return is_done(one) && !one.policy.empty() && one.policy != "sum";
  });
  const std::set<std::string> uncertain = perishable(purchases);
  std::map<std::string, Bounds> bounds;
  for (const Purchase& one : purchases) {
    if (one.op != PurchaseOp::add || !is_done(one)) continue;
    Bounds& its = bounds[one.sku];
    its.most += one.n;
    if (one.outcome == Outcome::acknowledged && only_sums && !uncertain.contains(one.sku)) its.least += one.n;
  }
  return bounds;
}

/// What orders took out of these carts.
void add_ordered(const std::vector<OrderView>& orders, const std::set<std::string>& of_customer, Quantities& all) {
  std::set<std::string> counted;
  for (const OrderView& order : orders) {
    if (!of_customer.contains(order.id) || !counted.insert(order.id).second) continue;
    for (const auto& [sku, n] : order.quantities) all[sku] += n;
    for (const auto& [sku, n] : order.missing) all[sku] -= n;
  }
}

void check_sum(const std::string& name, const std::string& source, const std::string& sku, std::int64_t sum,
               const Bounds& bounds, CheckResult& result) {
  if (sum >= bounds.least && sum <= bounds.most) {
    if (bounds.least == bounds.most) ++result.summary.exact_lines;
    return;
  }
  const bool is_lost = sum < bounds.least;
  result.violations.push_back("customer " + name + ": " + std::to_string(sum) + " pieces of " + sku +
                              " are in carts and orders in the end (" + source + "), and what was added makes at " +
                              (is_lost ? "least " + std::to_string(bounds.least) + ": some were lost"
                                       : "most " + std::to_string(bounds.most) + ": some are there twice"));
}

}  // namespace

void check_conservation(const std::string& name, const CustomerHistory& customer, const std::vector<FinalCarts>& carts,
                        const std::vector<FinalOrders>& orders, CheckResult& result) {
  std::set<std::string> checkouts;
  std::set<std::string> ids;
  for (const PurchaseExchange& exchange : customer.exchanges) {
    if (!exchange.checkout.empty()) checkouts.insert(exchange.checkout);
    for (const std::string& id : {exchange.cart, exchange.target})
      if (!id.empty()) ids.insert(id);
  }
  const std::map<std::string, Bounds> bounds = bounds_of(customer.purchases);
  for (const FinalCarts& source : carts) {
    Quantities all;
    for (const auto& [sku, its] : bounds) all[sku] = 0;
    for (const std::string& id : ids)
      if (const auto cart = source.carts.find(id); cart != source.carts.end())
        for (const auto& [sku, n] : cart->second.quantities) all[sku] += n;
    // The store itself shows carts only; orders never change.
    const auto its =
        std::find_if(orders.begin(), orders.end(), [&](const FinalOrders& one) { return one.source == source.source; });
    if (!orders.empty()) add_ordered((its == orders.end() ? orders.front() : *its).orders, checkouts, all);
    for (const auto& [sku, sum] : all) {
      const auto known = bounds.find(sku);
      check_sum(name, source.source, sku, sum, known == bounds.end() ? Bounds{} : known->second, result);
    }
  }
}

}  // namespace cartd::test
