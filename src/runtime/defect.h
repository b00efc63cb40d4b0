// Ends the process when the program finds a bug of its own, with a line in the log. The next process starts
// from what is on disk; going on with state that cannot be could lose what was acknowledged.
//
// Threads: thread-safe.
#pragma once

#include <exception>
#include <string_view>

namespace cartd {

/// Logs `what`, which is a sentence, and aborts.
[[noreturn]] void end_on_defect(std::string_view what);

/// Logs that `task` ended with `thrown`, and aborts.
[[noreturn]] void end_on_exception(std::string_view task, const std::exception_ptr& thrown);

/// Checks an invariant, in every build: `invariant` is the sentence that has to be true.
inline void ensure(bool holds, std::string_view invariant) {
  if (!holds) [[unlikely]]
    end_on_defect(invariant);
}

}  // namespace cartd
