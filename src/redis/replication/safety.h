// From when on a change that a server applied cannot be undone by any single fault. Pure: fed with what was asked, what
// the server answered and when; does no I/O and reads no clock.
//
// How it works. Behind the commands, on the same connection, the owner asks for INFO replication: a checkpoint. The
// answer to checkpoint k tells an offset that covers every command sent before. The checkpoint is covered when every
// replica that the server lists has acknowledged that offset, in this or a later answer. Then an authority is asked
// whether it still stands behind this server: only an answer to a question put after that counts. Without the second
// step a primary that was cut off together with its replica would look safe, and be rolled back. Last, the server is
// asked once more: only one that still is in the same epoch was in it when the authority spoke, and not one that was
// rolled back in between and is the primary again.
#pragma once

#include "redis/protocol/info.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>

namespace cartd::redis {

/// The rule by which a checkpoint becomes durable.
struct SafetyPolicy {
  /// An authority decides which server is the primary, and is asked before anything counts as durable.
  bool authority = true;
  /// A checkpoint is covered at the earliest this long after its answer, copied or not. For where a copy proves little,
  /// as no authority is there to promote the replica.
  std::chrono::milliseconds retention_with_copy{0};
  /// The same where the server lists no replica.
  std::chrono::milliseconds retention_without_copy{10'000};
  /// How old the authority's view may be: it is asked at the earliest this long after the checkpoint was covered.
  std::chrono::milliseconds authority_lag{0};
};

/// The checkpoints of one server, as one client sees it.
class Safety {
 public:
  using Time = std::chrono::steady_clock::time_point;
  /// Answered checkpoints that are not safe yet are thinned out above this: a later one stands for the earlier ones.
  static constexpr std::size_t most_open_checkpoints = 512;

  explicit Safety(SafetyPolicy policy) : policy_(policy) {}

  /// The connection is up and the server is in this epoch (0: unknown). Questions from before get no answer any more.
  void connected(std::uint64_t epoch);

  std::uint64_t epoch() const { return epoch_; }

  /// A command is sent now. The number of the checkpoint that covers it: the next one that is asked.
  std::uint64_t sent();

  /// Nothing that was sent is unsafe, as far as this epoch can tell.
  bool settled() const { return epoch_ == 0 || safe_ >= last_sent_; }
  /// Whether to ask INFO replication: something is not covered yet.
  bool wants_checkpoint() const;
  /// The question is queued, behind all commands that were sent before.
  void ask();
  /// The next answer, in the order of the questions. `epoch` is what it says the server is in.
  void answered(std::uint64_t epoch, const Replication& replication, Time now);
  /// The next answer, where it says nothing: an error.
  void not_answered();

  /// Whether to ask the authority: a checkpoint is covered. None without an authority.
  bool wants_confirmation(Time now) const;
  /// The question goes out now. What comes back goes to confirmed() when the authority stands behind the server; a
  /// refusal goes nowhere.
  std::uint64_t ask_authority(Time now) const;
  /// The checkpoint is safe as soon as the server, asked after this, still is in `epoch`.
  void confirmed(std::uint64_t epoch, std::uint64_t checkpoint);

  /// Of epoch(); 0: none.
  std::uint64_t durable_checkpoint() const { return safe_; }
  /// The newest checkpoint asked; 0: none.
  std::uint64_t last_checkpoint() const { return asked_; }

 private:
  struct Checkpoint {
    std::uint64_t number;
    std::uint64_t offset;
    Time answered;
    std::optional<Time> covered{};
  };

  void start_epoch(std::uint64_t epoch);
  void thin_out();
  std::uint64_t covered_by(Time when) const;
  void make_safe(std::uint64_t checkpoint);

  const SafetyPolicy policy_;
  std::uint64_t epoch_ = 0;
  std::uint64_t asked_ = 0;
  std::uint64_t last_sent_ = 0;  ///< The newest checkpoint that a command needs.
  std::uint64_t safe_ = 0;
  std::uint64_t confirmed_ = 0;     ///< The newest checkpoint that the authority stood behind …
  std::uint64_t asked_before_ = 0;  ///< … when this was the newest checkpoint asked.
  std::deque<std::uint64_t> unanswered_;
  std::deque<Checkpoint> open_;      ///< Answered, not safe yet; by number.
  std::optional<Time> alone_since_;  ///< Since when every answer listed no replica.
};

}  // namespace cartd::redis
