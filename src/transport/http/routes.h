// Which handler answers a request. The table in routes.cpp is the whole API at a glance. Pure.
#pragma once

#include "transport/http/backend.h"
#include "transport/http/request.h"
#include "transport/http/response.h"
#include "transport/http/target.h"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cartd::http {

/// A request that has found its handler.
struct Call {
  const Request& request;
  std::array<std::string, 2> names{};      ///< What stands where the pattern has {…}, decoded.
  std::optional<std::string> parameter{};  ///< The value of the route's query parameter, decoded.
};

/// `backend` and the call's request outlive the answer.
using Handler = boost::asio::awaitable<Response> (*)(Backend& backend, Call call);

enum class Body {
  none,   ///< A request with a body is refused (422): its client expects something that will not happen.
  json,   ///< application/json, or no Content-Type at all; else 415.
  patch,  ///< The same, and application/merge-patch+json (RFC 7396).
};

struct Route {
  verb method;               ///< GET answers HEAD too.
  std::string_view pattern;  ///< "/v1/carts/{cart}"; a {…} stands for one segment that is not empty.
  Handler handler;
  Body body = Body::none;
  std::string_view parameter{};  ///< The one query parameter that is understood; empty when there is none.

  // The pattern, cut at the slashes.
  std::array<std::string_view, max_segments> segments{};
  std::size_t segment_count = 0;

  constexpr Route(verb the_method, std::string_view the_pattern, Handler the_handler, Body the_body = Body::none,
                  std::string_view the_parameter = {})
      : method(the_method), pattern(the_pattern), handler(the_handler), body(the_body), parameter(the_parameter) {
    for (std::string_view rest = pattern; !rest.empty();) {
      rest.remove_prefix(1);
      const std::string_view segment = rest.substr(0, rest.find('/'));
      segments[segment_count++] = segment;
      rest.remove_prefix(segment.size());
    }
  }
};

/// All of them. A route's place in it is stable for the life of the process.
std::span<const Route> all_routes();

struct Routing {
  const Route* route;               ///< Null when there is none for the target and method.
  std::optional<Call> call;         ///< Set unless refused.
  std::optional<Response> refusal;  ///< The answer without a handler: 400, 404, 405, 413, 415, 422, or 204 to OPTIONS.
};

Routing find_route(const Request& request);

}  // namespace cartd::http
