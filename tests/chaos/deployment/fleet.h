// The cartds of a run: processes that keep their addresses, and their journals, when they are killed and started again.
//
// Threads and failure: as for Deployment; port() may be asked from any thread.
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cartd::test {

struct FleetOptions {
  std::filesystem::path program{};  ///< cartd.
  int count = 2;
  std::string redis_url{};
  std::string database_url{};
  bool journal = false;  ///< Each has a data directory, on a small disk of its own where mounting is permitted.
  bool memory_while_away = false;  ///< Without one they acknowledge from memory while Redis is away.
  std::filesystem::path clock{};   ///< The library that makes clocks jump; empty: they never do.
  /// The library that has each connect from its cartd_address(); empty: all connect from 127.0.0.1.
  std::filesystem::path address{};
};

class Fleet {
 public:
  /// Returns when all of them serve.
  explicit Fleet(FleetOptions options);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  int size() const;
  std::uint16_t port(int number) const;
  std::vector<std::uint16_t> ports() const;

  /// SIGKILL.
  void kill(int number);
  /// Which were killed, and when.
  struct Killed {
    int number;
    std::chrono::steady_clock::time_point when;
  };
  const std::vector<Killed>& killed() const { return killed_; }
  /// After kill(). Returns when it listens.
  void start(int number);
  /// Starts it where it has to refuse, after kill(), and answers why it did. Throws std::runtime_error when it does not
  /// say why in one line, or starts.
  std::string refusal(int number);

  /// True when it says that its store serves.
  bool ready(int number) const;
  /// True when its outbox holds nothing any more: all is in the store, and safe there.
  bool settled(int number) const;
  /// What /readyz answers; empty when it does not answer.
  std::string state(int number) const;

  /// Its wall clock is wrong by so much from now on.
  void set_clock(int number, std::chrono::seconds offset);

  /// Only with journals, and where there is no mounts_obstacle().
  void fill_disk(int number);
  void free_disk(int number);
  /// The same, while the cartd does not run.
  void lock_disk(int number);
  void unlock_disk(int number);

  /// What it has written to its log.
  std::string log(int number) const;

 private:
  struct Member;

  /// Returns when it listens, or has ended.
  void launch(int number);
  Member& member(int number) const { return *members_[static_cast<std::size_t>(number)]; }

  const FleetOptions options_;
  std::vector<std::unique_ptr<Member>> members_;
  std::vector<Killed> killed_{};
};

}  // namespace cartd::test
