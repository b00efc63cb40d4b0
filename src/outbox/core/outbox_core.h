// The one way a change takes to the store, on good days and bad, as decisions alone: no I/O, no clock, no threads. It
// is told what happened and at what time, and answers with actions (outbox/core/actions.h) that somebody else carries
// out: the driver (outbox/outbox.h) with a real store and a real disk, tests and the simulation with their own.
//
// A change gets its command id, waits for the changes of its cart that came before, and goes to the store with all that
// wait then as one group. It goes again with the same command id while its outcome is unknown; and when the store has
// it, it is kept until no single fault can undo it, to be sent again where one did.
//
// With a journal every change is on disk before it is acknowledged, and while the store is away it is acknowledged from
// there. Without one, OutboxOptions::memory_while_away has it acknowledged from memory then, by the same steps; else
// nothing is acknowledged that the store does not have.
//
// How to drive it: call an input, then carry out all of take_actions() in their order (where one is answered at once,
// what that comes to stands in the next take_actions()), then see to it that tick() is called at wake_at(), which any
// input may have moved. The steady clock must not go back.
//
// Threads: belongs to one event loop and serves the carts whose home that is.
#pragma once

#include "domain/limits.h"
#include "outbox/core/actions.h"
#include "outbox/core/active_cart.h"
#include "outbox/core/alarms.h"
#include "outbox/core/answers.h"
#include "outbox/core/figures.h"
#include "outbox/core/instant.h"
#include "outbox/core/pending_ages.h"
#include "outbox/core/producer.h"
#include "outbox/core/replay_schedule.h"
#include "outbox/core/request.h"
#include "outbox/core/retry.h"
#include "outbox/core/unconfirmed.h"
#include "store/cart_store.h"
#include "store/execute.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace cartd {

struct OutboxOptions {
  /// Bytes, as OutboxFigures::memory counts them. Without a journal the oldest unconfirmed changes are let go of before
  /// it is reached; with one nothing is, and whoever drives the core submits no more.
  std::size_t max_memory = std::size_t{64} << 20;
  std::chrono::milliseconds attempt{200};       ///< How long an attempt of a change may take that nobody waits for.
  std::chrono::milliseconds retention{10'000};  ///< How long a change is kept whose epoch the store does not tell.
  std::chrono::milliseconds tick{50};           ///< How often it looks for what is durable or can be sent again.
  /// Without a journal: while the store is away, changes are acknowledged from memory. They are lost with the process.
  bool memory_while_away = false;
};

class OutboxCore {
 public:
  /// The core asks `store` without waiting. It and `policy` outlive the core.
  OutboxCore(StoreView& store, Producer producer, const Policy& policy, bool has_journal, const OutboxOptions& options);

  struct Submission {
    RequestId request;
    CartId cart;
    Change change;  ///< Valid by validate().
    Answer answer;
    Deadline deadline;
    std::optional<Error> refusal;  ///< Why no change is taken now, by the journal or for lack of memory.
  };

  // --- Requests: each is completed once, by the action Complete… ---

  /// Applies the change, in the order of the calls for one cart. Errc::unavailable: it was never sent.
  /// Errc::outcome_unknown: it was sent, and no answer came by the deadline; or it may be in the journal and be found
  /// there by the next process. Errc::degraded: it needs the store, which is away, and changes that do not are
  /// acknowledged. Errc::journal_full,
  /// Errc::journal_stalled, Errc::journal_failed: what the journal said. The journal is waited for beyond the deadline.
  /// Submission::refusal: that, and nothing was begun.
  void submit(Submission submission, Instant now);
  /// The cart; never behind what this process has acknowledged.
  void find(RequestId request, CartId cart, Deadline deadline, Instant now);
  /// Sends a dead letter again, under a new command id in `producer`, which is used for nothing else: other changes of
  /// the cart may come, and be done, while the disk is waited for. Errc::outcome_unknown at `deadline`: the disk does
  /// not answer; when it does, the letter is taken on, or stays a letter.
  void retry(RequestId request, DeadLetter letter, ProducerId producer, Deadline deadline, Instant now);

  // --- What came of actions ---

  void loaded(const CartId& cart, Result<Loaded> result, Instant now);        ///< LoadCart
  void committed(const CartId& cart, Result<Committed> result, Instant now);  ///< CommitCart
  void added(const CartId& cart, Result<Added> result, Instant now);          ///< AddToCart
  void read(const outbox::ReadCart& action, Result<Loaded> result, Instant now);
  void appended(CommandId command_id, Result<void> result, Instant now);
  void accepted(CommandId command_id, Result<void> result, Instant now);
  void released(CommandId command_id, Result<void> result, Instant now);  ///< ReleaseNow
  void revived(CommandId renewed, Result<void> result, Instant now);

  // --- The rest of the world ---

  /// Takes over what an earlier process left in the journal. Before start().
  void recover(std::vector<JournalRecord> records, Instant now);
  /// Producers of earlier processes of which nothing is left that could reach a store, in order: as
  /// Journal::dead_producers(). Their applied sequences leave the records of carts that are changed from now on.
  void drop_producers(std::vector<ProducerId> dead);
  /// From now on what is not durable is looked after, every OutboxOptions::tick.
  void start(Instant now);
  /// Nothing is begun any more.
  void stop();
  /// Time has passed: deadlines, pauses, and what is due every OutboxOptions::tick. May be called at any time.
  void tick(Instant now);
  /// Something may have moved that StoreView tells: an epoch, a durable checkpoint, whether the store serves a cart.
  /// tick() looks for that too; this is only sooner.
  void store_moved(Instant now);

  // --- Outputs ---

  /// The actions to carry out, in this order; empty afterwards. `into` is empty, and its room is used again.
  void take_actions(std::vector<outbox::Action>& into) { into.swap(actions_); }
  /// When tick() is to be called at the latest; nothing: only after another input.
  std::optional<SteadyTime> wake_at();
  OutboxFigures figures() const;
  /// How long ago the oldest change was given its id that the store may not have; 0: there is none.
  std::chrono::milliseconds oldest_pending(Instant now) const;
  /// The store may lack something that was acknowledged. Looks at all carts.
  bool has_unapplied_acknowledgements() const;
  /// Nothing is under way, waits, or is unconfirmed.
  bool is_idle() const { return active_.empty() && requests_.empty() && retries_.empty(); }

 private:
  using Requests = std::unordered_map<CommandId, outbox::Request, outbox::CommandIdHash>;
  using ActiveCart = outbox::ActiveCart;
  using Step = Execution::Step;

  // Carts and their queues: outbox_core.cpp.
  template <class What>
  auto changing(ActiveCart& cart, What what);
  ActiveCart& active(const CartId& id);
  template <class T, class Resume>
  void go_on_with_group(const CartId& id, Result<T> result, Resume resume, Instant now);
  void count_age(ActiveCart& cart);
  void put_on_list(const CartId& id, ActiveCart& cart);
  void finish(const CartId& id, Instant now);
  void drop_if_done(const CartId& id);
  std::size_t memory() const;
  void make_room();
  void keep_dead_letter(JournalRecord record, std::string reason, Instant now);
  void act(outbox::Action action) { actions_.push_back(std::move(action)); }

  // Maintenance without a caller: maintenance.cpp.
  void on_deadline(CommandId command_id, Instant now);
  void on_cart_alarm(const CartId& id, Instant now);
  void maintain(Instant now);
  void replay_next(Instant now);
  bool is_due(const CartId& id, Instant now) const;

  // Groups on their way to the store: sending.cpp.
  void send(const CartId& id, ActiveCart& cart, Instant now);
  void carry_on(const CartId& id, ActiveCart& cart, Step step, Instant now);
  std::optional<Step> begin_group(const CartId& id, ActiveCart& cart, Instant now);
  bool is_too_old(const CartQueue::Entry& entry, Instant now) const;
  bool on_group_end(const CartId& id, ActiveCart& cart, Instant now);
  void note_unclear(CommandId command_id, std::uint64_t epoch);
  Verdict on_answer(const CartId& id, ActiveCart& cart, const CartQueue::Attempt& attempt, Result<CommandAnswer> answer,
                    const GroupResult& group, Deadline deadline, Instant now);
  CartQueue::Ending ending_of_acknowledged(const CartId& id, ActiveCart& cart, const CartQueue::Attempt& attempt,
                                           const Error& error, Instant now);
  CartQueue::Ending on_effect(const CartId& id, ActiveCart& cart, const CartQueue::Attempt& attempt, Effect effect,
                              WritePosition position, CartQueue::Ending ending, Instant now);
  void dismiss(ActiveCart& cart, const std::string* why_away, Instant now);
  bool goes_on(const CartId& id, ActiveCart& cart, Verdict verdict, std::size_t waited, Instant now);
  bool is_awaited(const ActiveCart& cart) const;
  void end_sending(ActiveCart& cart, bool got_on);

  // A request and the journal: requests.cpp.
  void take_on(outbox::Request request, Change change, Instant now);
  void submit_to_store(outbox::Request request, Change change, Instant now);
  void keep(outbox::Request request, Change change, Instant now);
  void on_store_answer(Requests::iterator request, Result<CommandAnswer> answer, bool left_no_trace);
  void leave_store(Requests::iterator request, Instant now);
  void answer(Requests::iterator request);
  void acknowledge(Requests::iterator request, Instant now);
  void give_up(Requests::iterator request);
  void withhold(Requests::iterator request, Result<Acknowledged> result);
  void take_back(Requests::iterator request);
  void on_kept(Requests::iterator request, const Result<void>& durable, Instant now);
  void complete(Requests::iterator request, Result<Acknowledged> result);

  // Reading: reading.cpp.
  void read_or_wait(RequestId request, const CartId& id, Deadline deadline, Instant now);
  void take_reading(const outbox::ReadCart& action, Result<Loaded> result, Instant now);
  void read_from_view(RequestId request, const CartId& id, Instant now);
  void wake_readers(const CartId& id, ActiveCart& cart, Instant now);
  bool is_behind(const CartId& id, Instant now);
  CartRecord view(const CartId& id, ActiveCart& cart, Instant now);
  void keep_view(ActiveCart& cart, const CartRecord& record);
  Knowledge without_store(const CartId& id) const;
  /// Changes are acknowledged while the store is away.
  bool acknowledges_while_away() const { return has_journal_ || options_.memory_while_away; }

  StoreView& store_;
  Producer producer_;
  const Policy& policy_;
  const bool has_journal_;
  const OutboxOptions options_;

  std::vector<outbox::Action> actions_{};
  std::size_t cart_bytes_ = 0;   ///< Of the active carts, without their queues and views.
  std::size_t queue_bytes_ = 0;  ///< Of their queues.
  std::size_t view_bytes_ = 0;   ///< Of their views.
  std::shared_ptr<const std::vector<ProducerId>> dead_producers_{};  ///< Null when none is known.
  std::unordered_map<CartId, ActiveCart> active_{};
  Requests requests_{};
  std::unordered_map<CommandId, outbox::Retry, outbox::CommandIdHash> retries_{};
  outbox::Unconfirmed unconfirmed_{};
  outbox::ReplaySchedule replays_{};
  std::size_t readers_ = 0;                ///< Who wait in any cart.
  std::size_t replay_credits_ = 0;         ///< Carts that may be begun with at once.
  outbox::Alarms<CommandId> deadlines_{};  ///< Of requests and retries.
  outbox::Alarms<CartId> cart_alarms_{};   ///< Pauses, and deadlines of readers.
  std::optional<SteadyTime> maintained_next_{};
  PendingAges ages_{};
  OutboxFigures figures_{};
  bool is_stopped_ = false;
};

}  // namespace cartd
