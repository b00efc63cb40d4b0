// What makes a command safe to send again: every accepted command gets a stamp before it goes anywhere, and a
// store applies a stamp at most once.
#pragma once

#include <cstdint>

namespace cartd {

/// One event loop of one incarnation of a process: a fresh random number of 48 bits at every start.
using Lane = std::uint64_t;

/// `seq` is microseconds since the Unix epoch, strictly increasing within a lane; it fits the 53 bits of a double.
/// All commands of a lane for one cart reach the store in order, so one number per lane, the cart's mark, says
/// which of them it has.
struct Stamp {
  Lane lane;
  std::uint64_t seq;

  friend bool operator==(const Stamp&, const Stamp&) = default;
};

}  // namespace cartd
