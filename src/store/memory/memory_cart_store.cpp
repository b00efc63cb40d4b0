#include "store/memory/memory_cart_store.h"

#include "store/memory/footprint.h"

#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <queue>
#include <unordered_map>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;

constexpr auto reclaim_interval = 1s;
constexpr std::size_t reclaimed_a_call = 10'000;

Error full() { return Error{Errc::store_full, "the memory for carts is used up; nothing was changed"}; }

/// When there is next something to reclaim of the record.
Time due(const CartRecord& record) { return exists(record.cart) && record.cart.expires_at ? *record.cart.expires_at : record.forget_at; }

}  // namespace

class MemoryCartStore::Impl : public std::enable_shared_from_this<MemoryCartStore::Impl> {
 public:
  Impl(const boost::asio::any_io_executor& executor, const Policy& policy, const Clock& clock, MemoryBudget& budget,
       std::function<void()> on_expired)
      : timer_(executor), policy_(policy), clock_(clock), budget_(budget), on_expired_(std::move(on_expired)) {}

  ~Impl() {
    for (const auto& [id, slot] : records_) budget_.resize(slot.bytes, 0);
  }

  Shown find(const CartId& id) {
    const auto found = records_.find(id);
    const Time now = now_ms(clock_);
    if (found == records_.end() || found->second.record.forget_at <= now) return {Cart{id}, {}};
    return {visible(found->second.record, now), found->second.record.marks};
  }

  Result<Applied> apply(const ApplyRequest& request) {
    const Time now = now_ms(clock_);
    const ApplyContext context{request.stamp, now, policy_.ttl.ttl_of(request.cart), policy_.limits, request.reached, request.judged};
    auto found = records_.find(request.cart);
    if (found != records_.end() && found->second.record.forget_at <= now) {
      forget(found);
      found = records_.end();
    }
    if (found == records_.end()) return apply_to_new(request, context);

    if (const std::size_t more = growth(request.change); more != 0 && !budget_.fits(more)) return full();
    Slot& slot = found->second;
    const Result<Outcome> outcome = cartd::apply(slot.record, request.change, context);
    if (!outcome) return outcome.error();
    account(slot);
    if (outcome->found_expired) count_expired();
    if (due(slot.record) < slot.appointment) appoint(slot);
    return applied(slot.record, request.answer, *outcome, now);
  }

  void reclaim() {
    const Time now = now_ms(clock_);
    for (std::size_t i = 0; i < reclaimed_a_call && !agenda_.empty() && agenda_.top().at <= now; ++i) {
      const auto [at, id] = agenda_.top();
      agenda_.pop();
      const auto found = records_.find(id);
      if (found == records_.end() || found->second.appointment != at) continue;
      CartRecord& record = found->second.record;
      if (record.forget_at <= now) {
        if (exists(record.cart)) count_expired();
        forget(found);
        continue;
      }
      if (exists(record.cart) && due(record) <= now) {
        record.cart = visible(record, now);
        account(found->second);
        count_expired();
      }
      appoint(found->second);
    }
  }

  void look_again_later() {
    timer_.expires_after(reclaim_interval);
    timer_.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
      const auto self = weak.lock();
      if (ec || !self) return;
      self->reclaim();
      self->look_again_later();
    });
  }

 private:
  struct Slot {
    CartRecord record;
    std::size_t bytes = 0;  ///< What the budget knows of it.
    Time appointment{};     ///< Its valid entry in the agenda.
  };
  using Records = std::unordered_map<CartId, Slot>;

  /// When to look at a record. An entry that is not the record's appointment any more is skipped.
  struct Appointment {
    Time at;
    CartId id;
    bool operator>(const Appointment& other) const { return at > other.at; }
  };

  Result<Applied> apply_to_new(const ApplyRequest& request, const ApplyContext& context) {
    Slot slot{CartRecord{Cart{request.cart}}};
    const Result<Outcome> outcome = cartd::apply(slot.record, request.change, context);
    if (!outcome) return outcome.error();
    Applied answer = applied(slot.record, request.answer, *outcome, context.now);
    if (slot.record.marks.empty()) return answer;  // it left no trace
    if (!budget_.fits(footprint(slot.record))) return full();
    Slot& kept = records_.emplace(request.cart, std::move(slot)).first->second;
    account(kept);
    appoint(kept);
    return answer;
  }

  void appoint(Slot& slot) {
    slot.appointment = due(slot.record);
    agenda_.push({slot.appointment, slot.record.cart.id});
  }

  static Applied applied(const CartRecord& record, Answer wanted, Outcome outcome, Time now) {
    if (wanted == Answer::full) return {visible(record, now), outcome};
    if (wanted == Answer::with_marks) return {visible(record, now), outcome, {}, record.marks};
    Cart cart{record.cart.id};
    cart.version = record.cart.version;
    return {std::move(cart), outcome};
  }

  void account(Slot& slot) {
    const std::size_t bytes = footprint(slot.record);
    budget_.resize(slot.bytes, bytes);
    slot.bytes = bytes;
  }

  void forget(Records::iterator found) {
    budget_.resize(found->second.bytes, 0);
    records_.erase(found);
  }

  void count_expired() const {
    if (on_expired_) on_expired_();
  }

  boost::asio::steady_timer timer_;
  const Policy& policy_;
  const Clock& clock_;
  MemoryBudget& budget_;
  std::function<void()> on_expired_;
  Records records_;
  std::priority_queue<Appointment, std::vector<Appointment>, std::greater<>> agenda_;
};

MemoryCartStore::MemoryCartStore(boost::asio::any_io_executor executor, const Policy& policy, const Clock& clock, MemoryBudget& budget,
                                 std::function<void()> on_expired)
    : impl_(std::make_shared<Impl>(executor, policy, clock, budget, std::move(on_expired))) {
  impl_->look_again_later();
}

MemoryCartStore::~MemoryCartStore() = default;

boost::asio::awaitable<Result<Shown>> MemoryCartStore::find(CartId id, Deadline) { co_return impl_->find(id); }

boost::asio::awaitable<Result<Applied>> MemoryCartStore::apply(const ApplyRequest& request) { co_return impl_->apply(request); }

boost::asio::awaitable<StoreState> MemoryCartStore::check(Deadline) { co_return StoreState{true, ""}; }

void MemoryCartStore::reclaim() { impl_->reclaim(); }

}  // namespace cartd
