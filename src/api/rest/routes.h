// The whole API at a glance: the table in routes.cpp.
#pragma once

#include "api/rest/context.h"
#include "http/router.h"

namespace cartd::rest {

/// What an http::Server needs to serve the API. `context` outlives the router and every answer.
http::Router make_router(Context& context);

}  // namespace cartd::rest
