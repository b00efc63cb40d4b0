#include "outbox/core/outbox_core.h"

#include "outbox/core/changing.h"
#include "runtime/defect.h"
#include "store/footprint.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace cartd {

using namespace outbox;

namespace {

// Its place in the hash map, and in the list of those that are sent again.
std::size_t bytes_of_cart(const CartId& id) {
  constexpr std::size_t bucket = 2 * sizeof(void*);
  return allocated(sizeof(void*) + sizeof(CartId) + sizeof(ActiveCart)) + bucket + sizeof(CartId) +
         2 * heap_bytes_of_copy(id);
}

}  // namespace

OutboxCore::OutboxCore(StoreView& store, Producer producer, const Policy& policy, bool has_journal,
                       const OutboxOptions& options)
    : store_(store), producer_(producer), policy_(policy), has_journal_(has_journal), options_(options) {}

void OutboxCore::submit(Submission submission, Instant now) {
  // Before anything is done: what the store has and the disk has not could not be acknowledged.
  if (submission.refusal) return act(CompleteChange{submission.request, std::move(*submission.refusal)});
  const CartId id = submission.cart;
  Request request{submission.request, std::move(submission.cart), submission.answer, submission.deadline,
                  is_judged_by_store(submission.change)};
  take_on(std::move(request), std::move(submission.change), now);
  finish(id, now);
}

void OutboxCore::retry(RequestId request, DeadLetter letter, ProducerId producer, Deadline deadline, Instant now) {
  const CommandId command_id = Producer(producer).next(now.wall);
  JournalRecord renewed{command_id, letter.record.cart, std::move(letter.record.change), true};
  renewed.change.expected_version.reset();
  retries_.emplace(command_id, Retry{request, renewed.cart, renewed.change});
  deadlines_.add(deadline, command_id);
  act(Revive{letter.record.command_id, std::move(renewed)});
}

void OutboxCore::revived(CommandId renewed, Result<void> result, Instant now) {
  const auto found = retries_.find(renewed);
  if (found == retries_.end()) return;
  Retry retry = std::move(found->second);
  retries_.erase(found);
  if (result) {
    ActiveCart& cart = active(retry.cart);
    changing(cart, [&](CartQueue& queue) { queue.accept(renewed, std::move(retry.change), true, false, now.steady); });
    cart.view.reset();
    put_on_list(retry.cart, cart);
  }
  if (!retry.is_answered) act(CompleteRetry{retry.id, std::move(result)});
}

template <class T, class Resume>
void OutboxCore::go_on_with_group(const CartId& id, Result<T> result, Resume resume, Instant now) {
  const auto found = active_.find(id);
  if (found == active_.end() || !found->second.sending) return;
  ActiveCart& cart = found->second;
  if (result) cart.view.reset();
  carry_on(id, cart, resume(cart.sending->execution, std::move(result)), now);
  finish(id, now);
}

void OutboxCore::loaded(const CartId& id, Result<Loaded> result, Instant now) {
  const auto resume = [now](Execution& group, Result<Loaded> its) {
    return group.loaded(std::move(its), now.wall_ms());
  };
  go_on_with_group(id, std::move(result), resume, now);
}

void OutboxCore::committed(const CartId& id, Result<Committed> result, Instant now) {
  const auto resume = [now](Execution& group, Result<Committed> its) {
    const bool is_late = now.steady >= group.group().deadline;
    return group.committed(std::move(its), now.wall_ms(), is_late);
  };
  go_on_with_group(id, std::move(result), resume, now);
}

void OutboxCore::added(const CartId& id, Result<Added> result, Instant now) {
  const auto resume = [now](Execution& group, Result<Added> its) { return group.added(std::move(its), now.wall_ms()); };
  go_on_with_group(id, std::move(result), resume, now);
}

void OutboxCore::recover(std::vector<JournalRecord> records, Instant) {
  figures_.recovered += records.size();
  std::sort(records.begin(), records.end(), [](const JournalRecord& a, const JournalRecord& b) {
    return std::tie(a.command_id.sequence, a.command_id.producer) <
           std::tie(b.command_id.sequence, b.command_id.producer);
  });
  if (!records.empty()) producer_.begin_after(records.back().command_id.sequence);
  for (JournalRecord& record : records) {
    ActiveCart& cart = active(record.cart);
    // Its client may know it as accepted, though a power cut has taken the note of that. Only one that expected a
    // version must not be done without it: whether that was told nobody knows.
    const bool acknowledged = record.accepted || !is_judged_by_store(record.change);
    changing(cart,
             [&](CartQueue& queue) { queue.accept(record.command_id, std::move(record.change), acknowledged, true); });
    put_on_list(record.cart, cart);
  }
}

void OutboxCore::drop_producers(std::vector<ProducerId> dead) {
  dead_producers_ = dead.empty() ? nullptr : std::make_shared<const std::vector<ProducerId>>(std::move(dead));
}

void OutboxCore::start(Instant now) { maintained_next_ = now.steady; }

void OutboxCore::stop() {
  is_stopped_ = true;
  maintained_next_.reset();
}

std::chrono::milliseconds OutboxCore::oldest_pending(Instant now) const {
  const auto oldest = ages_.oldest();
  if (!oldest) return std::chrono::milliseconds(0);
  const auto age = now.wall.time_since_epoch() - std::chrono::seconds(*oldest + 1);
  return std::max(std::chrono::milliseconds(0), std::chrono::duration_cast<std::chrono::milliseconds>(age));
}

bool OutboxCore::has_unapplied_acknowledgements() const {
  return !replays_.empty() || std::any_of(active_.begin(), active_.end(), [](const auto& entry) {
    return entry.second.queue.has_unapplied_acknowledgements();
  });
}

void OutboxCore::count_age(ActiveCart& cart) {
  const CartQueue::Entry* const oldest = cart.queue.oldest_waiting();
  const auto since = oldest ? std::optional(PendingAges::second_of(oldest->command_id.sequence)) : std::nullopt;
  ages_.move(std::exchange(cart.pending_since, since), since);
}

void OutboxCore::put_on_list(const CartId& id, ActiveCart& cart) {
  count_age(cart);
  if (std::exchange(cart.is_listed, true)) return;
  replays_.add(id);
}

// After everything that may have moved a cart on.
void OutboxCore::finish(const CartId& id, Instant now) {
  if (const auto found = active_.find(id); found != active_.end()) {
    ActiveCart& cart = found->second;
    if (cart.paused_until && cart.queue.waiting() == 0) {
      cart.paused_until.reset();
      end_sending(cart, true);
    }
    if (!cart.readers.empty()) wake_readers(id, cart, now);
  }
  drop_if_done(id);
  make_room();
  while (replay_credits_ > 0) {
    --replay_credits_;
    replay_next(now);
  }
}

void OutboxCore::drop_if_done(const CartId& id) {
  const auto found = active_.find(id);
  if (found == active_.end() || !found->second.is_done()) return;
  count_age(found->second);
  cart_bytes_ -= bytes_of_cart(id);
  active_.erase(found);
  if (active_.empty())
    ensure(cart_bytes_ == 0 && queue_bytes_ == 0 && view_bytes_ == 0, "where there is no cart, none is counted");
}

ActiveCart& OutboxCore::active(const CartId& id) {
  const auto [entry, is_new] = active_.try_emplace(id);
  if (is_new) cart_bytes_ += bytes_of_cart(id);
  return entry->second;
}

OutboxFigures OutboxCore::figures() const {
  OutboxFigures figures = figures_;
  figures.memory = memory();
  return figures;
}

std::size_t OutboxCore::memory() const {
  const std::size_t in_journal = has_journal_ ? figures_.pending + figures_.unconfirmed : 0;
  return cart_bytes_ + queue_bytes_ + view_bytes_ + unconfirmed_.bytes() + in_journal * Journal::index_bytes;
}

// Nothing acknowledged is let go of where a journal has it; without one, what the store has goes before changes are
// refused.
void OutboxCore::make_room() {
  while (!has_journal_ && memory() > options_.max_memory - options_.max_memory / 16) {
    const auto id = unconfirmed_.drop_oldest();
    if (!id) return;
    const auto found = active_.find(*id);
    if (found == active_.end()) continue;
    if (changing(found->second, [](CartQueue& queue) { return queue.drop_oldest_unconfirmed(); })) ++figures_.dropped;
    drop_if_done(*id);
  }
}

void OutboxCore::keep_dead_letter(JournalRecord record, std::string reason, Instant now) {
  ++figures_.dead_letters;
  act(KeepDeadLetter{std::move(record), std::move(reason), now.wall_ms()});
}

}  // namespace cartd
