#include "chaos/checker/order_rules.h"

#include "chaos/checker/text.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

namespace cartd::test {
namespace {

/// What is known of one checkout.
struct Completion {
  std::string cart{};
  std::optional<Moment> begun{};  ///< The first request to complete it that was not refused.
  const PurchaseExchange* acknowledged = nullptr;
  bool has_unknown = false;  ///< An attempt may have been lost.
  std::string text{};        ///< Of the order as it was shown first …
  std::string where{};       ///< … and where that was.
};

class OrderRules {
 public:
  OrderRules(const CustomerHistory& customer, CheckOptions options, CheckResult& result)
      : customer_(customer), options_(options), result_(result) {}

  void check(const std::vector<FinalOrders>& finals) {
    find_completions();
    for (const PurchaseExchange& exchange : customer_.exchanges) {
      for (const OrderView& order : exchange.orders) look_at(order, exchange.end, text_of(exchange));
      if (exchange.outcome == Outcome::acknowledged || exchange.status == 404) look_for_missing(exchange);
    }
    for (const FinalOrders& source : finals) check_final(source);
    result_.summary.orders += static_cast<std::size_t>(std::count_if(
        completions_.begin(), completions_.end(), [](const auto& one) { return !one.second.text.empty(); }));
  }

 private:
  void find_completions() {
    for (const PurchaseExchange& exchange : customer_.exchanges) {
      if (exchange.op != PurchaseOp::complete) continue;
      Completion& completion = completions_[exchange.checkout];
      completion.cart = exchange.cart;
      if (exchange.outcome == Outcome::refused) continue;
      completion.has_unknown |= exchange.outcome == Outcome::unknown;
      if (!completion.begun) completion.begun = exchange.start;
      const bool is_first = completion.acknowledged == nullptr || exchange.end < completion.acknowledged->end;
      if (exchange.outcome == Outcome::acknowledged && is_first) completion.acknowledged = &exchange;
      const bool is_its = exchange.orders.size() == 1 && exchange.orders.front().id == exchange.checkout;
      if (exchange.outcome == Outcome::acknowledged && !is_its)
        violated(exchange.checkout, text_of(exchange) + " does not show its order");
    }
  }

  void look_at(const OrderView& order, Moment when, const std::string& where) {
    const auto found = completions_.find(order.id);
    if (found == completions_.end() || !found->second.begun || *found->second.begun >= when)
      return violated(order.id, "is an order according to " + where + ", and nobody completed it");
    Completion& completion = found->second;
    const std::string& text = options_.store_may_roll_back ? order.content : order.text;
    if (completion.text.empty()) {
      completion.text = text;
      completion.where = where;
    }
    if (completion.text != text)
      violated(order.id, "is another order according to " + where + " (" + text + ") than according to " +
                             completion.where + " (" + completion.text + ")");
    look_at_time(order, completion, when, where);
  }

  /// A rollback may undo an order. The cartd that made it makes the same one again. Another one that is asked for it
  /// meanwhile makes its own; so does a later attempt, where nobody knows of an earlier one that it was done.
  void look_at_time(const OrderView& order, const Completion& completion, Moment when, const std::string& where) {
    const PurchaseExchange* const first = completion.acknowledged;
    if (customer_.servers.size() != 1 || completion.has_unknown || !first || first->end > when) return;
    if (first->orders.size() != 1) return;
    if (order.completed_at != first->orders.front().completed_at)
      violated(order.id, "was completed at " + order.completed_at + " according to " + where + ", and at " +
                             first->orders.front().completed_at + " according to " + text_of(*first));
  }

  /// What was acknowledged before this was asked has to be in its answer.
  void look_for_missing(const PurchaseExchange& exchange) {
    if (exchange.op != PurchaseOp::read_order && exchange.op != PurchaseOp::read_orders &&
        exchange.op != PurchaseOp::complete)
      return;
    for (const auto& [id, completion] : completions_) {
      const PurchaseExchange* const before = completion.acknowledged;
      const bool is_asked_for =
          exchange.op == PurchaseOp::read_orders ? exchange.cart == completion.cart : exchange.checkout == id;
      if (before == nullptr || before->end > exchange.start || !is_asked_for) continue;
      const bool is_sure = before->server == exchange.server || !options_.store_may_roll_back;
      if (is_sure && !shows(exchange.orders, id))
        violated(id, "is missing in " + text_of(exchange) + ", though completed before");
    }
  }

  void check_final(const FinalOrders& source) {
    for (const OrderView& order : source.orders)
      if (completions_.contains(order.id)) look_at(order, Moment::max(), source.source + " in the end");
    for (const auto& [id, completion] : completions_)
      if (completion.acknowledged != nullptr && !shows(source.orders, id))
        violated(id, "is missing in the end (" + source.source + "), and was acknowledged as an order");
  }

  static bool shows(const std::vector<OrderView>& orders, const std::string& id) {
    return std::any_of(orders.begin(), orders.end(), [&](const OrderView& one) { return one.id == id; });
  }

  /// Once a checkout: the others follow from it.
  void violated(const std::string& checkout, const std::string& how) {
    if (!reported_.insert(checkout).second) return;
    result_.violations.push_back("checkout " + checkout + " " + how);
  }

  const CustomerHistory& customer_;
  const CheckOptions options_;
  CheckResult& result_;
  std::map<std::string, Completion> completions_;
  std::set<std::string> reported_;
};

}  // namespace

void check_orders(const CustomerHistory& customer, const std::vector<FinalOrders>& finals, CheckOptions options,
                  CheckResult& result) {
  OrderRules(customer, options, result).check(finals);
}

}  // namespace cartd::test
