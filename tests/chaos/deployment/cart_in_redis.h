// A cart as it lies in Redis (docs/redis-layout.md), for what looks at it without cartd.
#pragma once

#include "chaos/checker/history.h"
#include "support/redis_probe.h"

#include <string>

namespace cartd::test {

/// Throws std::runtime_error when the server does not serve the cart.
CartView read_cart(RedisProbe& probe, const std::string& cart);

}  // namespace cartd::test
