#include "runtime/defect.h"

#include "runtime/log.h"

#include <cstdlib>
#include <string>

namespace cartd {
namespace {

std::string text_of(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    return error.what();
  } catch (...) {
    return "an exception other than std::exception";
  }
}

}  // namespace

// Errors are flushed as they are logged.
void end_on_defect(std::string_view what) {
  log(LogLevel::error, "cartd stops because of a bug: an invariant does not hold", {{"what", what}});
  std::abort();
}

void end_on_exception(std::string_view task, const std::exception_ptr& thrown) {
  log(LogLevel::error, "cartd stops because of a bug: a background task threw an exception",
      {{"task", task}, {"what", text_of(thrown)}});
  std::abort();
}

}  // namespace cartd
