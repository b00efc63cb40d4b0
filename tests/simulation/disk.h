// A node's disk with its journal: what was written is durable once it is synced. A crash keeps what was synced and, of
// what came after, as much as chance has it, in its order. While the disk hangs nothing is synced, and who waits longer
// than the journal's deadline is told so.
#pragma once

#include "domain/error.h"
#include "journal/journal.h"
#include "simulation/schedule.h"

#include <cstddef>
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
  using Done = std::function<void(Result<void>)>;

  /// With `is_honest` false, a write is answered before it is synced.
  Disk(Schedule& schedule, bool is_honest) : schedule_(schedule), is_honest_(is_honest) {}

  /// As those of Journal; `done` is called later, and never after a crash. A release that is waited for is synced: a
  /// crash here may be a power cut.
  void append(JournalRecord record, Done done);
  void accept(CommandId command_id, Done done = {});
  void release(CommandId command_id, Done done = {});
  std::optional<Error> refusal() const;

  /// Nothing is synced for so long.
  void hang(int duration);
  void crash();
  /// A record of the producer is on it, or could be after a crash.
  bool has_any_of(ProducerId producer) const;
  /// What is on it, in the order of the sequences.
  std::vector<JournalRecord> read() const;

 private:
  using Key = std::pair<std::uint64_t, ProducerId>;  ///< The sequence first.
  struct Write {
    enum class Kind { append, accept, release } kind;
    Key key;
    std::optional<JournalRecord> record{};
    Done done{};
    int asked = 0;
    std::uint64_t number = 0;
  };

  static Key key_of(CommandId command_id) { return {command_id.sequence, command_id.producer}; }
  void write(Write write);
  void sync();
  void finish_sync();
  void time_out(std::uint64_t number);
  void carry_out(Write& write);

  Schedule& schedule_;
  const bool is_honest_;
  std::map<Key, JournalRecord> synced_;
  std::deque<Write> writes_;  ///< Not synced, in order.
  std::size_t syncing_ = 0;   ///< So many of them are being synced.
  std::uint64_t last_number_ = 0;
  int hangs_until_ = 0;
  std::uint64_t life_ = 1;
};

}  // namespace cartd::simulation
