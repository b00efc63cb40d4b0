// Whether some order of all commands on one cart explains every answer that was given about it. Only for a cart whose
// store rolled nothing back and was never away, so that there is one order; pure.
#pragma once

#include "chaos/checker/command.h"
#include "chaos/checker/history.h"
#include "chaos/checker/order_search.h"

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

struct CartExplanation {
  Explained explained = Explained::yes;
  std::string stuck_at{};  ///< What could not be explained, in a sentence's second half.
};

/// `exchanges` are all of one cart, by start, and `commands` theirs. `finals` are the cart as sources show it in the
/// end; lines of a cart in Redis itself have no details there.
CartExplanation explain(const std::vector<Exchange>& exchanges, const CartCommands& commands,
                        const std::vector<CartView>& finals);

}  // namespace cartd::test
