// Tells the operator which Redis servers take carts over from which.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

namespace cartd::app {

/// How many slots each server owns, by its address. Without a Cluster all slots are one server's.
using Owners = std::map<std::string, std::size_t>;

struct OwnerChange {
  std::string
      from{};        ///< The servers that own fewer slots now; the first few of them. Empty: those slots had no owner.
  std::string to{};  ///< The servers that own more. Empty: the slots have no owner now.
  std::size_t slots = 0;
  bool servers = false;   ///< Some own nothing any more, or are new.
  bool is_first = false;  ///< No slot had an owner before.
};

/// Nothing when nothing has changed. Pure.
std::optional<OwnerChange> compare(const Owners& before, const Owners& after);

/// Finds what to log in a row of looks. Times are handed in.
class OwnersLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// The changes since the last line, once two looks in a row have shown the same, or two seconds have passed. At
  /// most once a second, and where only slots move, once in 10 s. What is left out is part of the next line. At first
  /// all are new.
  std::optional<OwnerChange> look(const Owners& owners, Time now);

 private:
  Owners logged_{};
  Owners last_{};
  std::optional<Time> changing_since_{};
  std::optional<Time> last_line_{};
};

}  // namespace cartd::app
