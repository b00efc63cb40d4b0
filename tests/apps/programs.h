// The programs under test as processes.
#pragma once

#include "apps/cartctl/http_client.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

using Variables = std::vector<std::pair<std::string, std::string>>;

/// How a program ended and what it said.
struct Ended {
  int code;
  std::string out;
  std::string err;
};

/// Runs `program` to its end. The variables that configure cartd and cartctl are empty unless given.
Ended run(const std::string& program, const std::vector<std::string>& arguments, const Variables& variables = {});
Ended run_cartd(const std::vector<std::string>& arguments, const Variables& variables = {});
Ended run_cartctl(const std::vector<std::string>& arguments, const Variables& variables = {});

/// A cartd on a free port of 127.0.0.1, ended with the object.
class RunningCartd {
 public:
  /// Returns when it listens; throws std::runtime_error, with what it said, when it does not.
  explicit RunningCartd(std::vector<std::string> arguments = {}, const Variables& variables = {});

  std::uint16_t port() const { return port_; }
  std::string url() const;
  Process& process() { return *process_; }
  /// All it has logged.
  std::string log() const;
  /// Waits until `text` is logged, which is not always before what an answer shows; false when it does not come.
  bool logs(const std::string& text) const;

  /// One request with its answer; throws std::runtime_error when there is none.
  cartctl::HttpAnswer ask(const std::string& method, const std::string& target, const std::string& body = {}) const;
  /// cartctl, told where this server is.
  Ended cartctl(std::vector<std::string> arguments) const;
  /// As memory_of().
  std::size_t memory(const std::string& field) const;

 private:
  TempDir folder_;
  std::optional<Process> process_;
  std::uint16_t port_ = 0;
};

}  // namespace cartd::test
