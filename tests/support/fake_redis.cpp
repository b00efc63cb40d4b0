#include "support/fake_redis.h"

#include <algorithm>
#include <utility>

namespace cartd::test {
namespace {

// The next whole command (an array of bulk strings), which is taken away; empty when there is none yet.
FakeRedis::Command take_command(std::string& bytes) {
  std::size_t at = 0;
  const auto number = [&bytes, &at]() -> std::optional<std::size_t> {
    const std::size_t end = bytes.find("\r\n", at);
    if (end == std::string::npos) return std::nullopt;
    const std::size_t value = std::stoul(bytes.substr(at + 1, end - at - 1));
    at = end + 2;
    return value;
  };
  FakeRedis::Command command;
  const auto arguments = number();
  for (std::size_t i = 0; arguments && i < *arguments; ++i) {
    const auto size = number();
    if (!size || bytes.size() < at + *size + 2) return {};
    command.push_back(bytes.substr(at, *size));
    at += *size + 2;
  }
  if (!arguments) return {};
  bytes.erase(0, at);
  return command;
}

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

}  // namespace

FakeRedis::FakeRedis(Answer answer) : FakeRedis(std::move(answer), Options()) {}

FakeRedis::FakeRedis(Answer answer, Options options)
    : answer_(std::move(answer)),
      options_(std::move(options)),
      server_(
          [this](std::size_t connection, std::size_t, const std::string& bytes) { return receive(connection, bytes); },
          {.port = options_.port}) {}

std::optional<std::string> FakeRedis::receive(std::size_t connection, const std::string& bytes) {
  connections_ = std::max(connections_.load(), connection + 1);
  std::string& unread = unread_[connection];
  unread += bytes;
  std::string replies;
  for (Command command = take_command(unread); !command.empty(); command = take_command(unread)) {
    const auto reply = reply_to(command);
    if (!reply) return std::nullopt;
    replies += *reply;
  }
  return replies;
}

std::optional<std::string> FakeRedis::reply_to(const Command& command) {
  const std::string& name = command.front();
  if (name == "PING") return "+PONG\r\n";
  if (name == "CLIENT" && command.at(1) == "ID") return ":1\r\n";
  if (name == "CLIENT" || name == "AUTH" || name == "SELECT") return "+OK\r\n";
  if (name == "INFO") {
    if (options_.mode.empty()) return "-NOPERM this user has no permissions to run the 'info' command\r\n";
    if (command.size() > 1 && command[1] == "server")
      return bulk("redis_mode:" + options_.mode + "\r\nrun_id:" + std::string(40, 'a') + "\r\n");
    return bulk("role:master\r\nconnected_slaves:0\r\nmaster_replid:" + std::string(40, 'b') +
                "\r\nmaster_repl_offset:1\r\n");
  }
  ++commands_;
  return answer_(command);
}

}  // namespace cartd::test
