// One HTTP exchange at a time, for a command-line tool: connects, asks, reads the whole answer, closes. Blocks, but
// never longer than its time-out.
#pragma once

#include "apps/cartctl/base_url.h"

#include <boost/system/result.hpp>

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::cartctl {

struct HttpRequest {
  std::string method;
  std::string target;  ///< Path and query, percent-encoded, without the base URL's prefix.
  std::string body{};  ///< JSON; empty: none.
  std::vector<std::pair<std::string, std::string>> headers{};
};

struct HttpAnswer {
  unsigned status;
  std::string body;
  std::optional<std::chrono::seconds> retry_after{};
};

/// Why there is no answer.
struct HttpFailure {
  bool connected;   ///< False: the request surely did not arrive.
  std::string why;  ///< For people.
};

/// `timeout` is for the whole exchange.
boost::system::result<HttpAnswer, HttpFailure> exchange(const BaseUrl& server, const HttpRequest& request,
                                                        std::chrono::milliseconds timeout);

}  // namespace cartd::cartctl
