// A TCP server that says whatever a test wants.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace cartd::test {

class FakeServer {
 public:
  /// What to send after something was received: `connection` counts from 0, `message` from 0 on each connection.
  /// Called on the server's thread.
  using Answer = std::function<std::string(std::size_t connection, std::size_t message, const std::string& received)>;

  /// Listens on a free port of 127.0.0.1, on a thread of its own.
  explicit FakeServer(Answer answer);
  ~FakeServer();
  FakeServer(const FakeServer&) = delete;
  FakeServer& operator=(const FakeServer&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd::test
