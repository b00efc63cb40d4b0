#include "chaos/checker/checker.h"

#include "chaos/checker/cart_check.h"
#include "chaos/checker/text.h"
#include "chaos/checker/user_rules.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

namespace cartd::test {
namespace {

using Carts = std::map<std::string, std::vector<Exchange>>;

void count(Summary& summary, const std::vector<Exchange>& history) {
  std::set<std::tuple<std::string, std::string>> keys;
  for (const Exchange& exchange : history) {
    ++summary.requests;
    if (exchange.outcome == Outcome::acknowledged) ++summary.acknowledged;
    if (exchange.outcome == Outcome::unknown) ++summary.unknown;
    if (exchange.outcome == Outcome::refused) ++summary.refused;
    if (exchange.status == 412) ++summary.mismatches;
    if (exchange.seen && exchange.seen->degraded) ++summary.degraded;
    if (exchange.seen && exchange.op != Op::read && exchange.seen->durability == "journal") ++summary.from_journal;
    if (exchange.seen && exchange.op != Op::read && exchange.degraded && exchange.seen->durability == "memory")
      ++summary.from_memory;
    if (!exchange.is_promised) ++summary.unpromised;
    if (!exchange.key.empty() && !keys.emplace(exchange.cart, exchange.key).second) ++summary.repeated;
  }
}

/// The requests of the history are all allowed, so that no cartd has a reason for any other answer.
void check_status(const std::vector<Exchange>& history, CheckResult& result) {
  const std::set<int> fitting{0, 200, 204, 409, 503, 504, 507};
  for (const Exchange& exchange : history)
    if (!fitting.contains(exchange.status) && !(exchange.status == 412 && exchange.expected) && !lacks_line(exchange))
      result.violations.push_back("cart " + exchange.cart + ": cartd " + std::to_string(exchange.server) +
                                  " answered " + std::to_string(exchange.status) + " to " + to_string(exchange.op) +
                                  " at " + seconds(exchange.end));
}

}  // namespace

CheckResult check(const std::vector<Exchange>& history, const std::vector<FinalCarts>& finals, CheckOptions options) {
  CheckResult result;
  count(result.summary, history);
  check_status(history, result);
  Carts carts;
  for (const Exchange& exchange : history) carts[exchange.cart].push_back(exchange);
  result.summary.carts = carts.size();
  for (auto& [id, exchanges] : carts) {
    std::stable_sort(exchanges.begin(), exchanges.end(),
                     [](const Exchange& a, const Exchange& b) { return a.start < b.start; });
    check_cart(id, exchanges, finals, options, result);
  }
  return result;
}

}  // namespace cartd::test
