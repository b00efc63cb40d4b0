// A connection for many HTTP exchanges, one after the other. Blocks, but never longer than the time-out.
#pragma once

#include "apps/cartctl/http_client.h"
#include "apps/cartctl/retry.h"

#include <chrono>
#include <memory>

namespace cartd::cartctl {

/// Used on one thread.
class HttpConnection {
 public:
  /// `server` outlives it. Connects when there is something to ask.
  explicit HttpConnection(const BaseUrl& server);
  ~HttpConnection();
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  /// As exchange() of http_client.h. A request that finds the connection closed goes over another one.
  Exchanged exchange(const HttpRequest& request, std::chrono::milliseconds timeout);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd::cartctl
