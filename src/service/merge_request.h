#pragma once

#include "domain/ids.h"
#include "domain/transfer.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace cartd {

/// Lines that a cart is to get from another one.
struct MergeRequest {
  CartId source;
  MergePolicy policy = MergePolicy::sum;
  std::optional<std::vector<WantedLine>> lines{};  ///< Nothing: all that the source has.
  std::optional<std::uint64_t> source_version{};   ///< Only if the source has this version.
  std::optional<IdempotencyKey> key{};             ///< Under which the whole of it takes effect once.
};

}  // namespace cartd
