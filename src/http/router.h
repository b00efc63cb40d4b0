// Which handler answers a request, and the answers that need none: to OPTIONS, and to what no handler is to see.
//
// Threads: a router is not changed once it is made, and may be asked by all.
#pragma once

#include "http/fault.h"
#include "http/request.h"
#include "http/response.h"
#include "http/target.h"

#include <boost/asio/awaitable.hpp>

#include <array>
#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::http {

/// A request that has found its handler.
struct Call {
  const Request& request;
  std::array<std::string, 2> names{};  ///< The path's text where the pattern has {…}, decoded.
  /// The values of the route's query parameters, decoded, in the order in which the route names them.
  std::array<std::optional<std::string>, 3> parameters{};
};

/// The call's request, and the handler itself, outlive the answer. May throw: that is a defect, answered with 500.
using Handler = std::function<boost::asio::awaitable<Response>(Call call)>;

enum class Body {
  none,   ///< A request with a body is refused (422): its client expects something that will not happen.
  json,   ///< application/json or application/msgpack; no Content-Type at all is JSON; else 415.
  patch,  ///< The same, and application/merge-patch+json (RFC 7396).
};

struct Route {
  verb method;               ///< GET answers HEAD too.
  std::string_view pattern;  ///< "/v1/carts/{cart}"; a {…} stands for one segment that is not empty. A literal.
  Handler handler;
  Body body = Body::none;
  /// The query parameters that are understood; an empty name is none. Literals.
  std::array<std::string_view, 3> parameters{};
};

/// The result of find().
struct Routing {
  const Route* route;               ///< Null when there is none for the target and method.
  std::optional<Call> call;         ///< Set unless refused.
  std::optional<Response> refusal;  ///< The answer without a handler: 400, 404, 405, 413, 415, 422, or 204 to OPTIONS.
};

class Router {
 public:
  /// How the answer to a fault looks. It has the fault's status; the detail is one sentence for the client, or empty.
  using Refuse = Response (*)(Fault fault, std::string detail);

  /// Gives an answer, whoever made it, the form that its client asked for.
  using Represent = void (*)(const Request& request, Response& response);

  /// At most two variable segments a route, and max_segments in all.
  Router(
      std::vector<Route> routes, Refuse look, Represent represent = [](const Request&, Response&) {});

  Routing find(const Request& request) const;
  Response refuse(Fault fault, std::string detail) const { return refuse_(fault, std::move(detail)); }

  void represent(const Request& request, Response& response) const { represent_(request, response); }

  /// All of them, in the order in which they were given. A route's address is stable as long as the router stays where
  /// it is.
  const std::vector<Route>& routes() const { return routes_; }

 private:
  /// A pattern, cut at the slashes.
  struct Segments {
    std::array<std::string_view, max_segments> parts{};
    std::size_t count = 0;
  };
  /// The methods allowed at a path, or at the whole server.
  struct Methods {
    std::string allow{};
    bool patch = false;

    void add(std::string_view method);
  };

  static bool matches(const Segments& segments, const Target& target);
  static Segments segments_of(std::string_view pattern);

  Methods methods_of(const Target* target) const;
  Routing refused(const Route* route, Fault fault, std::string detail) const;
  Routing answer_options(const Request& request, const Methods& methods) const;
  Routing refuse_method(const Methods& methods) const;
  Routing refuse_media_type(const Route& route) const;
  Routing refuse_coding(const Route& route, Fault fault) const;
  std::optional<Response> read_query(const Route& route, std::string_view query, Call& call) const;

  std::vector<Route> routes_;
  std::vector<Segments> segments_;  ///< Of each route.
  Refuse refuse_;
  Represent represent_;
};

}  // namespace cartd::http
