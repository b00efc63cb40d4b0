// One connection: reads requests, has them answered one after another, writes the answers in order.
//
// Threads: a session lives on one reactor, and so does all that touches it.
// Memory: while no request is under way it keeps a read buffer of 2 KiB and little else. While a client does not take
// its answers, nothing more is read from it. What it holds beyond that is counted in the site's ClientMemory; where
// that is short, a large request is refused, and a slow client loses what it holds.
#pragma once

#include "http/request_reader.h"
#include "http/response.h"
#include "http/router.h"
#include "http/site.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::http {

/// Of the executor type that coroutines have: then Asio sees that the two are the same, and resumes them directly.
using Socket = boost::asio::ip::tcp::socket;

class Sessions;

class Session {
 public:
  using Clock = std::chrono::steady_clock;

  /// `socket` is in non-blocking mode; `site` and `neighbours`, to which it belongs while it serves, outlive it.
  Session(Socket socket, Site& site, Sessions& neighbours);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Serves the connection until it ends. The session must live until then.
  boost::asio::awaitable<void> serve();
  /// Answers 503 and closes: there are too many connections.
  boost::asio::awaitable<void> turn_away();

  /// Ends what has taken longer than it may. There is no timer for a read or a write: that would cost each request.
  /// `crowded`: there are hardly any places left, so that an idle connection may not keep its own for long.
  void sweep(Clock::time_point now, bool crowded);
  /// Its memory, and how long it has waited for its client. Nothing unless it waits.
  Claim claim(Clock::time_point now) const;
  /// Gives back at once what claim() says: an answer is cut off, a request is refused.
  void give_up();
  /// Answers what has arrived, and what arrives until `farewell`, with `Connection: close`, and ends.
  void drain(Clock::time_point farewell);
  /// Closes the connection as it stands.
  void cut();

 private:
  enum class Phase {
    idle,    ///< Waits for the first byte of a request.
    header,  ///< Waits for the rest of a header.
    body,    ///< Waits for the rest of a body.
    answer,  ///< A request is being answered: the service keeps the deadline.
    write,   ///< The client does not take its answers as fast as they come.
    linger,  ///< The last answer is written; the client may take it.
  };

  boost::asio::awaitable<void> answer();
  boost::asio::awaitable<bool> write_rest();
  boost::asio::awaitable<void> end();
  bool write_now();
  bool may_hold(std::size_t more);
  void count();
  std::optional<Response> refuse_for_size();
  void abort();
  bool expired() const { return Clock::now() >= deadline_; }
  bool ready_to_write() const;
  bool read_now();
  bool last_of_drain();
  void refuse(Fault fault, const char* why);
  void put(Response response, const Route* route, Clock::time_point begun);
  void enter(Phase phase, Clock::time_point now);
  void enter_waiting();
  boost::asio::mutable_buffer read_buffer();
  std::string_view unread() const;

  Socket socket_;
  Site& site_;
  Sessions& neighbours_;
  RequestReader reader_;
  boost::beast::flat_buffer input_;
  std::string output_{};           ///< Answers not yet written.
  std::size_t written_ = 0;        ///< Bytes of output_ that are.
  Clock::time_point gathering_{};  ///< Since when output_ holds an answer.
  Clock::time_point answered_{};   ///< When the last answer was put there.
  Clock::time_point deadline_ = Clock::time_point::max();
  Phase phase_ = Phase::idle;
  Clock::time_point waiting_since_{};            ///< When the client began to let this connection wait.
  std::size_t held_ = 0;                         ///< The bytes that are counted.
  std::size_t expected_ = 0;                     ///< Of it, what the request under way may come to.
  bool gave_up_ = false;                         ///< The request on its way is to be refused.
  bool last_ = false;                            ///< The connection ends after what is in output_.
  std::optional<Clock::time_point> farewell_{};  ///< Set once the server stops: until then an idle connection is kept.
};

}  // namespace cartd::http
