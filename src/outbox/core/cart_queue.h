// The changes of one cart that this process has taken on, in order, until no single fault can lose them: which of them
// go to the store next, and what each answer means for the rest.
//
// A change is *waiting* until the store has it, then *unconfirmed* until it is durable, because a failover may still
// undo it. An unconfirmed change that the store turns out to lack waits again, in its old place: so it goes before
// everything newer of its cart. While nobody is about to send a change, it is kept as bytes (kept_change.h). The store
// helps to notice: with each attempt goes what the sequences of the record have to have reached, and where they have
// not, nothing is done and the answer is Errc::rolled_back.
#pragma once

#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/decide.h"
#include "outbox/core/kept_change.h"
#include "store/cart_store.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <list>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cartd {

class CartQueue {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// One change to send. `change` stays valid until the answer is reported.
  struct Attempt {
    CommandId command_id;
    const Change* change;
    std::vector<AppliedSequence> required;  ///< As in ApplyContext.
    bool enforce_preconditions;             ///< As in ApplyContext.
    std::optional<Time> since;              ///< As in accept().
  };

  /// The most that goes together; a single change goes in any case.
  struct Bounds {
    std::size_t commands = 64;
    std::size_t bytes = 256 * 1024;
  };

  /// The outcome that an answer to an attempt reports.
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

  /// Takes a change on, behind all others. `acknowledged`: its client knows it as accepted, so it must take effect and
  /// is not judged again. `possibly_done`: an earlier process may have sent it; such changes come before all others.
  /// Command ids of one producer come in rising order. `since`: when this process took it on; nothing where an earlier
  /// one did.
  void accept(CommandId command_id, Change change, bool acknowledged, bool possibly_done = false,
              std::optional<Time> since = std::nullopt);

  /// The next changes to send, which are then under way until each was reported; the oldest first. None while others
  /// are under way: what is refused could not be told from what was applied if a later one had moved the sequence. They
  /// end before one that is not `wanted`; the first one is not asked for. Behind one that goes again because its
  /// outcome is unknown, none goes for the first time whose client still waits: such a client is told that its change
  /// was surely not done, if it comes to that.
  template <class Wanted>
  std::vector<Attempt> next(const Bounds& bounds, Wanted wanted) {
    std::vector<Attempt> attempts;
    if (under_way_ > 0) return attempts;
    std::size_t bytes = 0;
    for (Entry& entry : waiting_) {
      bytes += entry.weight;
      const bool is_full = attempts.size() == bounds.commands || bytes > bounds.bytes;
      const bool would_be_drawn_in = waiting_.front().possibly_done && !entry.possibly_done && !entry.acknowledged;
      if (!attempts.empty() && (is_full || would_be_drawn_in || !wanted(entry))) break;
      attempts.push_back(begin_attempt(entry));
    }
    return attempts;
  }
  std::vector<Attempt> next(const Bounds& bounds) {
    return next(bounds, [](const auto&) { return true; });
  }

  /// How the attempt at one that is under way ended. `position` counts where it was applied. A change that was
  /// acknowledged meanwhile does not end with a refusal that judged it: it goes again, unjudged. Answers how many
  /// unconfirmed ones wait again.
  std::size_t report(CommandId command_id, Ending ending, WritePosition position);

  /// The client of a change that still waits is told that it may not count on it: it is not sent any more. Answers
  /// whether an attempt may have been done. Nothing happens to a change that is acknowledged or not waiting.
  bool withdraw(CommandId command_id);

  /// A change that waits is acknowledged without the store's word.
  void acknowledge(CommandId command_id);

  /// The state of a change whose client still waits.
  enum class Standing { gone, surely_not_done, perhaps_done };
  Standing standing(CommandId command_id) const;

  /// Takes a waiting change out for good; not one that is under way.
  std::optional<Change> take(CommandId command_id);

  /// `epoch` answers for the cart now: what was applied when another one did waits again. Answers how many.
  std::size_t moved_to(std::uint64_t epoch);

  /// The store showed the cart, with `applied sequences`. What is unconfirmed and missing there waits again. Answers
  /// how many.
  std::size_t shown(const std::vector<AppliedSequence>& applied_sequences);

  /// Lets go of the oldest changes as far as they are durable: applied in `epoch` in checkpoints up to
  /// `durable_checkpoint`.
  std::vector<CommandId> release(std::uint64_t epoch, std::uint64_t durable_checkpoint);

  /// A change applied in `epoch` stands behind one that was applied in another epoch, and is not released before
  /// that.
  bool is_held_up(std::uint64_t epoch) const;

  /// Lets go of the oldest change although a fault could still lose it. Nothing when the oldest is not unconfirmed.
  std::optional<CommandId> drop_oldest_unconfirmed();

  bool empty() const { return waiting_.empty() && unconfirmed_.empty(); }
  /// Changes that the store may not have.
  std::size_t waiting() const { return waiting_.size(); }
  /// Of these, changes whose clients have their answer.
  std::size_t acknowledged() const { return waiting_.size() - unacknowledged_; }
  /// Changes that the store has and may lose.
  std::size_t unconfirmed() const { return unconfirmed_.size(); }
  /// What all of them take of the heap.
  std::size_t bytes() const { return bytes_; }
  /// True while an acknowledged change waits: the store is behind what clients know.
  bool has_unapplied_acknowledgements() const { return acknowledged() > 0; }
  bool is_acknowledged(CommandId command_id) const;
  bool is_under_way(CommandId command_id) const;
  /// A change that waits again: the store had it, and may have lost it.
  bool is_resent(CommandId command_id) const;

  struct Entry {
    /// In the order of accept(). Command ids of different producers say nothing of that: clocks jump.
    std::uint64_t number;
    CommandId command_id;
    KeptChange change;
    Time since;                ///< As in accept(); Time::min(): an earlier process took it on.
    WritePosition position{};  ///< Of an unconfirmed one.
    std::uint32_t weight;      ///< The bytes that it adds to a request to the store, roughly.
    bool acknowledged : 1;
    bool possibly_done : 1;
    bool withdrawn : 1 = false;
    bool resent : 1 = false;     ///< It was unconfirmed before.
    bool under_way : 1 = false;  ///< An attempt at it is …
    bool judging : 1 = false;    ///< … and judges it.
  };

  /// The oldest change that waits; null when none does.
  const Entry* oldest_waiting() const { return waiting_.empty() ? nullptr : &waiting_.front(); }
  /// The epoch that answered for the cart when the newest unconfirmed change was applied.
  std::optional<std::uint64_t> owner() const;

  /// Calls `visit` with each entry that waits; oldest first.
  template <class Visit>
  void for_each_waiting(Visit visit) const {
    for (const Entry& entry : waiting_) visit(entry);
  }
  /// The same of those that are not acknowledged. They mostly stand at the end, however many others there are.
  template <class Visit>
  void for_each_unacknowledged(Visit visit) const {
    auto first = waiting_.end();
    std::size_t left = unacknowledged_;
    while (left > 0)
      if (!(--first)->acknowledged) --left;
    for (; first != waiting_.end(); ++first)
      if (!first->acknowledged) visit(*first);
  }

 private:
  struct UnconfirmedOfProducer {
    ProducerId producer;
    std::size_t count = 0;
    std::uint64_t newest = 0;  ///< By number.
    std::uint64_t newest_sequence = 0;
  };
  struct UnconfirmedOfOwner {
    std::uint64_t owner;
    std::size_t count = 0;
  };
  /// How many unconfirmed changes are of each owner, and of each producer.
  struct Mixture {
    std::vector<UnconfirmedOfOwner> owners{};
    std::vector<UnconfirmedOfProducer> producers{};

    void add(const Entry& entry);
    void remove(const Entry& entry);
    void move(std::uint64_t from_owner, std::uint64_t to_owner);

   private:
    void count(std::uint64_t owner, std::ptrdiff_t more);
  };
  using Entries = std::list<Entry>;

  Attempt begin_attempt(Entry& entry);
  void end_attempt(Entry& entry);
  void set_acknowledged(Entry& entry);
  template <class List>
  static auto find_in(List& waiting, CommandId command_id);
  Entries::iterator find(CommandId command_id);
  Entries::const_iterator find(CommandId command_id) const;
  std::vector<AppliedSequence> unconfirmed_before(std::uint64_t number) const;
  /// Does `what` to the change of an entry, which may take less or more then.
  template <class What>
  decltype(auto) with_change(Entry& entry, What what);
  void drop(Entries& from, Entries::iterator entry);
  template <class Stays>
  std::size_t keep_unconfirmed(Stays stays);
  void take_over(Entries::iterator entry, WritePosition position);
  void keep(Entries& from, Entries::iterator entry);
  void release_oldest();
  bool is_uniform_with(const Entry& entry) const;
  Mixture& mixture();
  template <class Visit>
  void for_each_producer(Visit visit) const;

  Entries waiting_;  ///< By number: what waits again stands before what is newer, what was sent before what was not.
  Entries unconfirmed_;  ///< By number.
  std::uint64_t last_number_ = 0;
  std::size_t unacknowledged_ = 0;  ///< Of those that wait.
  std::size_t under_way_ = 0;
  std::size_t bytes_ = 0;
  /// While unconfirmed changes are of several owners or producers, which is rare. Otherwise the newest tells all.
  std::unique_ptr<Mixture> mixture_;
};

}  // namespace cartd
