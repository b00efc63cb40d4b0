#include "chaos/checker/purchase_check.h"

#include "chaos/checker/conservation_rules.h"
#include "chaos/checker/emptied_rules.h"
#include "chaos/checker/order_rules.h"
#include "chaos/checker/purchase.h"

#include <algorithm>
#include <set>

namespace cartd::test {
namespace {

/// The requests are all allowed. 404: no such line, or no such order yet; 409: nothing to buy, or bought already; 412:
/// the version of a merge.
void check_purchase_status(const PurchaseExchange& exchange, CheckResult& result) {
  std::set<int> fitting{0, 200, 201, 204, 409, 503, 504, 507};
  if (exchange.from_version) fitting.insert(412);
  if (exchange.op != PurchaseOp::add && exchange.op != PurchaseOp::erase && exchange.op != PurchaseOp::read)
    fitting.insert(404);
  if (!fitting.contains(exchange.status))
    result.violations.push_back(text_of(exchange) + " is " + std::to_string(exchange.status));
}

void count_purchase(const PurchaseExchange& exchange, Summary& summary) {
  ++summary.requests;
  if (exchange.outcome == Outcome::acknowledged) ++summary.acknowledged;
  if (exchange.outcome == Outcome::unknown) ++summary.unknown;
  if (exchange.outcome == Outcome::refused) ++summary.refused;
}

}  // namespace

void check_purchases(const std::vector<PurchaseExchange>& exchanges, const std::vector<FinalCarts>& carts,
                     const std::vector<FinalOrders>& orders, CheckOptions options, CheckResult& result) {
  for (const PurchaseExchange& exchange : exchanges) {
    check_purchase_status(exchange, result);
    count_purchase(exchange, result.summary);
  }
  for (const auto& [name, customer] : customers_of(exchanges)) {
    result.summary.merges +=
        static_cast<std::size_t>(std::count_if(customer.purchases.begin(), customer.purchases.end(),
                                               [](const Purchase& one) { return one.done && !one.target.empty(); }));
    check_orders(customer, orders, options, result);
    if (!customer.keeps_pieces(options)) continue;
    check_conservation(name, customer, carts, orders, result);
    check_emptied(customer, carts, options, result);
  }
}

}  // namespace cartd::test
