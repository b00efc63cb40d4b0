// Judges what a Redis server's state means for carts: what would lose or slow them, and what to do. Pure.
#pragma once

#include "apps/cartctl/doctor/facts.h"

#include <string>
#include <vector>

namespace cartd::doctor {

enum class Level {
  ok,
  unknown,  ///< Could not look.
  warn,     ///< Carts may be lost in rare cases, or are slower or larger than need be.
  bad,      ///< Carts will be lost, or cartd does not work.
};

/// "ok", "unknown", "warn", "bad".
const char* to_string(Level level);

struct Finding {
  Level level;
  std::string check;   ///< A short constant name: "persistence", "eviction", …
  std::string text;    ///< The finding. May hold bytes of keys.
  std::string advice;  ///< What to do about it; empty when nothing is needed.
};

/// A check that could not be made, for this reason.
Finding could_not_look(const char* check, const std::string& why);

/// The findings about a primary in a deployment of this kind: one per check, always in the same order.
std::vector<Finding> judge(const Facts& facts, redis::Topology topology);

}  // namespace cartd::doctor
