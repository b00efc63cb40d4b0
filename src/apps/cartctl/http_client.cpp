#include "apps/cartctl/http_client.h"

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

http::request<http::string_body> wire(const BaseUrl& server, const HttpRequest& request) {
  http::request<http::string_body> message;
  message.method_string(request.method);
  message.target(server.prefix + request.target);
  message.version(11);
  message.set(http::field::host, server.shown);
  message.set(http::field::user_agent, "cartctl");
  message.set(http::field::connection, "close");
  for (const auto& [name, value] : request.headers) message.set(name, value);
  if (!request.body.empty()) {
    message.set(http::field::content_type, "application/json");
    message.body() = request.body;
  }
  message.prepare_payload();
  return message;
}

asio::awaitable<Exchanged> run(const BaseUrl& server, const HttpRequest& request, std::chrono::milliseconds timeout) {
  const auto executor = co_await asio::this_coro::executor;
  Error error;
  auto token = asio::redirect_error(asio::use_awaitable, error);

  asio::ip::tcp::resolver resolver(executor);
  const auto endpoints = co_await resolver.async_resolve(server.host, server.port, token);
  if (error) co_return failure(false, error);
  beast::tcp_stream stream(executor);
  stream.expires_after(timeout);
  co_await stream.async_connect(endpoints, token);
  if (error) co_return failure(false, error);

  const http::request<http::string_body> message = wire(server, request);
  co_await http::async_write(stream, message, token);
  if (error) co_return failure(true, error);
  beast::flat_buffer buffer;
  http::response_parser<http::string_body> parser;
  parser.body_limit(max_answer_bytes);
  co_await http::async_read(stream, buffer, parser, token);
  if (error) co_return failure(true, error);

  http::response<http::string_body> response = parser.release();
  HttpAnswer answer{response.result_int(), std::move(response.body())};
  answer.retry_after = retry_after(
      std::string_view(response[http::field::retry_after].data(), response[http::field::retry_after].size()));
  co_return answer;
}

}  // namespace

Exchanged exchange(const BaseUrl& server, const HttpRequest& request, std::chrono::milliseconds timeout) {
  asio::io_context io(1);
  std::optional<Exchanged> result;
  const auto keep = [&](std::exception_ptr thrown, Exchanged exchanged) {
    if (thrown) std::rethrow_exception(thrown);
    result.emplace(std::move(exchanged));
  };
  asio::co_spawn(io, run(server, request, timeout), keep);
  io.run();
  return std::move(*result);
}

}  // namespace cartd::cartctl
