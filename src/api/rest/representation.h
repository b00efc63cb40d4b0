// The media types of bodies: JSON, which all handlers read and write, and MessagePack in its place. The one place where
// the other one is known.
#pragma once

#include "api/rest/problem.h"
#include "domain/error.h"
#include "http/request.h"
#include "http/response.h"

#include <boost/system/result.hpp>

namespace cartd::rest {

/// What stands behind the version in the entity tags of answers in MessagePack, so that the tags of the two
/// representations differ (RFC 9110, section 8.8.1).
constexpr const char* msgpack_tag = ".msgpack";

/// True when the answer to this request is in MessagePack.
bool answers_in_msgpack(const http::Request& request);

/// The same request with its body, which is MessagePack, in JSON; or what is wrong with the body.
boost::system::result<http::Request, Problem> with_json_body(const http::Request& request);

/// Turns an answer in JSON into the representation that the client prefers, and says that it depends on that.
void represent(const http::Request& request, http::Response& response);

}  // namespace cartd::rest
