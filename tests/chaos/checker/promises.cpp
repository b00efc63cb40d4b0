#include "chaos/checker/promises.h"

#include <algorithm>

namespace cartd::test {
namespace {

bool is_read(const Exchange& exchange) { return exchange.op == Op::read; }
bool is_read(const PurchaseExchange& exchange) {
  return exchange.op != PurchaseOp::add && exchange.op != PurchaseOp::erase;
}

template <class Kind>
bool is_from_memory(const Kind& exchange) {
  if (is_read(exchange) || exchange.outcome != Outcome::acknowledged || !exchange.degraded) return false;
  return !exchange.seen || exchange.seen->durability == "memory";
}

template <class Kind>
bool has_stores_word(const Kind& exchange) {
  return exchange.outcome == Outcome::acknowledged && !exchange.degraded &&
         (exchange.seen || exchange.version.has_value());
}

template <class Kind>
void mark(std::vector<Kind>& history, const std::vector<Kill>& kills) {
  for (Kind& exchange : history) {
    if (!is_from_memory(exchange)) continue;
    for (const Kill& kill : kills) {
      if (kill.server != exchange.server || kill.when < exchange.start) continue;
      const bool was_delivered = std::any_of(history.begin(), history.end(), [&](const Kind& later) {
        return later.server == exchange.server && later.cart == exchange.cart && later.start >= exchange.end &&
               later.start < kill.when && has_stores_word(later);
      });
      exchange.is_promised = was_delivered;
      break;
    }
  }
}

}  // namespace

void mark_unpromised(std::vector<Exchange>& history, const std::vector<Kill>& kills) { mark(history, kills); }
void mark_unpromised(std::vector<PurchaseExchange>& history, const std::vector<Kill>& kills) { mark(history, kills); }

}  // namespace cartd::test
