#include "store/memory/memory_cart_store.h"

#include "store/footprint.h"
#include "store/memory/bucket_scan.h"
#include "store/memory/owner_index.h"

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

Error full() { return Error{Errc::store_full, "the memory store has reached --max-memory; nothing was changed"}; }

/// When there is next something to reclaim of the record.
Time due(const CartRecord& record) {
  return exists(record.cart) && record.cart.expires_at ? *record.cart.expires_at : record.forget_at;
}

}  // namespace

class MemoryCartStore::Impl : public std::enable_shared_from_this<MemoryCartStore::Impl> {
 public:
  Impl(const boost::asio::any_io_executor& executor, const Clock& clock, MemoryBudget& budget,
       std::function<void()> on_expired)
      : timer_(executor), clock_(clock), budget_(budget), on_expired_(std::move(on_expired)) {}

  ~Impl() {
    for (const auto& [id, slot] : records_) budget_.resize(slot.bytes, 0);
    for (const auto& [id, slot] : checkouts_) budget_.resize(slot.bytes, 0);
  }

  Loaded load(const CartId& id) {
    const Time now = now_ms(clock_);
    const auto found = records_.find(id);
    if (found != records_.end() && found->second.snapshot->record.forget_at > now)
      return {found->second.snapshot, true, now};
    if (found != records_.end()) forget(found);
    return {std::make_shared<const Snapshot>(CartRecord{Cart{id}}), true, now};
  }

  Result<Committed> commit(CommitRequest request) {
    {
      Loaded current = load(request.cart);
      if (current.snapshot->token != request.base->token)
        return Committed{false, std::move(current.snapshot), current.now};
    }
    request.base.reset();
    const auto found = records_.find(request.cart);
    return found == records_.end() ? commit_new(request) : commit_to(found->second, request.edits);
  }

  std::shared_ptr<const Checkout> find_checkout(const CheckoutId& id) {
    const auto found = checkouts_.find(id);
    if (found == checkouts_.end() || found->second.content->forget_at <= now_ms(clock_)) return nullptr;
    return found->second.content;
  }

  Result<CartPage> scan(const ScanRequest& request) {
    CartPage page;
    const Time now = now_ms(clock_);
    auto next = scan_buckets(records_, request, [&](const auto& entry) -> std::size_t {
      const CartRecord& record = entry.second.snapshot->record;
      if (record.forget_at <= now) return 0;
      KeptCart& kept = page.carts.emplace_back(KeptCart{record});
      std::size_t bytes = entry.second.bytes;
      for (const CheckoutNote& note : record.checkouts)
        if (const auto found = checkouts_.find(note.id); found != checkouts_.end()) {
          kept.checkouts.push_back(found->second.content);
          bytes += found->second.bytes;
        }
      return bytes;
    });
    if (!next) return next.error();
    page.next = std::move(*next);
    return page;
  }

  OwnedPage carts_of(const OwnedRequest& request) {
    const Time now = now_ms(clock_);
    return owners_.page(request, [&](const CartId& id) -> const Cart* {
      const auto found = records_.find(id);
      const Cart* const cart = found == records_.end() ? nullptr : &found->second.snapshot->record.cart;
      return cart != nullptr && !is_expired(*cart, now) ? cart : nullptr;
    });
  }

  void reclaim() {
    const Time now = now_ms(clock_);
    reclaim_checkouts(now);
    for (std::size_t i = 0; i < reclaimed_a_call && !expiries_.empty() && expiries_.top().at <= now; ++i) {
      const auto [at, id] = expiries_.top();
      expiries_.pop();
      const auto found = records_.find(id);
      if (found == records_.end() || found->second.due != at) continue;
      const CartRecord& record = found->second.snapshot->record;
      if (record.forget_at <= now) {
        if (exists(record.cart)) count_expired();
        forget(found);
        continue;
      }
      if (exists(record.cart) && due(record) <= now) {
        Snapshot& changed = to_change(found->second);
        owners_.remove(changed.record.cart);
        changed.record.cart = visible(changed.record, now);
        changed.token = ++last_token_;
        account(found->second);
        count_expired();
      }
      expect(found->second);
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
    std::shared_ptr<Snapshot> snapshot;
    std::size_t bytes = 0;  ///< Its bytes in the budget.
    Time due{};             ///< Its valid entry in the queue of expiries.
  };
  using Records = std::unordered_map<CartId, Slot>;

  /// When to look at a record. An entry at another time than the record's is skipped.
  struct Expiry {
    Time at;
    CartId id;
    bool operator>(const Expiry& other) const { return at > other.at; }
  };

  struct CheckoutSlot {
    std::shared_ptr<const Checkout> content{};
    std::size_t bytes = 0;
  };

  struct CheckoutExpiry {
    Time at;
    CheckoutId id;
    bool operator>(const CheckoutExpiry& other) const { return at > other.at; }
  };

  Result<Committed> commit_new(const CommitRequest& request) {
    Slot slot{std::make_shared<Snapshot>(CartRecord{Cart{request.cart}})};
    patch(slot.snapshot->record, request.edits);
    slot.snapshot->token = ++last_token_;
    if (!budget_.fits(footprint(slot) + growth(request.edits))) return full();
    keep_checkouts(request.edits);
    Slot& kept = records_.emplace(request.cart, std::move(slot)).first->second;
    owners_.add(kept.snapshot->record.cart);
    account(kept);
    expect(kept);
    return Committed{true, kept.snapshot};
  }

  Result<Committed> commit_to(Slot& slot, const RecordEdits& edits) {
    if (const std::size_t more = growth(edits); more != 0 && !budget_.fits(more)) return full();
    keep_checkouts(edits);
    Snapshot& changed = to_change(slot);
    const bool moves = edits.starts_anew || edits.owner || edits.created_at;
    if (moves) owners_.remove(changed.record.cart);
    patch(changed.record, edits);
    if (moves) owners_.add(changed.record.cart);
    changed.token = ++last_token_;
    account(slot);
    if (edits.starts_anew) count_expired();
    if (due(changed.record) < slot.due) expect(slot);
    return Committed{true, slot.snapshot};
  }

  void keep_checkouts(const RecordEdits& edits) {
    for (const CheckoutEdit& edit : edits.checkout_contents) {
      if (!edit.content) {
        forget_checkout(edit.id);
        continue;
      }
      CheckoutSlot& slot = checkouts_[edit.id];
      const std::size_t bytes = sizeof(CheckoutSlot) + 2 * sizeof(CheckoutExpiry) + cartd::footprint(*edit.content);
      budget_.resize(slot.bytes, bytes);
      slot = {edit.content, bytes};
      checkout_expiries_.push({edit.content->forget_at, edit.id});
    }
  }

  void forget_checkout(const CheckoutId& id) {
    const auto found = checkouts_.find(id);
    if (found == checkouts_.end()) return;
    budget_.resize(found->second.bytes, 0);
    checkouts_.erase(found);
  }

  void reclaim_checkouts(Time now) {
    for (std::size_t i = 0; i < reclaimed_a_call && !checkout_expiries_.empty(); ++i) {
      if (checkout_expiries_.top().at > now) return;
      const CheckoutId id = checkout_expiries_.top().id;
      checkout_expiries_.pop();
      const auto found = checkouts_.find(id);
      if (found != checkouts_.end() && found->second.content->forget_at <= now) forget_checkout(id);
    }
  }

  /// Other holders of the record keep what they see.
  static Snapshot& to_change(Slot& slot) {
    if (slot.snapshot.use_count() > 1) slot.snapshot = std::make_shared<Snapshot>(*slot.snapshot);
    return *slot.snapshot;
  }

  void expect(Slot& slot) {
    slot.due = due(slot.snapshot->record);
    expiries_.push({slot.due, slot.snapshot->record.cart.id});
  }

  static std::size_t footprint(const Slot& slot) {
    return sizeof(Slot) + cartd::footprint(*slot.snapshot) + cartd::footprint(slot.snapshot->record.cart.id) +
           OwnerIndex::footprint(slot.snapshot->record.cart);
  }

  void account(Slot& slot) {
    const std::size_t bytes = footprint(slot);
    budget_.resize(slot.bytes, bytes);
    slot.bytes = bytes;
  }

  void forget(Records::iterator found) {
    budget_.resize(found->second.bytes, 0);
    owners_.remove(found->second.snapshot->record.cart);
    records_.erase(found);
  }

  void count_expired() const {
    if (on_expired_) on_expired_();
  }

  boost::asio::steady_timer timer_;
  const Clock& clock_;
  MemoryBudget& budget_;
  std::function<void()> on_expired_;
  Records records_;
  OwnerIndex owners_{};
  std::priority_queue<Expiry, std::vector<Expiry>, std::greater<>> expiries_;
  std::unordered_map<CheckoutId, CheckoutSlot> checkouts_;
  std::priority_queue<CheckoutExpiry, std::vector<CheckoutExpiry>, std::greater<>> checkout_expiries_;
  Token last_token_ = 0;
};

MemoryCartStore::MemoryCartStore(boost::asio::any_io_executor executor, const Clock& clock, MemoryBudget& budget,
                                 std::function<void()> on_expired)
    : impl_(std::make_shared<Impl>(executor, clock, budget, std::move(on_expired))) {
  impl_->look_again_later();
}

MemoryCartStore::~MemoryCartStore() = default;

std::optional<Loaded> MemoryCartStore::known(const CartId& id) { return impl_->load(id); }

boost::asio::awaitable<Result<Loaded>> MemoryCartStore::load(CartId id, Deadline) { co_return impl_->load(id); }

boost::asio::awaitable<Result<Committed>> MemoryCartStore::commit(CommitRequest request) {
  co_return impl_->commit(std::move(request));
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> MemoryCartStore::find_checkout(CheckoutId id,
                                                                                               Deadline) {
  co_return impl_->find_checkout(id);
}

boost::asio::awaitable<Result<CartPage>> MemoryCartStore::scan(ScanRequest request) { co_return impl_->scan(request); }

boost::asio::awaitable<Result<OwnedPage>> MemoryCartStore::carts_of(OwnedRequest request) {
  co_return impl_->carts_of(request);
}

boost::asio::awaitable<StoreState> MemoryCartStore::check(Deadline) { co_return StoreState{true, ""}; }

void MemoryCartStore::reclaim() { impl_->reclaim(); }

}  // namespace cartd
