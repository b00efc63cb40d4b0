// What nobody waits for: letting go of what is safe, sending again what may be lost, taking over what was left behind.
#include "outbox/outbox_impl.h"
#include "runtime/scope_exit.h"
#include "runtime/spawn.h"

#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

namespace cartd {

namespace asio = boost::asio;
using namespace outbox;

namespace {

using namespace std::chrono_literals;

// Carts that are brought up to date at the same time: enough to fill the link, few beside the requests of the day.
constexpr std::size_t most_replays = 64;

// The same while none of them gets on.
constexpr std::size_t most_trials = 4;

// Carts looked at in a row that cannot be sent yet.
constexpr std::size_t most_looks = 100;

}  // namespace

void Outbox::Impl::start() { spawn(executor_, "maintain the outbox", look_after(shared_from_this())); }

void Outbox::Impl::list(const CartId& id, Busy& busy) {
  count_age(busy);
  if (busy.listed) return;
  busy.listed = true;
  to_replay_.push_back(id);
}

asio::awaitable<void> Outbox::Impl::replay_listed(std::shared_ptr<Impl> self) {
  ++self->replays_;
  const ScopeExit one_less([self] { --self->replays_; });
  for (std::size_t looks = 0; looks < most_looks && !self->to_replay_.empty() && !self->stopped_;) {
    const CartId id = std::move(self->to_replay_.front());
    self->to_replay_.pop_front();
    const auto found = self->busy_.find(id);
    if (found == self->busy_.end()) continue;
    Busy& busy = found->second;
    busy.listed = false;
    if (busy.queue.waiting() == 0 || busy.driven) {
      self->forget_if_done(id);
    } else if (self->is_due(id)) {
      co_await replay(self, id);
      // A server that is there and refuses has to be left alone for a while.
      if (const auto still = self->busy_.find(id); still != self->busy_.end() && still->second.listed) break;
    } else {
      self->list(id, busy);
      ++looks;
    }
  }
}

void Outbox::Impl::start_replays() {
  // As long as no cart gets on, only a few are tried, less and less often: whatever is wrong is not theirs alone.
  if (SteadyClock::now() < replays_rest_until_) return;
  const std::size_t wanted = std::min(fruitless_ > 0 ? most_trials : most_replays, to_replay_.size());
  const std::size_t looks = std::min(most_looks, to_replay_.size());
  const auto end = to_replay_.begin() + static_cast<std::ptrdiff_t>(looks);
  if (std::none_of(to_replay_.begin(), end, [&](const CartId& id) { return is_due(id); })) {
    // None of these can be sent yet; the next tick looks at others.
    std::rotate(to_replay_.begin(), end, to_replay_.end());
    return;
  }
  if (replays_ >= wanted) return;
  replays_rest_until_ = SteadyClock::now() + (fruitless_ > 0 ? rest_after(fruitless_) : 0ms);
  for (std::size_t i = replays_; i < wanted; ++i)
    spawn(executor_, "send listed carts' changes again", replay_listed(shared_from_this()));
}

asio::awaitable<void> Outbox::Impl::look_after(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    for (auto& [epoch, kept] : self->kept_) self->settle(epoch, kept);
    std::erase_if(self->kept_, [](const auto& entry) { return entry.second.empty(); });
    if (!self->journal_) self->forget_beyond_bound();
    if (!self->to_replay_.empty()) self->start_replays();
    self->metrics_.publish(self.get(), self->oldest_pending());
    if (self->metrics_.waits_for_delivery(self.get())) self->metrics_.publish_owing(self.get(), self->owes());
    if (self->journal_) self->metrics_.publish(self->journal_->figures());
    self->tick_.expires_after(self->options_.tick);
    co_await wait_for(self->tick_);
  }
}

// Lets go of what is safe; what was applied in an epoch that has ended is sent again.
void Outbox::Impl::settle(std::uint64_t epoch, std::deque<Kept>& kept) {
  // Where the store does not tell which epoch it is in, time has to do.
  const auto long_ago = SteadyClock::now() - options_.retention;
  const std::uint64_t safe = epoch == 0 ? std::numeric_limits<std::uint64_t>::max() : store_.durable_checkpoint(epoch);
  const auto is_safe = [&](const Kept& one) { return epoch == 0 ? one.since <= long_ago : one.checkpoint <= safe; };
  const auto ended = [&](const Kept& one) {
    const std::uint64_t now = store_.epoch_of(one.cart);
    return now != 0 && now != one.owner;
  };
  // The oldest speaks for all: what a failover takes over, it takes over together. Where single slots move, each is
  // asked when its turn comes.
  const bool all = !kept.empty() && ended(kept.front());
  std::deque<Kept> stay;
  while (!kept.empty() && (all || is_safe(kept.front()))) {
    Kept one = std::move(kept.front());
    kept.pop_front();
    const auto found = busy_.find(one.cart);
    if (found == busy_.end()) {
      --kept_count_;
      continue;
    }
    Busy& busy = found->second;
    if (ended(one)) {
      --kept_count_;
      const std::size_t again =
          changing(busy, [&](CartQueue& queue) { return queue.moved_to(store_.epoch_of(one.cart)); });
      metrics_.count_resent(again);
      if (busy.queue.waiting() > 0) list(one.cart, busy);
    } else if (is_safe(one) && store_.epoch_of(one.cart) == one.owner) {
      const std::vector<CommandId> settled =
          changing(busy, [&](CartQueue& queue) { return queue.settle(epoch, safe); });
      if (journal_ && !settled.empty()) journal_->forget(settled);
      if (busy.queue.is_held_up(epoch)) {
        stay.push_back(std::move(one));
        continue;
      }
      --kept_count_;
      forget_if_done(one.cart);
    } else {
      stay.push_back(std::move(one));
    }
  }
  kept.insert(kept.begin(), std::make_move_iterator(stay.begin()), std::make_move_iterator(stay.end()));
}

void Outbox::Impl::forget_beyond_bound() {
  for (auto& [epoch, kept] : kept_) {
    while (kept_count_ > options_.max_retained && !kept.empty()) {
      const CartId id = std::move(kept.front().cart);
      kept.pop_front();
      --kept_count_;
      const auto found = busy_.find(id);
      if (found == busy_.end()) continue;
      if (changing(found->second, [](CartQueue& queue) { return queue.drop_oldest_retained(); }))
        metrics_.dropped.add();
      forget_if_done(id);
    }
  }
}

void Outbox::Impl::count_age(Busy& busy) {
  const std::optional<CommandId> oldest = busy.queue.oldest_waiting();
  const auto since = oldest ? std::optional(PendingAges::second_of(oldest->sequence)) : std::nullopt;
  ages_.move(std::exchange(busy.pending_since, since), since);
}

std::chrono::milliseconds Outbox::Impl::oldest_pending() const {
  const auto oldest = ages_.oldest();
  if (!oldest) return 0ms;
  const auto age = clock_.now().time_since_epoch() - std::chrono::seconds(*oldest + 1);
  return std::max(0ms, std::chrono::duration_cast<std::chrono::milliseconds>(age));
}

bool Outbox::Impl::owes() const {
  return !to_replay_.empty() ||
         std::any_of(busy_.begin(), busy_.end(), [](const auto& entry) { return entry.second.queue.owes(); });
}

void Outbox::Impl::recover(std::vector<JournalRecord> records) {
  metrics_.count_recovered(this, records.size());
  std::sort(records.begin(), records.end(), [](const JournalRecord& a, const JournalRecord& b) {
    return std::tie(a.command_id.sequence, a.command_id.producer) <
           std::tie(b.command_id.sequence, b.command_id.producer);
  });
  for (JournalRecord& record : records) {
    Busy& busy = busy_[record.cart];
    changing(busy, [&](CartQueue& queue) {
      queue.accept(record.command_id, std::move(record.change), record.accepted, true);
    });
    list(record.cart, busy);
  }
}

void Outbox::Impl::stop() {
  stopped_ = true;
  tick_.cancel();
}

asio::awaitable<Result<void>> Outbox::Impl::retry(DeadLetter letter) {
  const CartId id = letter.record.cart;
  // In a producer of its own: other changes of the cart may come, and be done, while the disk is waited for.
  JournalRecord renewed{Producer(fresh_producer_id(), clock_).next(), id, std::move(letter.record.change), true};
  renewed.change.expected_version.reset();
  // Whoever asked does not wait as long as the disk may take; the cart's queue has to.
  auto writing = std::make_shared<Writing>(executor_, SteadyClock::now() + 2 * journal_->deadline());
  spawn(executor_, "take a dead letter on again",
        revive(shared_from_this(), letter.record.command_id, std::move(renewed), writing));
  co_await wait_for(writing->done);
  if (writing->result) co_return *writing->result;
  co_return Error{Errc::outcome_unknown,
                  "the journal's disk does not answer in time; the dead letter may be retried when it does"};
}

asio::awaitable<void> Outbox::Impl::revive(std::shared_ptr<Impl> self, CommandId dead, JournalRecord renewed,
                                           WritingPtr writing) {
  const CartId id = renewed.cart;
  const CommandId command_id = renewed.command_id;
  Change change = renewed.change;
  Use busy(*self, id);
  const Result<void> revived = co_await self->journal_->revive(dead, std::move(renewed));
  if (revived) {
    self->changing(
        *busy, [&](CartQueue& queue) { queue.accept(command_id, std::move(change), true, false, SteadyClock::now()); });
    busy->view.reset();
    self->list(id, *busy);
  }
  writing->result = revived;
  writing->done.expires_at(Timer::time_point::min());
}

}  // namespace cartd
