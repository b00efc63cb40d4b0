// A proxy before a Redis server that answers some commands with an error of its own, as managed services and proxies
// do.
//
// Threads: it runs on a thread of its own; its functions may be called from any one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace cartd::test {

class ErringProxy {
 public:
  enum class When {
    before,  ///< The server never sees the command.
    after,   ///< The server executes it, and its reply is dropped.
  };

  /// Listens on a free port of 127.0.0.1 and passes everything on to `server_port` there.
  explicit ErringProxy(std::uint16_t server_port);
  ~ErringProxy();
  ErringProxy(const ErringProxy&) = delete;
  ErringProxy& operator=(const ErringProxy&) = delete;

  std::uint16_t port() const;

  /// The next `count` commands whose name begins with `command`, in capitals, are answered "-" and `error`.
  void err(std::string command, When when, std::string error, std::size_t count);
  /// How many of those are still to come.
  std::size_t left() const;
  /// How many commands whose name begins so have come.
  std::size_t seen(const std::string& command) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace cartd::test
