// The outcome of a request that got no reply.
#pragma once

#include <string>

namespace cartd::redis {

/// Why a request has no reply.
struct Failure {
  enum class Kind {
    not_sent,         ///< No byte of it was given to the operating system: surely not executed.
    outcome_unknown,  ///< Some or all of it was: it may have been executed.
  };
  Kind kind;
  std::string why;  ///< For logs.
};

}  // namespace cartd::redis
