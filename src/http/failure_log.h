// Tells the operator which answers say that the server could not do what was asked: 503, 504 and 507, by cause.
//
// Threads: thread-safe.
#pragma once

#include "http/response.h"
#include "runtime/log.h"

#include <map>
#include <mutex>
#include <string_view>

namespace cartd::http {

class FailureLog {
 public:
  /// At most one line for each cause and 10 s, with how many answers it stands for. A cause is what Response::problem
  /// says.
  void note(const Response& response);

 private:
  std::mutex mutex_;
  std::map<std::string_view, LogThrottle> by_cause_{};
};

}  // namespace cartd::http
