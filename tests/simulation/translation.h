// The words of the chaos tests' workload and history in those of the product, and back. Pure.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/workload.h"
#include "domain/cart.h"
#include "domain/command.h"
#include "outbox/core/answers.h"

#include <optional>

namespace cartd::simulation {

/// Of an operation that cartd knows and that is no read.
Change change_of(const test::Operation& operation);

test::CartView view_of(const Cart& cart, const Knowledge& knowledge);

/// What a client was told of its change, put into the record of it.
void record_answer(test::Exchange& exchange, const Result<Acknowledged>& result);
void record_answer(test::Exchange& exchange, const Result<Found>& result);

}  // namespace cartd::simulation
