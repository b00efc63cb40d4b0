// What a cartd that acknowledges from memory while its store is away has promised: it keeps that unless it is killed
// before the store has it. Pure.
#pragma once

#include "chaos/checker/history.h"

#include <vector>

namespace cartd::test {

/// A cartd was killed.
struct Kill {
  int server;
  Moment when;
};

/// Marks the commands that were acknowledged from memory by a cartd that was killed afterwards, unless it had answered
/// for their cart with the store's word before: that it does only when the store has what it acknowledged.
void mark_unpromised(std::vector<Exchange>& history, const std::vector<Kill>& kills);
void mark_unpromised(std::vector<PurchaseExchange>& history, const std::vector<Kill>& kills);

}  // namespace cartd::test
