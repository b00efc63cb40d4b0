// A Redis or Valkey server of a test's own.
#pragma once

#include "support/certificates.h"
#include "support/process.h"
#include "support/redis_probe.h"
#include "support/temp_dir.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

/// The server programs that tests run on: "redis-server", which must be installed, and "valkey-server" where it is.
/// Under a sanitizer "redis-server" alone: what Valkey does differently takes no other path through cartd's memory.
std::vector<std::string> server_binaries();

struct RedisServerOptions {
  std::string binary = "redis-server";
  std::string address = "127.0.0.1";     ///< Where it listens. Another one is also where it connects from.
  std::uint16_t port = 0;                ///< 0: a free one.
  std::string password{};                ///< Of the user "default"; empty: none.
  std::vector<std::string> users{};      ///< Lines of the ACL, such as "shop on >secret ~* +@all".
  std::vector<std::string> arguments{};  ///< As on the server's command line: {"--appendonly", "yes"}.
  std::string tls_names{};  ///< Not empty: a TLS port too, with a certificate for these, as in make_certificates().
  std::optional<Certificates> certificates{};  ///< A TLS port too, with this certificate, which servers may share.
  std::string config{};  ///< The text of a configuration file, which the server may write to, as Sentinels do.
  bool start = true;     ///< False: only a port and a folder, until restart().
};

/// Listens on its address and on a UNIX socket, keeps its data in a temporary folder, ends with the object. Without
/// further arguments it saves nothing to disk.
class RedisServer {
 public:
  explicit RedisServer(RedisServerOptions options = {});

  const std::string& address() const { return options_.address; }
  std::uint16_t port() const { return port_; }
  std::uint16_t tls_port() const { return tls_port_; }
  std::filesystem::path socket() const { return folder_.path() / "s"; }
  std::filesystem::path folder() const { return folder_.path(); }
  /// Only with TLS.
  const Certificates& certificates() const { return certificates_.value(); }
  /// redis://address:port, with the password if there is one.
  std::string url() const;

  /// SIGKILL: nothing is saved. Nothing happens when it does not run; so with all the others.
  void kill();
  /// SIGTERM: an orderly end.
  void stop();
  /// On the same ports and data, after kill() or stop(). Answers PING when this returns.
  void restart();
  /// SIGSTOP: connections stay, nothing is answered. SIGCONT: goes on.
  void freeze();
  void thaw();

  /// False once it was killed, stopped, or ended by itself, and while it is frozen.
  bool awake() { return process_ && process_->running() && !frozen_; }

  /// A client of its own, logged in as "default".
  RedisProbe probe() const;

 private:
  std::vector<std::string> command() const;
  void launch();
  bool answers();

  const RedisServerOptions options_;
  const TempDir folder_;
  std::uint16_t port_ = 0;
  std::uint16_t tls_port_ = 0;
  std::optional<Certificates> certificates_;
  std::unique_ptr<Process> process_;
  bool frozen_ = false;
};

}  // namespace cartd::test
