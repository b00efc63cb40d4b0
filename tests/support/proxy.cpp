#include "support/proxy.h"

#include "support/free_port.h"
#include "support/reactor_thread.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <iostream>
#include <list>
#include <random>
#include <string>
#include <utility>

namespace cartd::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t directions = 2;
constexpr std::size_t piece_bytes = 64 * 1024;

std::size_t index(Proxy::Direction direction) { return static_cast<std::size_t>(direction); }

// One client's connection and the one to the server that belongs to it.
struct Pair {
  explicit Pair(const asio::any_io_executor& executor)
      : client(executor), server(executor), changed{asio::steady_timer(executor), asio::steady_timer(executor)} {}

  void close() {
    closed = true;
    error_code ignored;
    client.close(ignored);
    server.close(ignored);
    held_bytes = {};
    wake();
  }

  void reset() {
    // Lingering for no time at all is what makes close() send a reset.
    const asio::socket_base::linger at_once(true, 0);
    error_code ignored;
    client.set_option(at_once, ignored);
    server.set_option(at_once, ignored);
    close();
  }

  void wake() {
    for (asio::steady_timer& timer : changed) timer.cancel();
  }

  tcp::socket client;
  tcp::socket server;
  std::array<asio::steady_timer, directions> changed;  // Cancelled when a direction should look again at `hold`.
  std::array<bool, directions> hold{};
  std::array<std::size_t, directions> held_bytes{};
  std::size_t ended = 0;  // Directions.
  bool closed = false;
};
using PairPtr = std::shared_ptr<Pair>;

}  // namespace

// Lives on `thread_`; Proxy calls it there.
class Proxy::Impl {
 public:
  explicit Impl(std::uint16_t server_port)
      : server_(asio::ip::address_v4::loopback(), server_port),
        acceptor_(thread_.executor(), tcp::endpoint(asio::ip::address_v4::loopback(), free_port())),
        next_fault_(thread_.executor()) {
    asio::co_spawn(thread_.executor(), accept(), asio::detached);
  }
  ~Impl() { thread_.stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ReactorThread& thread() { return thread_; }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void reset_all() {
    for (const PairPtr& pair : pairs_) pair->reset();
    pairs_.clear();
  }

  void hold(Direction direction) {
    for (const PairPtr& pair : pairs_) pair->hold[index(direction)] = true;
  }

  void stall(Direction direction) {
    stalled_[index(direction)] = true;
    hold(direction);
  }

  void release() {
    stalled_ = {};
    for (const PairPtr& pair : pairs_) {
      pair->hold = {};
      pair->wake();
    }
  }

  void truncate_next_reply() { truncate_ = true; }
  void refuse(bool refused) { refused_ = refused; }

  void start_faults(std::uint64_t seed, std::chrono::milliseconds interval) {
    faulty_ = true;
    asio::co_spawn(thread_.executor(), make_faults(seed, interval), asio::detached);
  }

  void calm() {
    faulty_ = truncate_ = refused_ = false;
    next_fault_.cancel();
    release();
  }

  std::size_t accepted() const { return accepted_; }
  std::size_t pieces(Direction direction) const { return pieces_[index(direction)]; }
  std::size_t faults() const { return faults_; }
  std::size_t held(Direction direction) const {
    std::size_t bytes = 0;
    for (const PairPtr& pair : pairs_) bytes += pair->hold[index(direction)] ? pair->held_bytes[index(direction)] : 0;
    return bytes;
  }

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto pair = std::make_shared<Pair>(thread_.executor());
      const auto [error] = co_await acceptor_.async_accept(pair->client, completion);
      if (error) co_return;
      if (refused_) {
        pair->reset();
        continue;
      }
      ++accepted_;
      pair->hold = stalled_;
      pairs_.push_back(pair);
      asio::co_spawn(thread_.executor(), serve(pair), asio::detached);
    }
  }

  asio::awaitable<void> serve(PairPtr pair) {
    const auto [error] = co_await pair->server.async_connect(server_, completion);
    if (error || pair->closed) {
      pair->reset();
      co_return;
    }
    error_code ignored;
    pair->client.set_option(tcp::no_delay(true), ignored);
    pair->server.set_option(tcp::no_delay(true), ignored);
    asio::co_spawn(thread_.executor(), pass_on(pair, Direction::to_server), asio::detached);
    asio::co_spawn(thread_.executor(), pass_on(pair, Direction::to_client), asio::detached);
  }

  asio::awaitable<void> pass_on(PairPtr pair, Direction direction) {
    const std::size_t way = index(direction);
    tcp::socket& from = direction == Direction::to_server ? pair->client : pair->server;
    tcp::socket& to = direction == Direction::to_server ? pair->server : pair->client;
    std::string bytes(piece_bytes, '\0');
    for (;;) {
      const auto [read_error, size] = co_await from.async_read_some(asio::buffer(bytes), completion);
      pair->held_bytes[way] = size;
      while (pair->hold[way] && !pair->closed) {
        pair->changed[way].expires_at(std::chrono::steady_clock::time_point::max());
        co_await pair->changed[way].async_wait(completion);
      }
      if (pair->closed) co_return;
      if (read_error) break;
      const bool truncated = direction == Direction::to_client && std::exchange(truncate_, false);
      const asio::const_buffer piece = asio::buffer(bytes.data(), truncated ? size / 2 : size);
      const auto [write_error, written] = co_await asio::async_write(to, piece, completion);
      ++pieces_[way];
      pair->held_bytes[way] = 0;
      if (truncated) pair->reset();
      if (pair->closed) co_return;
      if (write_error) break;
    }
    error_code ignored;
    to.shutdown(tcp::socket::shutdown_send, ignored);
    if (++pair->ended == directions) {
      pair->close();
      pairs_.remove(pair);
    }
  }

  asio::awaitable<void> make_faults(std::uint64_t seed, std::chrono::milliseconds interval) {
    std::mt19937_64 random(seed);
    const auto pick = [&random](int least, int most) {
      return std::uniform_int_distribution<int>(least, most)(random);
    };
    while (faulty_) {
      next_fault_.expires_after(interval * pick(1, 3) / 2);
      co_await next_fault_.async_wait(completion);
      if (!faulty_) co_return;
      ++faults_;
      switch (pick(0, 6)) {
        case 0: reset_all(); break;
        case 1: truncate_next_reply(); break;
        case 2: hold(Direction::to_server); break;
        case 3: hold(Direction::to_client); break;
        case 4: refuse(true); break;
        default: refuse(false); release();
      }
    }
  }

  // First, so that what runs on it is destroyed before it.
  ReactorThread thread_;
  const tcp::endpoint server_;
  tcp::acceptor acceptor_;
  asio::steady_timer next_fault_;
  std::list<PairPtr> pairs_;
  std::array<bool, directions> stalled_{};
  bool truncate_ = false;
  bool refused_ = false;
  bool faulty_ = false;
  std::size_t accepted_ = 0;
  std::size_t faults_ = 0;
  std::array<std::size_t, directions> pieces_{};
};

Proxy::Proxy(std::uint16_t server_port) : impl_(std::make_unique<Impl>(server_port)) {}
Proxy::~Proxy() = default;

std::uint16_t Proxy::port() const { return impl_->port(); }

void Proxy::reset_all() {
  impl_->thread().call([this] { return impl_->reset_all(); });
}
void Proxy::hold(Direction direction) {
  impl_->thread().call([this, direction] { return impl_->hold(direction); });
}
void Proxy::stall(Direction direction) {
  impl_->thread().call([this, direction] { return impl_->stall(direction); });
}
void Proxy::release() {
  impl_->thread().call([this] { return impl_->release(); });
}
void Proxy::truncate_next_reply() {
  impl_->thread().call([this] { return impl_->truncate_next_reply(); });
}
void Proxy::refuse(bool refused) {
  impl_->thread().call([this, refused] { return impl_->refuse(refused); });
}
void Proxy::start_faults(std::uint64_t seed, std::chrono::milliseconds interval) {
  std::cout << "faults by seed " << seed << std::endl;
  impl_->thread().call([this, seed, interval] { return impl_->start_faults(seed, interval); });
}
void Proxy::calm() {
  impl_->thread().call([this] { return impl_->calm(); });
}
std::size_t Proxy::accepted() const {
  return impl_->thread().call([this] { return impl_->accepted(); });
}
std::size_t Proxy::held(Direction direction) const {
  return impl_->thread().call([this, direction] { return impl_->held(direction); });
}
std::size_t Proxy::pieces(Direction direction) const {
  return impl_->thread().call([this, direction] { return impl_->pieces(direction); });
}
std::size_t Proxy::faults() const {
  return impl_->thread().call([this] { return impl_->faults(); });
}

}  // namespace cartd::test
