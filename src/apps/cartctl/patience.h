// How long a move of carts tries the same request again: a cartd that is started again, and a store after a failover,
// are back by then.
#pragma once

#include <chrono>

namespace cartd::cartctl::patience {

inline constexpr std::chrono::seconds timeout(30);  ///< For one exchange.
inline constexpr int most_attempts = 60;
inline constexpr std::chrono::milliseconds first_pause(50);  ///< Doubles with each attempt …
inline constexpr std::chrono::milliseconds longest_pause(2000);

}  // namespace cartd::cartctl::patience
