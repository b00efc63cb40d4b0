// The whole API at a glance: the table in routes.cpp.
#pragma once

#include "api/rest/context.h"
#include "http/router.h"

namespace cartd::rest {

/// The router with which an http::Server serves the API. `context` outlives the router and every answer.
http::Router make_router(Context& context);

}  // namespace cartd::rest
