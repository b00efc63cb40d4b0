#include "transport/http/routes.h"

#include "transport/http/fields.h"
#include "transport/http/handlers.h"
#include "util/utf8.h"

#include <boost/beast/http/verb.hpp>

#include <algorithm>

namespace cartd::http {
namespace {

constexpr std::array routes{
    Route{verb::get, "/v1/carts/{cart}", get_cart, Body::none, "touch"},
    Route{verb::delete_, "/v1/carts/{cart}", delete_cart},
    Route{verb::patch, "/v1/carts/{cart}", patch_cart, Body::patch},
    Route{verb::post, "/v1/carts/{cart}/items", add_item, Body::json},
    Route{verb::delete_, "/v1/carts/{cart}/items", clear_items},
    Route{verb::put, "/v1/carts/{cart}/items/{sku}", set_item, Body::json},
    Route{verb::delete_, "/v1/carts/{cart}/items/{sku}", remove_item, Body::none, "quantity"},
    Route{verb::post, "/v1/carts/{cart}/commands", run_commands, Body::json},
    Route{verb::get, "/v1/users/{user}", get_user},
    Route{verb::put, "/v1/users/{user}", put_user, Body::json},
    Route{verb::patch, "/v1/users/{user}", patch_user, Body::patch},
    Route{verb::delete_, "/v1/users/{user}", delete_user, Body::none, "cart"},
    Route{verb::get, "/v1/outbox", get_outbox},
    Route{verb::post, "/v1/outbox/dead-letters/{letter}/retry", retry_dead_letter},
    Route{verb::delete_, "/v1/outbox/dead-letters/{letter}", drop_dead_letter},
    Route{verb::get, "/healthz", get_health},
    Route{verb::get, "/readyz", get_readiness},
    Route{verb::get, "/metrics", get_metrics},
    Route{verb::get, "/openapi.yaml", get_openapi},
};

bool is_variable(std::string_view segment) { return segment.starts_with('{'); }

bool matches(const Route& route, const Target& target) {
  if (route.segment_count != target.segment_count) return false;
  for (std::size_t i = 0; i < route.segment_count; ++i)
    if (is_variable(route.segments[i]) ? target.segments[i].empty() : route.segments[i] != target.segments[i]) return false;
  return true;
}

Routing refuse(const Route* route, Fault fault, std::string detail) {
  return {route, std::nullopt, problem_response(problem_of(fault, std::move(detail)))};
}

constexpr const char* no_body = "this request takes no body";
constexpr const char* patch_types = "application/merge-patch+json, application/json";
constexpr const char* content_codings = "gzip, deflate";

/// What may be asked of a path, or of the whole server.
struct Methods {
  std::string allow{};
  bool patch = false;

  void add(std::string_view method) {
    if (!allow.empty()) allow += ", ";
    allow += method;
  }
};

/// Of the routes that match `target`; of all of them when there is none.
Methods methods_of(const Target* target) {
  Methods methods;
  for (const verb method : {verb::get, verb::post, verb::put, verb::delete_, verb::patch}) {
    const auto has_it = [&](const Route& route) { return route.method == method && (!target || matches(route, *target)); };
    if (std::none_of(routes.begin(), routes.end(), has_it)) continue;
    const auto name = boost::beast::http::to_string(method);
    methods.add(std::string_view(name.data(), name.size()));
    if (method == verb::get) methods.add("HEAD");
    if (method == verb::patch) methods.patch = true;
  }
  methods.add("OPTIONS");
  return methods;
}

/// Answers OPTIONS (RFC 9110, section 9.3.7).
Routing answer_options(const Request& request, const Methods& methods) {
  if (!request.body.empty()) return refuse(nullptr, Fault::invalid, no_body);
  Response response;
  response.status = 204;
  response.add_header("Allow", methods.allow);
  if (methods.patch) response.add_header("Accept-Patch", patch_types);
  return {nullptr, std::nullopt, std::move(response)};
}

Routing refuse_method(const Methods& methods) {
  Routing routing = refuse(nullptr, Fault::method_not_allowed, "allowed here: " + methods.allow);
  routing.refusal->add_header("Allow", methods.allow);
  return routing;
}

/// True when the route takes such a body, or when nobody said what it is.
bool takes_media_type(const Route& route, const std::optional<std::string>& content_type) {
  return !content_type || is_json(*content_type) || (route.body == Body::patch && is_merge_patch(*content_type));
}

Routing refuse_media_type(const Route& route) {
  const bool patch = route.body == Body::patch;
  const char* types = patch ? patch_types : "application/json";
  Routing routing = refuse(&route, Fault::unsupported_media_type, "the body must be JSON in UTF-8: send Content-Type: application/json");
  routing.refusal->add_header("Accept", types);
  if (patch) routing.refusal->add_header("Accept-Patch", types);
  return routing;
}

Routing refuse_coding(const Route& route, Fault fault) {
  switch (fault) {
    case Fault::unsupported_media_type: {
      Routing routing =
          refuse(&route, fault, "the body's Content-Encoding is not supported: send gzip or deflate, or leave the header out");
      routing.refusal->add_header("Accept-Encoding", content_codings);
      return routing;
    }
    case Fault::body_too_large: return refuse(&route, fault, "the body is too long once it is decoded");
    default: return refuse(&route, fault, "the body is not what its Content-Encoding says, or not all of it");
  }
}

/// The value of the parameter that the route understands; any other one, or two of them, are refused, not ignored.
std::optional<Response> read_query(const Route& route, std::string_view query, Call& call) {
  while (std::optional<Parameter> parameter = next_parameter(query)) {
    const bool known = !route.parameter.empty() && parameter->name == route.parameter;
    const char* fault = !known ? "unknown query parameter: " : call.parameter ? "query parameter given twice: " : nullptr;
    if (fault) {
      const std::string name = util::is_utf8(parameter->name) ? parameter->name : "(not UTF-8)";
      return problem_response(problem_of(Fault::invalid, fault + name));
    }
    call.parameter = std::move(parameter->value);
  }
  return std::nullopt;
}

}  // namespace

std::span<const Route> all_routes() { return routes; }

Routing find_route(const Request& request) {
  if (request.method == verb::options && request.target == "*") return answer_options(request, methods_of(nullptr));
  const std::optional<Target> target = split_target(request.target);
  if (!target) return refuse(nullptr, Fault::malformed_request, "the request target is malformed");

  const verb method = request.method == verb::head ? verb::get : request.method;
  const Route* found = nullptr;
  bool known_path = false;
  for (const Route& route : routes) {
    if (!matches(route, *target)) continue;
    known_path = true;
    if (route.method == method) found = &route;
    if (found) break;
  }
  if (!known_path) return refuse(nullptr, Fault::no_such_route, "there is nothing at this path");
  if (method == verb::options) return answer_options(request, methods_of(&*target));
  if (!found) return refuse_method(methods_of(&*target));

  Call call{request};
  std::size_t variables = 0;
  for (std::size_t i = 0; i < found->segment_count; ++i)
    if (is_variable(found->segments[i])) call.names[variables++] = percent_decoded(target->segments[i]);
  if (!target->query.empty())
    if (std::optional<Response> refusal = read_query(*found, target->query, call)) return {found, std::nullopt, std::move(refusal)};
  if (found->body == Body::none)
    return request.body.empty() ? Routing{found, std::move(call), std::nullopt} : refuse(found, Fault::invalid, no_body);
  if (!takes_media_type(*found, request.content_type)) return refuse_media_type(*found);
  if (request.undecoded) return refuse_coding(*found, *request.undecoded);
  return {found, std::move(call), std::nullopt};
}

}  // namespace cartd::http
