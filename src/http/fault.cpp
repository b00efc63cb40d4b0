#include "http/fault.h"

namespace cartd::http {

unsigned status_of(Fault fault) {
  switch (fault) {
    case Fault::malformed_request: return 400;
    case Fault::no_such_route: return 404;
    case Fault::method_not_allowed: return 405;
    case Fault::request_timeout: return 408;
    case Fault::body_too_large: return 413;
    case Fault::target_too_large: return 414;
    case Fault::unsupported_media_type: return 415;
    case Fault::invalid: return 422;
    case Fault::headers_too_large: return 431;
    case Fault::overloaded: return 503;
    case Fault::internal: break;
  }
  return 500;
}

}  // namespace cartd::http
