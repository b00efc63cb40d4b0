// A TCP server that says whatever a test wants.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cartd::test {

class FakeServer {
 public:
  /// What to send after something was received, or nothing to close the connection: `connection` counts from 0,
  /// `message` from 0 on each connection. Called on the server's thread.
  using Answer = std::function<std::optional<std::string>(std::size_t connection, std::size_t message,
                                                          const std::string& received)>;

  struct Options {
    std::uint16_t port = 0;                ///< On 127.0.0.1; 0: a free one.
    std::chrono::milliseconds drip{0};     ///< Above 0: the bytes go out one by one, with such a pause between them …
    std::size_t messages_before_drip = 0;  ///< … from this message of a connection on.
  };

  /// Listens on a thread of its own.
  explicit FakeServer(Answer answer);
  FakeServer(Answer answer, const Options& options);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd::test
