// A server that greets as Redis does, and answers commands with whatever a test wants.
#pragma once

#include "support/fake_server.h"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

class FakeRedis {
 public:
  using Command = std::vector<std::string>;
  /// The bytes of the reply, or nothing to close the connection. Called on the server's thread.
  using Answer = std::function<std::optional<std::string>(const Command& command)>;

  struct Options {
    std::uint16_t port = 0;           ///< On 127.0.0.1; 0: a free one.
    std::string mode = "standalone";  ///< What INFO tells; empty: INFO is not permitted.
  };

  /// Answers CLIENT, AUTH, SELECT, INFO and PING itself; `answer` is for the rest.
  explicit FakeRedis(Answer answer);
  FakeRedis(Answer answer, Options options);

  std::uint16_t port() const { return server_.port(); }
  std::string address() const { return "127.0.0.1:" + std::to_string(port()); }

  /// Commands so far that were not answered here, and connections accepted so far.
  std::size_t commands() const { return commands_; }
  std::size_t connections() const { return connections_; }

 private:
  std::optional<std::string> receive(std::size_t connection, const std::string& bytes);
  std::optional<std::string> reply_to(const Command& command);

  const Answer answer_;
  const Options options_;
  std::atomic<std::size_t> commands_ = 0;
  std::atomic<std::size_t> connections_ = 0;
  std::map<std::size_t, std::string> unread_{};  // By connection; of the server's thread.
  FakeServer server_;
};

}  // namespace cartd::test
