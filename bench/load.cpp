#include "load.h"

#include <sys/prctl.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string_view>

namespace cartd::bench {
namespace {

namespace asio = boost::asio;
using Steady = std::chrono::steady_clock;
using boost::system::error_code;

struct AnswerEnd {
  std::size_t bytes;  ///< 0: more has to come.
  bool refused;
};

AnswerEnd resp_end(std::string_view text) {
  const auto line = text.find("\r\n");
  if (line == std::string_view::npos) return {0, false};
  if (std::string_view("+-:").find(text.front()) == std::string_view::npos)
    throw std::runtime_error("an answer of more than one line");
  return {line + 2, text.front() == '-'};
}

AnswerEnd http_end(std::string_view text) {
  const auto head = text.find("\r\n\r\n");
  if (head == std::string_view::npos) return {0, false};
  int status = 0;
  if (!text.starts_with("HTTP/1.1 ") || std::from_chars(text.data() + 9, text.data() + 12, status).ec != std::errc{}) {
    throw std::runtime_error("an answer that is not HTTP/1.1");
  }
  std::size_t body = 0;
  constexpr std::string_view field = "\r\ncontent-length:";
  const auto same = [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + ('a' - 'A') : a) == b; };
  const auto fields = text.substr(0, head + 2);
  if (const auto at = std::search(fields.begin(), fields.end(), field.begin(), field.end(), same); at != fields.end()) {
    const auto value = fields.substr(static_cast<std::size_t>(at - fields.begin()) + field.size());
    const auto digits = value.substr(std::min(value.find_first_not_of(' '), value.size()));
    if (std::from_chars(digits.data(), digits.data() + digits.size(), body).ec != std::errc{}) {
      throw std::runtime_error("a Content-Length that is no number");
    }
  } else if (status != 204) {
    throw std::runtime_error("an answer without Content-Length");
  }
  const std::size_t whole = head + 4 + body;
  return {text.size() < whole ? 0 : whole, status >= 400};
}

class Generator {
 public:
  explicit Generator(const Load& load) : load_(load), timer_(io_) {}

  LoadResult run() {
    // The kernel may fire timers 50 us late unless told otherwise; the load has to be on time.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    const asio::ip::tcp::endpoint server(asio::ip::make_address(load_.address), load_.port);
    for (std::size_t i = 0; i < load_.connections; ++i) {
      auto& connection = *connections_.emplace_back(std::make_unique<Connection>(io_));
      connection.socket.connect(server);
      connection.socket.set_option(asio::ip::tcp::no_delay(true));
      read(connection);
    }
    begin_ = Steady::now();
    for (const auto& connection : connections_) idle_.push_back(connection.get());
    if (load_.rate) {
      tick();
    } else {
      while (!idle_.empty() && wanted(Steady::now())) dispatch(Steady::now());
    }
    io_.run();
    result_.elapsed = Steady::now() - begin_;
    std::sort(result_.latencies.begin(), result_.latencies.end());
    return std::move(result_);
  }

 private:
  struct Connection {
    explicit Connection(asio::io_context& io) : socket(io) {}
    asio::ip::tcp::socket socket;
    std::array<char, 16 * 1024> chunk{};
    std::string unread{};
    Steady::time_point due{};
  };

  /// Whether one more request belongs to the load, `due` at that time.
  bool wanted(Steady::time_point due) const {
    return load_.count ? started_ + late_.size() < *load_.count : due - begin_ < load_.duration;
  }

  void dispatch(Steady::time_point due) {
    Connection& connection = *idle_.front();
    idle_.pop_front();
    connection.due = due;
    const std::string& request = load_.requests[started_++ % load_.requests.size()];
    ++running_;
    asio::async_write(connection.socket, asio::buffer(request), [](error_code error, std::size_t) {
      if (error) throw std::runtime_error("write: " + error.message());
    });
  }

  // Wakes for what is due while no answers come; each answer looks for itself. A timer for every single request would
  // cost more than the request.
  void tick() {
    if (send_due(Steady::now())) return finish_when_idle();
    timer_.expires_at(std::max(next_due(), Steady::now() + std::chrono::microseconds(50)));
    timer_.async_wait([this](error_code error) {
      if (!error) tick();
    });
  }

  Steady::time_point next_due() const {
    const auto interval = std::chrono::duration<double>(1 / *load_.rate);
    return begin_ + std::chrono::duration_cast<Steady::duration>(interval * static_cast<double>(scheduled_));
  }

  // Sends what is due, as far as there are idle connections; the rest waits for answers. True when that was the last.
  bool send_due(Steady::time_point now) {
    for (auto due = next_due(); due <= now; due = next_due()) {
      if (!wanted(due)) return true;
      ++scheduled_;
      if (idle_.empty()) {
        late_.push_back(due);
      } else {
        dispatch(due);
      }
    }
    return false;
  }

  void read(Connection& connection) {
    connection.socket.async_read_some(
        asio::buffer(connection.chunk), [this, &connection](error_code error, std::size_t bytes) {
          if (error == asio::error::operation_aborted) return;
          if (error) throw std::runtime_error("read: " + error.message());
          connection.unread.append(connection.chunk.data(), bytes);
          const AnswerEnd end =
              load_.protocol == Protocol::http ? http_end(connection.unread) : resp_end(connection.unread);
          if (end.bytes != 0) {
            connection.unread.erase(0, end.bytes);
            answered(connection, end.refused);
          }
          read(connection);
        });
  }

  void answered(Connection& connection, bool refused) {
    const auto now = Steady::now();
    result_.latencies.push_back(now - connection.due);
    if (refused) ++result_.errors;
    --running_;
    idle_.push_back(&connection);
    if (!late_.empty()) {
      const auto due = late_.front();
      late_.pop_front();
      dispatch(due);
    } else if (!load_.rate && wanted(now)) {
      dispatch(now);
    }
    if (load_.rate && !over_) {
      send_due(now);
    } else if (over_ || !wanted(now)) {
      finish_when_idle();
    }
  }

  void finish_when_idle() {
    over_ = true;
    if (running_ == 0 && late_.empty()) io_.stop();
  }

  const Load& load_;
  asio::io_context io_{1};
  asio::steady_timer timer_;
  std::vector<std::unique_ptr<Connection>> connections_{};
  std::deque<Connection*> idle_{};
  std::deque<Steady::time_point> late_{};  ///< Due, but no connection was idle.
  Steady::time_point begin_{};
  std::uint64_t scheduled_ = 0;
  std::uint64_t started_ = 0;
  std::uint64_t running_ = 0;
  bool over_ = false;
  LoadResult result_{};
};

}  // namespace

LoadResult run(const Load& load) { return Generator(load).run(); }

}  // namespace cartd::bench
