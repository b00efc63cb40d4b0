// What a plain client of Redis does to a cart's hash, beside cartd.
#pragma once

#include "chaos/workload/workload.h"
#include "simulation/server.h"

#include <cstdint>

namespace cartd::simulation {

/// HINCRBY, HSET, HDEL or DEL. Answers what Redis replies.
std::int64_t write_plainly(StoredCart& stored, const test::Operation& operation);

}  // namespace cartd::simulation
