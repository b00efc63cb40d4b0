// What the handlers work with. References to things that outlive every request.
#pragma once

#include "runtime/metrics.h"
#include "service/cart_service.h"
#include "service/user_service.h"
#include "transport/http/options.h"

#include <atomic>

namespace cartd::http {

struct Backend {
  CartService& carts;
  UserService& users;
  Metrics& metrics;
  const HttpOptions& options;
  const std::atomic<bool>& stopping;  ///< The process was told to end: /readyz says so, and all else is as before.
};

}  // namespace cartd::http
