#include "chaos/checker/emptied_rules.h"

#include "chaos/checker/text.h"

#include <algorithm>
#include <cstdint>
#include <string>

namespace cartd::test {
namespace {

/// A cart as somebody was shown it.
struct Shown {
  const std::string& cart;
  const Quantities& quantities;
  std::string where;
  Moment start = Moment::max();
  Moment end = Moment::max();
  int server = -1;  ///< -1: in the end, whoever was asked.
};

class EmptiedRules {
 public:
  EmptiedRules(const CustomerHistory& customer, CheckOptions options, CheckResult& result)
      : customer_(customer), options_(options), result_(result) {}

  void check(const std::vector<FinalCarts>& finals) {
    for (const Purchase& one : customer_.purchases)
      if (empties(one)) check_after(one, finals);
  }

 private:
  /// A merge that names a version is also acknowledged where it was done long before, and nothing was left to do.
  static bool empties(const Purchase& one) {
    return one.done && (one.op == PurchaseOp::erase || (one.op == PurchaseOp::merge && !one.names_version));
  }

  /// When another one through the same cartd is done, which is stricter from then on.
  Moment next_after(const Purchase& emptying) const {
    Moment next = Moment::max();
    for (const Purchase& one : customer_.purchases)
      if (empties(one) && one.cart == emptying.cart && one.server == emptying.server && one.start >= *emptying.done)
        next = std::min(next, *one.done);
    return next;
  }

  void check_after(const Purchase& emptying, const std::vector<FinalCarts>& finals) {
    const Moment next = next_after(emptying);
    for (const PurchaseExchange& exchange : customer_.exchanges) {
      const bool is_known = exchange.seen && !exchange.degraded && !exchange.seen->partial;
      if (!is_known || exchange.start < *emptying.done || exchange.start >= next) continue;
      const std::string& cart = exchange.target.empty() ? exchange.cart : exchange.target;
      check_shown(emptying,
                  {cart, exchange.seen->quantities, text_of(exchange), exchange.start, exchange.end, exchange.server});
    }
    for (const FinalCarts& source : finals)
      if (const auto cart = source.carts.find(emptying.cart); cart != source.carts.end())
        check_shown(emptying, {cart->first, cart->second.quantities, source.source + " in the end"});
  }

  bool answers(const Purchase& emptying, const Shown& shown) const {
    if (shown.server < 0 || shown.server == emptying.server) return true;
    return emptying.in_store && !options_.store_may_roll_back;
  }

  /// Surely done when the emptying began, and before it for that cartd.
  bool came_before(const Purchase& one, const Purchase& emptying) const {
    return one.done && *one.done <= emptying.start &&
           (one.server == emptying.server || (one.in_store && !options_.store_may_roll_back));
  }

  void check_shown(const Purchase& emptying, const Shown& shown) {
    if (shown.cart != emptying.cart || !answers(emptying, shown)) return;
    Quantities later;
    for (const Purchase& one : customer_.purchases) {
      if (one.outcome == Outcome::refused || one.start > shown.end || came_before(one, emptying)) continue;
      if (one.target == emptying.cart) return;
      if (one.op == PurchaseOp::add && one.cart == emptying.cart) later[one.sku] += one.n;
    }
    for (const auto& [sku, n] : shown.quantities) {
      if (n <= later[sku]) continue;
      result_.violations.push_back(
          "cart " + emptying.cart + " shows " + std::to_string(n) + " pieces of " + sku + " according to " +
          shown.where + ", and at most " + std::to_string(later[sku]) + " came after the " + to_string(emptying.op) +
          " at " + seconds(*emptying.done) +
          (emptying.op == PurchaseOp::erase ? ": it came back" : ": it did not take all, or something came back"));
    }
  }

  const CustomerHistory& customer_;
  const CheckOptions options_;
  CheckResult& result_;
};

}  // namespace

void check_emptied(const CustomerHistory& customer, const std::vector<FinalCarts>& finals, CheckOptions options,
                   CheckResult& result) {
  EmptiedRules(customer, options, result).check(finals);
}

}  // namespace cartd::test
