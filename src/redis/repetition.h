// How often, and after which pauses, a command goes out again that a server did not execute but sent elsewhere or asked
// for later. Pure: the caller waits.
#pragma once

#include <chrono>
#include <optional>

namespace cartd::redis {

/// Of one request.
class Repetition {
 public:
  /// A moved slot takes one redirect, a key in migration another; while many move, there may be more.
  static constexpr unsigned redirects_at_once = 5;
  /// Servers that disagree for longer than the pauses of so many last are not going to agree for this request.
  static constexpr unsigned most = 16;
  static constexpr std::chrono::milliseconds first_pause{20};
  static constexpr std::chrono::milliseconds longest_pause{320};

  /// The pause before the command goes to the server that MOVED or ASK names; nothing when it must not go out again.
  std::optional<std::chrono::milliseconds> after_redirect();
  /// The same where the server asks for later.
  std::optional<std::chrono::milliseconds> after_refusal();

 private:
  std::optional<std::chrono::milliseconds> next(bool at_once);

  unsigned count_ = 0;
  unsigned redirects_ = 0;
  unsigned pauses_ = 0;
};

}  // namespace cartd::redis
