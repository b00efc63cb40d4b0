// Carts and users as they lie in Redis (docs/redis-layout.md), for what looks at them without cartd.
#pragma once

#include "chaos/checker/history.h"
#include "support/redis_probe.h"

#include <string>

namespace cartd::test {

/// All but the details of its lines. Throws std::runtime_error when the server does not serve the cart.
CartView read_cart(RedisProbe& probe, const std::string& cart);

/// Without fields when there is none. Throws std::runtime_error when the server does not serve the user.
UserFields read_user(RedisProbe& probe, const std::string& user);

}  // namespace cartd::test
