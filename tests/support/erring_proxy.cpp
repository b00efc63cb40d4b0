#include "support/erring_proxy.h"

#include "support/free_port.h"
#include "support/reactor_thread.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr auto completion = asio::as_tuple(asio::use_awaitable);

/// The length of the RESP2 value that `bytes` begins with; nothing where it is not whole.
std::optional<std::size_t> value_length(std::string_view bytes) {
  const std::size_t line = bytes.find("\r\n");
  if (line == std::string_view::npos) return std::nullopt;
  std::size_t length = line + 2;
  const char type = bytes[0];
  if (type != '$' && type != '*') return length;
  const long count = std::stol(std::string(bytes.substr(1, line - 1)));
  if (type == '$') {
    if (count >= 0) length += static_cast<std::size_t>(count) + 2;
    return length <= bytes.size() ? std::optional(length) : std::nullopt;
  }
  for (long i = 0; i < count; ++i) {
    const auto element = value_length(bytes.substr(length));
    if (!element) return std::nullopt;
    length += *element;
  }
  return length;
}

/// The name of a command, as clients send it: *N $L NAME …
std::string name_of(std::string_view command) {
  const std::size_t first = command.find("\r\n") + 2;
  const std::size_t begin = command.find("\r\n", first) + 2;
  return std::string(command.substr(begin, command.find("\r\n", begin) - begin));
}

struct Pair {
  Pair(tcp::socket its_client, tcp::socket its_server) : client(std::move(its_client)), server(std::move(its_server)) {}

  /// An answer that is due, in the order of the commands.
  struct Due {
    std::string error;  ///< Empty: the server's reply.
    bool from_server;   ///< The server replies too.
  };

  tcp::socket client;
  tcp::socket server;
  std::deque<Due> due{};
  std::string to_client{};
  bool writing = false;
};
using PairPtr = std::shared_ptr<Pair>;

}  // namespace

class ErringProxy::Impl {
 public:
  explicit Impl(std::uint16_t server_port)
      : server_(asio::ip::address_v4::loopback(), server_port),
        acceptor_(thread_.executor(), tcp::endpoint(asio::ip::address_v4::loopback(), free_port())),
        port_(acceptor_.local_endpoint().port()) {
    asio::co_spawn(thread_.executor(), accept(), asio::detached);
  }
  ~Impl() { thread_.stop(); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  ReactorThread& thread() { return thread_; }
  std::uint16_t port() const { return port_; }

  std::string command{};
  When when = When::before;
  std::string error{};
  std::size_t left = 0;
  std::vector<std::string> names{};

 private:
  asio::awaitable<void> accept() {
    for (;;) {
      auto [failed, client] = co_await acceptor_.async_accept(completion);
      if (failed) co_return;
      tcp::socket server(thread_.executor());
      const auto [refused] = co_await server.async_connect(server_, completion);
      if (refused) continue;
      auto pair = std::make_shared<Pair>(std::move(client), std::move(server));
      asio::co_spawn(thread_.executor(), pass_commands(pair), asio::detached);
      asio::co_spawn(thread_.executor(), pass_replies(pair), asio::detached);
    }
  }

  asio::awaitable<void> pass_commands(PairPtr pair) {
    std::string held;
    std::string piece(65536, '\0');
    for (;;) {
      const auto [failed, size] = co_await pair->client.async_read_some(asio::buffer(piece), completion);
      if (failed) break;
      held.append(piece, 0, size);
      std::string forward;
      while (const auto length = value_length(held)) {
        const std::string name = name_of(held);
        names.push_back(name);
        const bool errs = left > 0 && name.starts_with(command);
        if (errs) --left;
        if (!errs || when == When::after) forward.append(held, 0, *length);
        pair->due.push_back({errs ? "-" + error + "\r\n" : std::string(), !errs || when == When::after});
        held.erase(0, *length);
      }
      answer_what_needs_no_server(*pair);
      write_soon(pair);
      const auto [lost, written] = co_await asio::async_write(pair->server, asio::buffer(forward), completion);
      if (lost) break;
    }
    close(*pair);
  }

  asio::awaitable<void> pass_replies(PairPtr pair) {
    std::string held;
    std::string piece(65536, '\0');
    for (;;) {
      const auto [failed, size] = co_await pair->server.async_read_some(asio::buffer(piece), completion);
      if (failed) break;
      held.append(piece, 0, size);
      while (const auto length = value_length(held)) {
        if (pair->due.empty()) break;
        const Pair::Due due = pair->due.front();
        pair->due.pop_front();
        pair->to_client += due.error.empty() ? held.substr(0, *length) : due.error;
        held.erase(0, *length);
        answer_what_needs_no_server(*pair);
      }
      write_soon(pair);
    }
    close(*pair);
  }

  static void answer_what_needs_no_server(Pair& pair) {
    for (; !pair.due.empty() && !pair.due.front().from_server; pair.due.pop_front())
      pair.to_client += pair.due.front().error;
  }

  void write_soon(const PairPtr& pair) {
    if (pair->writing || pair->to_client.empty()) return;
    pair->writing = true;
    asio::co_spawn(thread_.executor(), write(pair), asio::detached);
  }

  static asio::awaitable<void> write(PairPtr pair) {
    while (!pair->to_client.empty()) {
      const std::string bytes = std::exchange(pair->to_client, {});
      const auto [failed, written] = co_await asio::async_write(pair->client, asio::buffer(bytes), completion);
      if (failed) break;
    }
    pair->writing = false;
  }

  static void close(Pair& pair) {
    boost::system::error_code ignored;
    pair.client.close(ignored);
    pair.server.close(ignored);
  }

  // First, so that what runs on it is destroyed before it.
  ReactorThread thread_;
  const tcp::endpoint server_;
  tcp::acceptor acceptor_;
  const std::uint16_t port_;
};

ErringProxy::ErringProxy(std::uint16_t server_port) : impl_(std::make_unique<Impl>(server_port)) {}
ErringProxy::~ErringProxy() = default;

std::uint16_t ErringProxy::port() const { return impl_->port(); }

void ErringProxy::err(std::string command, When when, std::string error, std::size_t count) {
  impl_->thread().call([&] {
    impl_->command = std::move(command);
    impl_->when = when;
    impl_->error = std::move(error);
    impl_->left = count;
    return true;
  });
}

std::size_t ErringProxy::left() const {
  return impl_->thread().call([&] { return impl_->left; });
}

std::size_t ErringProxy::seen(const std::string& command) const {
  return impl_->thread().call([&] {
    return static_cast<std::size_t>(std::count_if(impl_->names.begin(), impl_->names.end(),
                                                  [&](const std::string& name) { return name.starts_with(command); }));
  });
}

}  // namespace cartd::test
