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
    return "an exception that is no std::exception";
  }
}

}  // namespace

// Errors are flushed as they are logged.
void end_on_defect(std::string_view what) {
  log(LogLevel::error, "cartd has a defect and ends: something that must hold does not", {{"what", what}});
  std::abort();
}

void end_on_exception(std::string_view task, const std::exception_ptr& thrown) {
  log(LogLevel::error, "cartd has a defect and ends: a background task threw an exception",
      {{"task", task}, {"what", text_of(thrown)}});
  std::abort();
}

}  // namespace cartd
