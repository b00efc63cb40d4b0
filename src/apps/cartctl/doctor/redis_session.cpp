#include "apps/cartctl/doctor/redis_session.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <chrono>
#include <optional>
#include <string_view>

namespace cartd::doctor {
namespace {

redis::LinkOptions patient(bool password_optional) {
  redis::LinkOptions options;
  options.password_optional = password_optional;
  options.client_name = "cartctl";
  options.connect_timeout = std::chrono::seconds(5);
  options.silence_timeout = std::chrono::seconds(10);
  return options;
}

RedisFault fault_of(std::string_view error) {
  if (error.starts_with("NOPERM")) return {false, "the Redis user is not permitted to"};
  if (error.starts_with("ERR No such master")) return {false, "it knows no master of this name"};
  if (error.starts_with("ERR unknown")) return {false, "the server does not know the command"};
  return {false, "the server answered an error: " + std::string(error.substr(0, error.find(' ')))};
}

boost::asio::awaitable<RedisSession::Answer> send(redis::Link& link, redis::Request request) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  auto sent = co_await link.send(std::move(request), deadline);
  if (!sent) {
    const std::string state = link.last_error();
    co_return RedisFault{true, state.empty() ? sent.error().why : state};
  }
  if (sent->view().is_error()) {
    RedisFault fault = fault_of(sent->view().text());
    fault.error = sent->view().text();
    co_return fault;
  }
  co_return std::move(*sent);
}

redis::Request wire(const RedisCommand& command) {
  const std::vector<std::string_view> words(command.begin(), command.end());
  redis::Request request;
  request.add(words);
  return request;
}

}  // namespace

RedisSession::RedisSession(const redis::Url& url, bool password_optional)
    : io_(1), link_(io_.get_executor(), url, patient(password_optional), nullptr) {
  link_.start();
}

RedisSession::Answer RedisSession::ask(const RedisCommand& command) {
  auto answers = ask_all({command});
  return std::move(answers.front());
}

std::vector<RedisSession::Answer> RedisSession::ask_all(const std::vector<RedisCommand>& commands) {
  std::vector<std::optional<Answer>> slots(commands.size());
  std::size_t missing = commands.size();
  // A coroutine's result must be default-constructible to reach a handler, and a reply is not: it is kept from within.
  const auto keep = [this, &missing](redis::Request request,
                                     std::optional<Answer>& slot) -> boost::asio::awaitable<void> {
    slot.emplace(co_await send(link_, std::move(request)));
    --missing;
  };
  const auto rethrow = [](std::exception_ptr thrown) {
    if (thrown) std::rethrow_exception(thrown);
  };
  for (std::size_t i = 0; i < commands.size(); ++i)
    boost::asio::co_spawn(io_, keep(wire(commands[i]), slots[i]), rethrow);
  io_.restart();
  while (missing > 0) io_.run_one();

  std::vector<Answer> answers;
  for (auto& slot : slots) answers.push_back(std::move(*slot));
  return answers;
}

}  // namespace cartd::doctor
