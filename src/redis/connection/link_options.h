// The times and bounds of a connection.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>

namespace cartd::redis {

struct LinkOptions {
  std::string client_name = "cartd";                ///< CLIENT SETNAME
  std::chrono::milliseconds connect_timeout{1000};  ///< Resolving, connecting, TLS and handshake together.
  std::chrono::milliseconds silence_timeout{
      1000};  ///< A reply overdue by this much, of which no byte comes: the connection counts
              ///< as dead; so it does, though bytes come, after most_silences times as long.
  std::chrono::milliseconds heartbeat{5000};      ///< PING after this much idleness.
  std::chrono::milliseconds backoff_initial{50};  ///< Doubles with every failed attempt, with jitter …
  std::chrono::milliseconds backoff_max{2000};    ///< … up to this. The first attempt after a loss is at once, unless
                                                  ///< the connection before it did not live that long either.
  bool password_optional = false;  ///< A server that refuses the password but serves without one is entered.
  std::size_t most_reply_bytes = std::size_t{64}
                                 << 20;  ///< A larger reply ends the connection; the greeting's end at 1 MiB.

  static constexpr int most_silences = 4;
};

}  // namespace cartd::redis
