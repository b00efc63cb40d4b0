// Does something when a scope is left, by an exception, too.
#pragma once

#include <utility>

namespace cartd {

/// `action` must not throw. In a coroutine it also runs when the coroutine is destroyed where it waits, so that it may
/// use only what lives at least as long as the frame.
template <class Action>
class [[nodiscard]] ScopeExit {
 public:
  explicit ScopeExit(Action action) : action_(std::move(action)) {}
  ~ScopeExit() { action_(); }
  ScopeExit(const ScopeExit&) = delete;
  ScopeExit& operator=(const ScopeExit&) = delete;

 private:
  Action action_;
};

}  // namespace cartd
