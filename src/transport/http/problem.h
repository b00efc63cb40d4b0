// What an error looks like to a client: RFC 9457, application/problem+json. Pure.
//
// The codes are a contract: clients branch on `type`, which is "urn:cartd:" and the code.
#pragma once

#include "domain/error.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

namespace cartd::http {

struct Problem {
  unsigned status;    ///< HTTP status code.
  const char* code;   ///< "not-found", …
  const char* title;  ///< One phrase, the same for every problem of this code.
  std::string detail{};
  std::string pointer{};  ///< JSON pointer into the request's body; empty when there is none.
  std::string limit{};    ///< The limit at fault; empty when there is none.
  std::optional<std::uint64_t> current_version{};
  std::optional<std::chrono::seconds> retry_after{};

  friend bool operator==(const Problem&, const Problem&) = default;
};

/// What is wrong with a request before, or beside, what the service has to say.
enum class Fault {
  malformed_request,
  no_such_route,
  method_not_allowed,
  request_timeout,
  body_too_large,
  target_too_large,
  headers_too_large,
  unsupported_media_type,
  invalid,
  overloaded,
  internal,  ///< A defect of cartd: says nothing to the client but that.
};

Problem problem_of(const Error& error);
Problem problem_of(Fault fault, std::string detail);

/// The body of application/problem+json.
std::string to_json(const Problem& problem);

}  // namespace cartd::http
