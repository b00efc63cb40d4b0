#include "http/router.h"

#include "util/utf8.h"

#include <boost/assert.hpp>
#include <boost/beast/http/verb.hpp>

#include <algorithm>
#include <utility>

namespace cartd::http {
namespace {

bool is_variable(std::string_view segment) { return segment.starts_with('{'); }

constexpr const char* no_body = "this request takes no body";
constexpr const char* types = "application/json, application/msgpack";
constexpr const char* patch_types = "application/merge-patch+json, application/json, application/msgpack";
constexpr const char* content_codings = "gzip, deflate";

/// True when the route takes such a body, or when its type is not declared.
bool takes_media_type(const Route& route, MediaType type) {
  return type == MediaType::none || type == MediaType::json || type == MediaType::msgpack ||
         (route.body == Body::patch && type == MediaType::merge_patch);
}

}  // namespace

Router::Router(std::vector<Route> routes, Refuse look, Represent represent)
    : routes_(std::move(routes)), refuse_(look), represent_(represent) {
  for (const Route& route : routes_) segments_.push_back(segments_of(route.pattern));
}

Router::Segments Router::segments_of(std::string_view pattern) {
  Segments segments;
  while (!pattern.empty()) {
    BOOST_ASSERT(segments.count < max_segments);
    pattern.remove_prefix(1);
    const std::string_view part = pattern.substr(0, pattern.find('/'));
    segments.parts[segments.count++] = part;
    pattern.remove_prefix(part.size());
  }
  return segments;
}

bool Router::matches(const Segments& segments, const Target& target) {
  if (segments.count != target.segment_count) return false;
  for (std::size_t i = 0; i < segments.count; ++i)
    if (is_variable(segments.parts[i]) ? target.segments[i].empty() : segments.parts[i] != target.segments[i])
      return false;
  return true;
}

void Router::Methods::add(std::string_view method) {
  if (!allow.empty()) allow += ", ";
  allow += method;
}

/// Of the routes that match `target`; of all of them when there is none.
Router::Methods Router::methods_of(const Target* target) const {
  Methods methods;
  for (const verb method : {verb::get, verb::post, verb::put, verb::delete_, verb::patch}) {
    bool known = false;
    for (std::size_t i = 0; i < routes_.size() && !known; ++i)
      known = routes_[i].method == method && (!target || matches(segments_[i], *target));
    if (!known) continue;
    const auto name = boost::beast::http::to_string(method);
    methods.add(std::string_view(name.data(), name.size()));
    if (method == verb::get) methods.add("HEAD");
    if (method == verb::patch) methods.patch = true;
  }
  methods.add("OPTIONS");
  return methods;
}

Routing Router::refused(const Route* route, Fault fault, std::string detail) const {
  return {route, std::nullopt, refuse(fault, std::move(detail))};
}

/// Answers OPTIONS (RFC 9110, section 9.3.7).
Routing Router::answer_options(const Request& request, const Methods& methods) const {
  if (!request.body.empty()) return refused(nullptr, Fault::invalid, no_body);
  Response response;
  response.status = 204;
  response.add_header("Allow", methods.allow);
  if (methods.patch) response.add_header("Accept-Patch", patch_types);
  return {nullptr, std::nullopt, std::move(response)};
}

Routing Router::refuse_method(const Methods& methods) const {
  Routing routing = refused(nullptr, Fault::method_not_allowed, "allowed here: " + methods.allow);
  routing.refusal->add_header("Allow", methods.allow);
  return routing;
}

Routing Router::refuse_media_type(const Route& route) const {
  const bool patch = route.body == Body::patch;
  Routing routing =
      refused(&route, Fault::unsupported_media_type, "send Content-Type: application/json, or application/msgpack");
  routing.refusal->add_header("Accept", patch ? patch_types : types);
  if (patch) routing.refusal->add_header("Accept-Patch", patch_types);
  return routing;
}

Routing Router::refuse_coding(const Route& route, Fault fault) const {
  switch (fault) {
    case Fault::unsupported_media_type: {
      Routing routing = refused(
          &route, fault, "the body's Content-Encoding is not supported: send gzip or deflate, or leave the header out");
      routing.refusal->add_header("Accept-Encoding", content_codings);
      return routing;
    }
    case Fault::body_too_large: return refused(&route, fault, "the decoded body is too long");
    default: return refused(&route, fault, "the body does not match its Content-Encoding, or is incomplete");
  }
}

/// The values of the parameters that the route understands; any other one, or one of them twice, is refused, not
/// ignored.
std::optional<Response> Router::read_query(const Route& route, std::string_view query, Call& call) const {
  while (std::optional<Parameter> parameter = next_parameter(query)) {
    const auto known = std::find(route.parameters.begin(), route.parameters.end(), parameter->name);
    const auto index = static_cast<std::size_t>(known - route.parameters.begin());
    std::optional<std::string>* const value =
        known == route.parameters.end() || known->empty() ? nullptr : &call.parameters[index];
    const char* fault = !value ? "unknown query parameter: " : *value ? "query parameter given twice: " : nullptr;
    if (fault) {
      const std::string name = util::is_utf8(parameter->name) ? parameter->name : "(not UTF-8)";
      return refuse(Fault::invalid, fault + name);
    }
    *value = std::move(parameter->value);
  }
  return std::nullopt;
}

Routing Router::find(const Request& request) const {
  if (request.method == verb::options && request.target == "*") return answer_options(request, methods_of(nullptr));
  const std::optional<Target> target = split_target(request.target);
  if (!target) return refused(nullptr, Fault::malformed_request, "the request target is malformed");

  const verb method = request.method == verb::head ? verb::get : request.method;
  const Route* found = nullptr;
  const Segments* segments = nullptr;
  for (std::size_t i = 0; i < routes_.size() && !found; ++i) {
    if (!matches(segments_[i], *target)) continue;
    segments = &segments_[i];
    if (routes_[i].method == method) found = &routes_[i];
  }
  if (!segments) return refused(nullptr, Fault::no_such_route, "no such path");
  if (method == verb::options) return answer_options(request, methods_of(&*target));
  if (!found) return refuse_method(methods_of(&*target));

  Call call{request};
  std::size_t variables = 0;
  for (std::size_t i = 0; i < segments->count; ++i)
    if (is_variable(segments->parts[i])) call.names[variables++] = percent_decoded(target->segments[i]);
  if (!target->query.empty())
    if (std::optional<Response> refusal = read_query(*found, target->query, call))
      return {found, std::nullopt, std::move(refusal)};
  if (found->body == Body::none)
    return request.body.empty() ? Routing{found, std::move(call), std::nullopt}
                                : refused(found, Fault::invalid, no_body);
  if (!takes_media_type(*found, request.media_type)) return refuse_media_type(*found);
  if (request.undecoded) return refuse_coding(*found, *request.undecoded);
  return {found, std::move(call), std::nullopt};
}

}  // namespace cartd::http
