#include "chaos/checker/promises.h"

#include <algorithm>

namespace cartd::test {
namespace {

bool is_from_memory(const Exchange& exchange) {
  if (exchange.op == Op::read || exchange.outcome != Outcome::acknowledged || !exchange.degraded) return false;
  return !exchange.seen || exchange.seen->durability == "memory";
}

bool has_stores_word(const Exchange& exchange) {
  return exchange.outcome == Outcome::acknowledged && !exchange.degraded &&
         (exchange.seen || exchange.version.has_value());
}

}  // namespace

void mark_unpromised(std::vector<Exchange>& history, const std::vector<Kill>& kills) {
  for (Exchange& exchange : history) {
    if (!is_from_memory(exchange)) continue;
    for (const Kill& kill : kills) {
      if (kill.server != exchange.server || kill.when < exchange.start) continue;
      const bool was_delivered = std::any_of(history.begin(), history.end(), [&](const Exchange& later) {
        return later.server == exchange.server && later.cart == exchange.cart && later.start >= exchange.end &&
               later.start < kill.when && has_stores_word(later);
      });
      exchange.is_promised = was_delivered;
      break;
    }
  }
}

}  // namespace cartd::test
