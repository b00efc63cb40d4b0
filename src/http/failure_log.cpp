#include "http/failure_log.h"

namespace cartd::http {
namespace {

bool is_failure(unsigned status) { return status == 503 || status == 504 || status == 507; }

}  // namespace

void FailureLog::note(const Response& response) {
  if (!is_failure(response.status) || response.problem == nullptr) return;
  std::optional<std::uint64_t> left_out;
  {
    const std::lock_guard lock(mutex_);
    left_out = by_cause_[response.problem].pass();
  }
  if (!left_out) return;
  log(LogLevel::warn, "requests could not be served",
      {{"cause", response.problem},
       {"status", response.status},
       {"count", *left_out + 1},
       {"detail", response.problem_detail}});
}

}  // namespace cartd::http
