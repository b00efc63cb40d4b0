// A MongoDB server of a test's own: the first that there is of an outside one (CARTD_TEST_MONGODB_URL, of which tests
// use databases of their own and drop them), mongod on the PATH, and FerretDB, which speaks the same protocol.
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cartd::test {

/// Listens on 127.0.0.1, keeps its data in a temporary folder, ends with the object; an outside server only loses the
/// databases that were made here.
class MongodbServer {
 public:
  enum class Kind { none, outside, mongod, ferretdb };

  /// Which there is. Tests of what an own process or MongoDB itself has ask for it.
  static Kind kind();
  /// Whether it can be killed and stopped, and a proxy put in front of it.
  static bool has_process() { return kind() == Kind::mongod || kind() == Kind::ferretdb; }

  MongodbServer();
  ~MongodbServer();
  MongodbServer(const MongodbServer&) = delete;
  MongodbServer& operator=(const MongodbServer&) = delete;

  std::uint16_t port() const { return port_; }

  /// The name of a database that is not there yet.
  std::string create_database();
  /// mongodb://127.0.0.1:port/database, on another port where one is given, as a proxy's.
  std::string url(const std::string& database, std::uint16_t port = 0) const;

  /// What a plain client is answered to a command, a JSON text. Throws std::runtime_error on an error.
  nlohmann::json command(const std::string& database, const std::string& command) const;
  /// The documents that `filter`, a JSON text, lets through, at most a thousand.
  nlohmann::json find(const std::string& database, const std::string& collection, const std::string& filter) const;
  /// Changes all documents that `filter` lets through by the operators in `change`, and inserts one.
  void update(const std::string& database, const std::string& collection, const std::string& filter,
              const std::string& change) const;
  void insert(const std::string& database, const std::string& collection, const std::string& document) const;

  // Only with a process. Nothing happens when it does not run.
  void kill();
  /// On the same port and data, after kill(). It answers when this returns.
  void restart();
  /// SIGSTOP: connections stay, nothing is answered. SIGCONT: it goes on.
  void freeze();
  void thaw();

  /// All that it has logged.
  std::string log() const;

 private:
  void launch();
  bool answers() const;

  const TempDir folder_;
  std::uint16_t port_ = 0;
  std::unique_ptr<Process> process_{};
  std::vector<std::string> databases_{};
};

/// One for all tests of this process that do it no harm. Started by the first call, which the main thread makes.
MongodbServer& shared_mongodb();

}  // namespace cartd::test
