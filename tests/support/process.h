// A program that a test runs: ended with the test, whatever becomes of it.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

struct ProcessOptions {
  std::filesystem::path folder{};  ///< To run in; empty: the test's.
  std::filesystem::path output{};  ///< A file for standard output and error, appended to; empty: /dev/null.
  std::vector<std::pair<std::string, std::string>> environment{};  ///< Set in addition to the test's own.
};

/// A child process. It dies with the thread that started it.
class Process {
 public:
  /// `command` is a program, looked for on the PATH, and its arguments. A program that cannot be run exits with 127.
  Process(std::vector<std::string> command, const ProcessOptions& options);
  /// Kills it if it still runs.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  pid_t pid() const { return pid_; }

  bool running();
  /// Sends `number`, such as SIGTERM; nothing happens when it has ended.
  void signal(int number);
  /// SIGKILL, and waits for the end.
  void kill();
  /// Waits for the end. The exit code, or 128 plus the number of the signal that ended it.
  int wait();

 private:
  void ended(int status);

  pid_t pid_;
  std::optional<int> exit_code_;
};

/// Runs `command` to its end and answers its exit code.
int run_to_end(std::vector<std::string> command, const ProcessOptions& options);

/// True when `program` is on the PATH.
bool is_installed(const std::string& program);

/// The text of a file; empty when there is none.
std::string read_text(const std::filesystem::path& file);

}  // namespace cartd::test
