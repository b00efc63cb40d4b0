// The hash slots that a Redis Cluster divides its keys into (Redis Cluster specification).
#pragma once

#include <cstdint>
#include <string_view>

namespace cartd::redis {

constexpr std::uint16_t slot_count = 16384;

/// The slot of `key`: CRC-16/XMODEM modulo slot_count, of what stands between the first "{" and the first "}" behind it
/// when that is not empty, else of the whole key.
std::uint16_t key_slot(std::string_view key);

}  // namespace cartd::redis
