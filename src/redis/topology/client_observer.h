// Events that a client reports.
#pragma once

#include "redis/connection/link_state.h"

#include <string>
#include <string_view>

namespace cartd::redis {

/// Told of what happens to a client, on the client's executor. Must outlive the client. May call the client, but not
/// destroy it.
class ClientObserver {
 public:
  virtual ~ClientObserver() = default;
  /// The state of the whole has changed, other than by stop(): up when every key has an owner whose connection is up,
  /// down when an attempt at one of them or at finding them has failed. `why` is empty when the state is up.
  virtual void on_state(LinkState state, const std::string& why) = 0;
  /// The server of a redis:// URL runs in cluster mode: the client treats it as what it is, until one stands there that
  /// does not.
  virtual void on_cluster_found() {}
  /// A server lacks this optional command of the greeting, or refuses it: see cost_of_missing() in
  /// redis/connection/handshake.h.
  virtual void on_missing(const std::string& /*command*/) {}
  /// A server answered an error that is no part of finding the right server or script (is_routine()). `code` is
  /// error_code() of it, `text` what the server sent, without_arguments().
  virtual void on_error_reply(const std::string& /*code*/, std::string_view /*text*/) {}
};

}  // namespace cartd::redis
