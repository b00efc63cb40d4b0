#include "apps/cartctl/http_client.h"

#include "apps/cartctl/http_connection.h"
#include "util/decimal.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

namespace cartd::cartctl {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using Exchanged = boost::system::result<HttpAnswer, HttpFailure>;
using Error = boost::system::error_code;

constexpr std::uint64_t max_answer_bytes = 64ULL << 20;

std::optional<std::chrono::seconds> retry_after(std::string_view text) {
  const auto seconds = util::parse_number<unsigned>(text);
  return seconds ? std::optional(std::chrono::seconds(*seconds)) : std::nullopt;
}

HttpFailure failure(bool connected, const Error& error) {
  return {connected, error == beast::error::timeout ? "no answer in time" : error.message()};
}

http::request<http::string_body> wire(const BaseUrl& server, const HttpRequest& request, bool keep_alive) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(server.prefix + request.target);
  message.version(11);
  message.set(http::field::host, server.shown);
  message.set(http::field::user_agent, "cartctl");
  message.keep_alive(keep_alive);
  for (const auto& [name, value] : request.headers) message.set(name, value);
  if (!request.body.empty()) {
    message.set(http::field::content_type, "application/json");
    message.body() = request.body;
  }
  message.prepare_payload();
  return message;
}

asio::awaitable<Error> connect(beast::tcp_stream& stream, const BaseUrl& server, std::chrono::milliseconds timeout) {
  Error error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  asio::ip::tcp::resolver resolver(stream.get_executor());
  const auto endpoints = co_await resolver.async_resolve(server.host, server.port, token);
  if (error) co_return error;
  stream.expires_after(timeout);
  co_await stream.async_connect(endpoints, token);
  co_return error;
}

struct Asked {
  Exchanged exchanged;
  bool keep_alive = false;
};

asio::awaitable<Asked> ask(beast::tcp_stream& stream, beast::flat_buffer& buffer,
                           const http::request<http::string_body>& message) {
  Error error;
  auto token = asio::redirect_error(asio::use_awaitable, error);
  co_await http::async_write(stream, message, token);
  if (error) co_return Asked{failure(true, error)};
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_answer_bytes);
  co_await http::async_read(stream, buffer, parser, token);
  if (error) co_return Asked{failure(true, error)};
  http::response<http::string_body> response = parser.release();
  HttpAnswer answer{response.result_int(), std::move(response.body())};
  answer.retry_after = retry_after(
      std::string_view(response[http::field::retry_after].data(), response[http::field::retry_after].size()));
  co_return Asked{std::move(answer), response.keep_alive()};
}

asio::awaitable<Exchanged> run(const BaseUrl& server, const HttpRequest& request, std::chrono::milliseconds timeout) {
  const auto executor = co_await asio::this_coro::executor;
  beast::tcp_stream stream(executor);
  const Error error = co_await connect(stream, server, timeout);
  if (error) co_return failure(false, error);
  const http::request<http::string_body> message = wire(server, request, false);
  beast::flat_buffer buffer;
  Asked asked = co_await ask(stream, buffer, message);
  co_return std::move(asked.exchanged);
}

/// The result of `task`, run to its end.
template <class T>
T run_alone(asio::io_context& io, asio::awaitable<T> task) {
  std::optional<T> result;
  const auto keep = [&](std::exception_ptr thrown, T value) {
    if (thrown) std::rethrow_exception(thrown);
    result.emplace(std::move(value));
  };
  asio::co_spawn(io, std::move(task), keep);
  io.restart();
  io.run();
  return std::move(*result);
}

}  // namespace

Exchanged exchange(const BaseUrl& server, const HttpRequest& request, std::chrono::milliseconds timeout) {
  asio::io_context io(1);
  return run_alone(io, run(server, request, timeout));
}

class HttpConnection::Impl {
 public:
  explicit Impl(const BaseUrl& server) : server_(server) {}

  Exchanged exchange(const HttpRequest& request, std::chrono::milliseconds timeout) {
    return run_alone(io_, run(request, timeout));
  }

 private:
  asio::awaitable<Exchanged> run(const HttpRequest& request, std::chrono::milliseconds timeout) {
    const http::request<http::string_body> message = wire(server_, request, true);
    for (;;) {
      const bool is_new = !stream_;
      if (is_new) {
        stream_.emplace(io_);
        buffer_.clear();
        const Error error = co_await connect(*stream_, server_, timeout);
        if (error) {
          stream_.reset();
          co_return failure(false, error);
        }
      }
      stream_->expires_after(timeout);
      Asked asked = co_await ask(*stream_, buffer_, message);
      if (!asked.keep_alive) stream_.reset();
      // The server may have closed a connection on which nothing was asked for a while.
      if (asked.exchanged || is_new) co_return std::move(asked.exchanged);
    }
  }

  const BaseUrl& server_;
  asio::io_context io_{1};
  std::optional<beast::tcp_stream> stream_{};
  beast::flat_buffer buffer_{};
};

HttpConnection::HttpConnection(const BaseUrl& server) : impl_(std::make_unique<Impl>(server)) {}
HttpConnection::~HttpConnection() = default;

Exchanged HttpConnection::exchange(const HttpRequest& request, std::chrono::milliseconds timeout) {
  return impl_->exchange(request, timeout);
}

}  // namespace cartd::cartctl
