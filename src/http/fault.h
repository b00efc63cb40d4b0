// Faults of a request that are found before, or apart from, its handler.
#pragma once

namespace cartd::http {

enum class Fault {
  malformed_request,
  no_such_route,
  method_not_allowed,
  request_timeout,
  body_too_large,
  target_too_large,
  headers_too_large,
  unsupported_media_type,
  invalid,  ///< Well-formed, and not understood here: an unknown query parameter, a body where none belongs.
  overloaded,
  internal,  ///< A defect: says nothing to the client but that.
};

/// The status code that tells it (RFC 9110, section 15).
unsigned status_of(Fault fault);

}  // namespace cartd::http
