// A session with the database, made ready: connected, checked, its statements prepared. Making one blocks, as looking
// up a host's address does; so it is a thread's of its own.
#pragma once

#include "store/postgres/database_url.h"
#include "store/postgres/handles.h"

#include <chrono>
#include <stop_token>
#include <string>

namespace cartd::postgres {

struct SessionOptions {
  DatabaseUrl url;
  std::chrono::milliseconds lock_timeout;       ///< How long the server lets a statement wait for a row.
  std::chrono::milliseconds statement_timeout;  ///< How long it lets a statement run.
};

struct OpenedSession {
  ConnectionPtr connection{};    ///< Null when it could not be opened; then `why` and `log_text`.
  SocketCopy socket{};           ///< Its socket, to wait on.
  std::string why{};             ///< For everybody: no addresses, no secrets.
  std::string log_text{};        ///< What libpq and the database say, for operators. No password.
  bool schema_is_newer = false;  ///< It cannot be used by this cartd.
  bool is_safe = true;  ///< False: the server is told not to sync, so that it may lose what it has acknowledged.
};

/// Ends early once `stop` is requested.
OpenedSession open_session(const SessionOptions& options, const std::stop_token& stop);

}  // namespace cartd::postgres
