// What the journal holds, in brief: decides what each request does and what has to be written for it. Pure.
//
// Requests of one group are applied one after another; then the group was written, or it was not: see keep_group() and
// undo_group().
#pragma once

#include "domain/command_id.h"
#include "domain/error.h"
#include "journal/entry.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cartd::journal {

/// What a journal at its bound answers.
Error full();

struct Append {
  CommandId command_id;
  Entry entry;
  bool accepted;
};
struct Accept {
  CommandId command_id;
};
struct Forget {
  std::vector<CommandId> command_ids;
};
struct Bury {
  DeadLetter letter;
  Entry entry;
};
struct Drop {
  CommandId command_id;
};
struct Revive {
  CommandId dead;
  Append renewed;
};
using Operation = std::variant<Append, Accept, Forget, Bury, Drop, Revive>;

/// One change to the database: puts the value, or, without one, deletes the key.
struct Edit {
  std::string key;
  std::optional<std::string> value;
};
using Edits = std::vector<Edit>;

class Ledger {
 public:
  explicit Ledger(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}

  /// Less than a sixteenth of the bound is left, or less than an average record takes.
  bool is_full() const;
  /// An eighth of the bound is free: far enough from full to say that it is over.
  bool has_ample_room() const { return bytes_ <= max_bytes_ - max_bytes_ / 8; }

  /// What an earlier process left.
  void recover(const Contents& contents);

  /// Does what is asked, and adds to `edits` what that takes on disk. On an error nothing was done.
  Result<void> apply(Operation operation, Edits& edits);

  /// The group is on disk.
  void keep_group();
  /// The group is not on disk and its callers are told so: what they were refused is undone. What cannot be refused
  /// (accepted, forgotten, buried) stays; see repair().
  void undo_group();

  /// What brings the disk, with these keys on it, in line with the ledger again. Nothing when a live record is missing.
  std::optional<Edits> repair(const std::set<std::string>& keys_on_disk) const;

  std::uint64_t live_bytes() const { return bytes_; }
  std::uint64_t max_bytes() const { return max_bytes_; }
  std::uint64_t live_records() const { return live_.size(); }
  std::uint64_t dead_letter_count() const { return dead_.size(); }
  /// The first `limit` of them behind `after`, or of all, by producer and sequence. Costs as much as what is answered,
  /// not as all there are: whoever asks holds a lock.
  std::vector<std::shared_ptr<const DeadLetter>> dead_letters(std::optional<CommandId> after, std::size_t limit) const;
  /// Null: there is none.
  std::shared_ptr<const DeadLetter> dead_letter(CommandId command_id) const;

 private:
  struct Live {
    std::size_t bytes;
    bool accepted;
  };
  struct Dead {
    std::shared_ptr<const DeadLetter> letter;
    std::size_t bytes;
  };
  /// A dead letter that the group takes away, and the key under which it stood.
  using Taken = std::pair<std::pair<ProducerId, std::uint64_t>, Dead>;
  struct Apply;

  Result<void> append(Append operation, std::uint64_t bytes_that_leave, Edits& edits);
  void forget(CommandId command_id, Edits& edits);
  void take_dead(CommandId command_id, Edits& edits);

  std::uint64_t max_bytes_;
  std::uint64_t bytes_ = 0;
  std::map<std::pair<std::uint64_t, ProducerId>, Live> live_;  ///< By sequence, then producer: the oldest one first.
  std::map<std::pair<ProducerId, std::uint64_t>, Dead> dead_;
  std::vector<CommandId> group_appended_;
  std::vector<Taken> group_taken_;
};

}  // namespace cartd::journal
