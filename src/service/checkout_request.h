#pragma once

#include "domain/command.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cartd {

/// What a client says when a checkout begins.
struct CheckoutRequest {
  std::vector<Offer> offers{};
  bool accepts_differences = false;
  std::string metadata{};                           ///< As Checkout::metadata.
  std::optional<std::uint64_t> expected_version{};  ///< Of the cart.
};

}  // namespace cartd
