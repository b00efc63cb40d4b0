#include "api/rest/representation.h"

#include "format/msgpack_json.h"
#include "http/fields.h"

#include <string_view>
#include <utility>

namespace cartd::rest {
namespace {

bool is_json(const http::Response& response) {
  return response.content_type && std::string_view(response.content_type).ends_with("json");
}

}  // namespace

bool answers_in_msgpack(const http::Request& request) {
  return request.accept && http::prefers_msgpack(*request.accept);
}

boost::system::result<http::Request, Problem> with_json_body(const http::Request& request) {
  auto json = format::json_of_msgpack(request.body);
  if (!json) return Problem{400, "malformed-msgpack", "The body is not well-formed MessagePack", json.error().why};
  http::Request translated = request;
  translated.body = std::move(*json);
  translated.media_type = http::MediaType::json;
  return translated;
}

void represent(const http::Request& request, http::Response& response) {
  if (!is_json(response) && !response.etag) return;
  response.add_header("Vary", "Accept");
  if (!answers_in_msgpack(request)) return;
  if (is_json(response)) {
    auto msgpack = format::msgpack_of_json(response.body);
    if (!msgpack) return;
    response.body = std::move(*msgpack);
    response.content_type = "application/msgpack";
  }
  response.etag_suffix = msgpack_tag;
}

}  // namespace cartd::rest
