// From what was asked on the command line to what is asked of cartd (docs/openapi.yaml). Pure.
#pragma once

#include "apps/cartctl/http_client.h"
#include "apps/cartctl/options.h"

#include <boost/system/result.hpp>

#include <string>

namespace cartd::cartctl {

/// The request for `options`, one of the verbs about carts and users, or what is wrong with them. `fresh_key` goes with
/// changes of a cart that carry no key of their own, so that they may be sent again.
boost::system::result<HttpRequest, std::string> request_for(const Options& options, const std::string& fresh_key);

}  // namespace cartd::cartctl
