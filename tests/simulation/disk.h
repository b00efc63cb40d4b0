// A node's disk with its journal: what was written is durable once it is synced. A crash keeps what was synced and, of
// what came after, as much as chance has it, in its order. While the disk hangs nothing is synced.
#pragma once

#include "domain/error.h"
#include "journal/journal.h"
#include "simulation/schedule.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace cartd::simulation {

class Disk {
 public:
  using Done = std::function<void()>;

  explicit Disk(Schedule& schedule) : schedule_(schedule) {}

  /// As those of Journal; `done` is called when it is durable, and never after a crash.
  void append(JournalRecord record, Done done);
  void accept(CommandId command_id, Done done = {});
  void release(CommandId command_id, Done done = {});

  /// Nothing is synced for so long.
  void hang(int duration);
  bool hangs() const { return schedule_.now() < hangs_until_; }

  void crash();
  /// What is on it, in the order of the sequences.
  std::vector<JournalRecord> read() const;

 private:
  using Key = std::pair<std::uint64_t, std::uint64_t>;  ///< Sequence and producer.
  struct Write {
    enum class Kind { append, accept, release } kind;
    Key key;
    std::optional<JournalRecord> record{};
    Done done{};
  };

  static Key key_of(CommandId command_id) { return {command_id.sequence, command_id.producer}; }
  void write(Write write);
  void sync();
  void finish_sync(std::size_t count);
  void carry_out(Write& write);

  Schedule& schedule_;
  std::map<Key, JournalRecord> synced_;
  std::deque<Write> written_;
  bool is_syncing_ = false;
  int hangs_until_ = 0;
  std::uint64_t life_ = 1;
};

}  // namespace cartd::simulation
