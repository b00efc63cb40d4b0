// Errors as clients see them: RFC 9457, application/problem+json. Pure.
//
// The codes are a contract: clients branch on `type`, which is "urn:cartd:" and the code.
#pragma once

#include "domain/error.h"
#include "http/fault.h"
#include "http/response.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace cartd::rest {

struct Problem {
  unsigned status;    ///< HTTP status code.
  const char* code;   ///< "not-found", …
  const char* title;  ///< One phrase, the same for every problem of this code.
  std::string detail{};
  std::string pointer{};  ///< JSON pointer into the request's body; empty when there is none.
  std::string limit{};    ///< The limit at fault; empty when there is none.
  std::optional<std::uint64_t> current_version{};
  std::string lines{};  ///< Text of a JSON array: the lines at fault; empty when there is none.
  std::optional<std::chrono::seconds> retry_after{};

  friend bool operator==(const Problem&, const Problem&) = default;
};

Problem problem_of(const Error& error);
Problem problem_of(http::Fault fault, std::string detail);

/// The body of application/problem+json.
std::string to_json(const Problem& problem);

http::Response problem_response(const Problem& problem);

}  // namespace cartd::rest
