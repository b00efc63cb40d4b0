// The changes of one cart that this process has taken on, in order, until no single fault can lose them: which of them
// goes to the store next, and what each answer means for the rest. Pure: the outbox does the I/O, and the simulation
// drives the same code through thousands of bad days.
//
// A change is *waiting* until the store has it, then *retained* until it is settled, because a failover may still undo
// it. A retained change that the store turns out to lack waits again, in its old place: so it goes before everything
// newer of its cart. The store helps to notice: with each attempt goes what the producers' applied sequences have to
// have reached, and where it has not, the store does nothing and answers Errc::rolled_back.
#pragma once

#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/decide.h"
#include "store/cart_store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <vector>

namespace cartd {

class CartQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// One change to send. `change` stays valid until the answer is reported.
  struct Attempt {
    CommandId command_id;
    const Change* change;
    std::vector<AppliedSequence> required;  ///< As in ApplyRequest.
    bool enforce_preconditions;             ///< As in ApplyRequest.
    std::optional<Time> since;              ///< As in accept().
  };

  /// What an answer to an attempt says.
  enum class Ending {
    applied,          ///< It took effect now; it left its applied sequence.
    found_there,      ///< It took effect before; its applied sequence is there.
    nothing_to_keep,  ///< It is done, and there is nothing that could be lost.
    refused,          ///< Judged and refused: it never happens.
    rolled_back,      ///< The store lacks earlier ones.
    not_sent,         ///< Surely not done.
    outcome_unknown,  ///< Perhaps done.
    key_taken,        ///< Surely not done: another command has taken its idempotency key. It goes on without.
  };

  /// Takes a change on, behind all others. `promised`: its client knows it as accepted, so it must take effect and is
  /// not judged again. `possibly_done`: an earlier process may have sent it; such changes come before all others.
  /// Command ids of one producer come in rising order. `since`: when this process took it on; nothing where an earlier
  /// one did.
  void accept(CommandId command_id, Change change, bool promised, bool possibly_done = false,
              std::optional<Time> since = std::nullopt);

  /// The next change to send, which is then under way until report(). Nothing while one is under way: what is refused
  /// could not be told from what was applied if a later one had moved the applied sequence.
  std::optional<Attempt> next();

  /// How the attempt under way ended; there has to be one. `place` counts where it was applied. A change that was
  /// promised meanwhile does not end with a refusal that judged it: it goes again, unjudged. Answers how many retained
  /// ones wait again.
  std::size_t report(Ending ending, WritePosition position);

  /// The client of a change that still waits is told that it may not count on it: it is not sent any more. Answers
  /// whether an attempt may have been done. Nothing happens to a change that is promised or not waiting.
  bool withdraw(CommandId command_id);

  /// A change that waits is acknowledged without the store's word.
  void promise(CommandId command_id);

  /// What is known of a change whose client still waits.
  enum class Standing { gone, surely_not_done, perhaps_done };
  Standing standing(CommandId command_id) const;

  /// Takes a waiting change out for good.
  std::optional<Change> take(CommandId command_id);

  /// `epoch` answers for the cart now: what was applied when another one did waits again. Answers how many.
  std::size_t moved_to(std::uint64_t epoch);

  /// The store showed the cart, with `applied sequences`. What is retained and missing there waits again.
  /// Answers how many.
  std::size_t shown(const std::vector<AppliedSequence>& applied_sequences);

  /// Lets go of the oldest changes as far as they are safe: applied in `epoch` in checkpoints up to
  /// `durable_checkpoint`.
  std::vector<CommandId> settle(std::uint64_t epoch, std::uint64_t durable_checkpoint);

  /// What was applied in `epoch` stands behind something that was applied in another one, and is not let go of before
  /// that.
  bool is_held_up(std::uint64_t epoch) const;

  /// Lets go of the oldest change although a fault could still lose it. Nothing when the oldest is not retained.
  std::optional<CommandId> drop_oldest_retained();

  bool empty() const { return waiting_.empty() && retained_.empty(); }
  /// Changes that the store may not have.
  std::size_t waiting() const { return waiting_.size(); }
  /// Changes that the store has and may lose.
  std::size_t retained() const { return retained_.size(); }
  /// True while a promised change waits: the store is behind what clients know.
  bool owes() const;
  bool is_promised(CommandId command_id) const;
  /// A change that waits again: the store had it, and may have lost it.
  bool is_resent(CommandId command_id) const;
  /// The oldest change that waits.
  std::optional<CommandId> oldest_waiting() const;
  /// The epoch that answered for the cart when the newest retained change was applied.
  std::optional<std::uint64_t> owner() const;

  /// Calls `visit` with each promised change that the store may not have, and its command id; oldest first.
  template <class Visit>
  void for_each_promised(Visit visit) const {
    for (const Waiting& entry : waiting_)
      if (entry.promised) visit(entry.change, entry.command_id);
  }

 private:
  struct Waiting {
    std::uint64_t
        number;  ///< In the order of accept(). Command ids of different producers say nothing of that: clocks jump.
    CommandId command_id;
    Change change;
    bool promised;
    std::optional<Time> since{};
    bool possibly_done = false;
    bool withdrawn = false;
    bool resent = false;  ///< It was retained before.
  };
  struct Retained {
    std::uint64_t number;
    CommandId command_id;
    Change change;
    std::optional<Time> since;
    WritePosition position;
  };
  struct RetainedOfProducer {
    std::size_t count = 0;
    std::uint64_t newest = 0;  ///< By number.
    std::uint64_t newest_sequence = 0;
  };
  using WaitingList = std::deque<Waiting>;
  using RetainedList = std::deque<Retained>;

  WaitingList::iterator find(CommandId command_id);
  WaitingList::const_iterator find(CommandId command_id) const;
  std::vector<AppliedSequence> retained_before(std::uint64_t number) const;
  void wait_again(Retained entry);
  template <class Stays>
  std::size_t keep_retained(Stays stays);
  void retain(Waiting entry, WritePosition position);
  void keep(RetainedList::const_iterator behind, Retained entry);
  void count(std::uint64_t owner, std::ptrdiff_t more);
  void forget_oldest_retained();

  WaitingList
      waiting_;  ///< By number: what waits again stands before what is newer, what was sent before what was not.
  RetainedList retained_;  ///< By number.
  std::uint64_t last_number_ = 0;
  std::map<std::uint64_t, std::size_t> owners_;         ///< How many are retained under each: almost always one.
  std::map<ProducerId, RetainedOfProducer> producers_;  ///< What is retained of each: almost always one.
  std::optional<CommandId> under_way_;
  bool enforcing_ = false;  ///< The attempt under way is judged.
};

}  // namespace cartd
