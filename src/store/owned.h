// Pages of one owner's carts.
#pragma once

#include "domain/owned_cart.h"

#include <chrono>
#include <cstddef>
#include <optional>

namespace cartd {

struct OwnedRequest {
  UserId owner;
  KindFilter kind{};
  std::optional<CartPlace> after{};  ///< Nothing: from the beginning. Else the `next` of an earlier page.
  std::size_t most = 20;             ///< Carts; 1 to 100.
  std::chrono::steady_clock::time_point deadline{};
};

/// How many carts of an owner a store looks at for one page, whether they are of the kind that is asked for or not.
constexpr std::size_t most_looked_at = 1000;

}  // namespace cartd
