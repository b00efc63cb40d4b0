// A PostgreSQL server of a test's own.
#pragma once

#include "support/certificates.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

struct PostgresServerOptions {
  bool fsync = true;                    ///< False: quicker, and may lose what it acknowledged when the machine crashes.
  std::string password{};               ///< Of the user "cartd"; empty: none is asked for.
  std::string tls_names{};              ///< Not empty: TLS, with a certificate for these, as in make_certificates().
  std::vector<std::string> settings{};  ///< Such as "max_connections=20".
  std::filesystem::path data_in{};      ///< The folder to make its data folder in; empty: a temporary one.
};

/// The answer to a statement: rows of texts, where null is empty.
using PostgresRows = std::vector<std::vector<std::string>>;

/// A plain client with one connection. Throws std::runtime_error when it cannot connect.
class PostgresProbe {
 public:
  explicit PostgresProbe(const std::string& url);
  ~PostgresProbe();
  PostgresProbe(const PostgresProbe&) = delete;
  PostgresProbe& operator=(const PostgresProbe&) = delete;

  /// Throws std::runtime_error on an error.
  PostgresRows query(const std::string& sql);

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
};

/// Listens on 127.0.0.1, keeps its data in a temporary folder, ends with the object. As it refuses to run as root, it
/// runs as the user postgres or nobody then.
class PostgresServer {
 public:
  explicit PostgresServer(PostgresServerOptions options = {});
  ~PostgresServer();
  PostgresServer(const PostgresServer&) = delete;
  PostgresServer& operator=(const PostgresServer&) = delete;

  std::uint16_t port() const { return port_; }
  /// Only with TLS.
  const Certificates& certificates() const { return certificates_.value(); }

  /// Makes an empty database and answers its name.
  std::string create_database();
  /// postgresql://cartd:password@127.0.0.1:port/database, on another port where one is given, as a proxy's.
  std::string url(const std::string& database, std::uint16_t port = 0) const;

  /// What a plain client is answered. Throws std::runtime_error on an error.
  PostgresRows query(const std::string& database, const std::string& sql) const;
  /// The first value of the first row.
  std::string value(const std::string& database, const std::string& sql) const;

  /// SIGKILL to all its processes. Nothing happens when it does not run; so with all the others.
  void kill();
  /// An orderly end that waits for no client.
  void stop();
  /// On the same port and data, after kill() or stop(). It answers when this returns.
  void restart();
  /// SIGSTOP to all its processes: connections stay, nothing is answered. SIGCONT: they go on.
  void freeze();
  void thaw();
  /// False once it was killed or stopped, and while it is frozen.
  bool awake() { return process_ && process_->running() && !frozen_; }

  /// All that it has logged.
  std::string log() const;

 private:
  std::filesystem::path data() const;
  std::vector<std::string> as_its_user(std::vector<std::string> command) const;
  void own(const std::filesystem::path& path) const;
  void initialize();
  void launch();
  bool answers() const;
  std::vector<int> processes() const;
  void signal_all(int number);

  const PostgresServerOptions options_;
  const TempDir folder_;
  std::uint16_t port_;
  std::optional<Certificates> certificates_{};
  std::unique_ptr<Process> process_{};
  bool frozen_ = false;
  int databases_ = 0;
};

/// One for all tests of this process that do it no harm, without fsync. Started by the first call, which the main
/// thread makes.
PostgresServer& shared_postgres();

}  // namespace cartd::test
