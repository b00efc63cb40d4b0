// What the journal holds, in brief: decides what each request does and what has to be written for it. Pure.
//
// Requests of one group are applied one after another; then the group was written, or it was not: see keep_group() and
// undo_group().
#pragma once

#include "domain/command_id.h"
#include "domain/error.h"
#include "domain/time.h"
#include "journal/entry.h"
#include "journal/live_index.h"
#include "journal/segment.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cartd::journal {

/// What a journal at its bound answers.
Error full();

/// `framed` is what encode() made of the record; so below.
struct Append {
  CommandId command_id;
  std::string framed;
  bool accepted;
};
struct Accept {
  CommandId command_id;
};
struct Release {
  std::vector<CommandId> command_ids;
};
struct KeepDeadLetter {
  CommandId command_id;
  std::string framed;
};
struct Drop {
  CommandId command_id;
};
struct Revive {
  CommandId dead;
  Append renewed;
};
using Operation = std::variant<Append, Accept, Release, KeepDeadLetter, Drop, Revive>;

/// A record that was copied out of its segment, and where the copy is.
struct Copied {
  Kind kind;
  CommandId command_id;
  Position from;
  Position to;
};

/// A dead letter: on disk, or, while the disk has no space for it, here.
struct StoredLetter {
  CommandId command_id;
  Position position;
  std::string framed;  ///< Empty when it is on disk.
};

class Ledger {
 public:
  explicit Ledger(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  /// Less than a sixteenth of the bound is left, or less than an average record takes.
  bool is_full() const;
  /// An eighth of the bound is free: far enough from full to say that it is over.
  bool has_ample_room() const { return bytes_ <= max_bytes_ - max_bytes_ / 8; }

  /// What an earlier process wrote, record by record in the order of the segments. On failure a clause for the
  /// operator.
  std::optional<std::string> replay(std::uint64_t segment, const Frame& frame);
  /// After that, with all of it on disk: the processes that wrote it are dead. Producers that have been so since before
  /// `forgotten` are forgotten.
  void begin_process(Time now, Time forgotten);

  /// Does what is asked, and adds to `group` what that takes on disk. On an error nothing was done.
  Result<void> apply(Operation operation, Group& group);

  /// The group is on disk.
  void keep_group();
  /// The group is not on disk and its callers are told so: what they were refused is undone. What cannot be refused
  /// (acceptances, releases, new dead letters) stays, and is written when the next segment begins.
  void undo_group(const Group& group);

  /// All that was written so far is on disk, so that no power cut brings back a record that was released.
  void note_synced();

  /// There is something that could not be written.
  bool has_backlog() const { return !backlog_.empty(); }
  /// Adds what a new segment begins with.
  void begin_segment(Group& group);
  void seal_segment(std::uint64_t segment) { live_.seal(segment); }

  /// The oldest segment that is still needed, or `newest`.
  std::uint64_t oldest_segment(std::uint64_t newest) const;
  /// Adds a copy of the record to `group` if it is needed where it stands.
  std::optional<Copied> copy(std::uint64_t segment, const Frame& frame, Group& group) const;
  /// The copy is written.
  void moved(const Copied& copied);
  /// The record is needed where it stands: accepted or not.
  std::optional<bool> is_live_at(CommandId command_id, const Position& position) const;
  bool is_dead_at(CommandId command_id, const Position& position) const;

  std::uint64_t live_bytes() const { return bytes_; }
  std::uint64_t max_bytes() const { return max_bytes_; }
  std::uint64_t live_records() const { return live_.size(); }
  std::uint64_t dead_letter_count() const { return dead_.size(); }
  /// Of the index of live records.
  std::size_t memory_bytes() const { return live_.memory_bytes(); }
  /// The first `limit` dead letters behind `after`, or of all, by producer and sequence.
  std::vector<StoredLetter> dead_letters(std::optional<CommandId> after, std::size_t limit) const;
  std::optional<StoredLetter> dead_letter(CommandId command_id) const;
  /// Those that have been dead since `since` or before and of which no record is left on disk, in order.
  std::vector<ProducerId> dead_producers(Time since) const;

 private:
  using DeadKey = std::pair<ProducerId, std::uint64_t>;
  struct Apply;

  Result<void> append(Append& operation, std::uint64_t bytes_that_leave, Group& group);
  bool remove_live(CommandId command_id);
  void put_dead(CommandId command_id, Position position);
  std::optional<Position> take_dead(CommandId command_id);
  void meet(ProducerId producer, Group& group);
  StoredLetter stored(CommandId command_id, const Position& position) const;

  std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  LiveIndex live_{};
  std::map<DeadKey, Position> dead_{};                      ///< In segment 0 while they are in the backlog.
  std::map<std::uint64_t, std::uint64_t> dead_segments_{};  ///< How many there are in each.
  std::map<ProducerId, std::int64_t> producers_{};          ///< See KnownProducer.
  std::set<ProducerId> lingering_{};                        ///< Dead, and a record may be left on disk.
  std::vector<std::string> backlog_{};                      ///< Frames that could not be written.
  std::vector<CommandId> group_appended_{};
  std::vector<std::pair<CommandId, Position>> group_taken_{};  ///< Dead letters that the group takes away.
};

}  // namespace cartd::journal
