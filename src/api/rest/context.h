// The objects that the handlers use. They outlive every request.
#pragma once

#include "api/rest/checkpoints.h"
#include "runtime/metrics.h"
#include "service/cart_service.h"
#include "service/moving.h"
#include "service/user_service.h"

#include <atomic>
#include <string>
#include <utility>

namespace cartd::rest {

struct Context {
  Context(CartService& the_carts, UserService& the_users, Moving& the_moving, Metrics& the_metrics,
          std::string the_store_kind)
      : carts(the_carts),
        users(the_users),
        moving(the_moving),
        metrics(the_metrics),
        store_kind(std::move(the_store_kind)) {}

  CartService& carts;
  UserService& users;
  Moving& moving;
  Metrics& metrics;
  const std::string store_kind;       ///< The store's name in /readyz.
  MakeCheckpoint make_checkpoint{};   ///< Empty where the store has no checkpoints. Set before the first request.
  std::atomic<bool> stopping{false};  ///< The process was told to end: /readyz says so, and all else is as before.
};

}  // namespace cartd::rest
