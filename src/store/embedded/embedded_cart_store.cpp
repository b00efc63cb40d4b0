#include "store/embedded/embedded_cart_store.h"

#include "format/checkout.h"
#include "format/record.h"
#include "store/embedded/access.h"
#include "store/embedded/key_layout.h"
#include "store/embedded/owner_key.h"

#include <string>
#include <utility>

namespace cartd {

using namespace embedded;

namespace {

/// What the key holds, as it counts at `now`: a record whose time is past is forgotten, whether it was dropped or not.
Result<SnapshotPtr> snapshot_of(const CartId& id, const std::optional<std::string>& bytes, Time now) {
  if (bytes) {
    auto stored = format::record_from_bytes(id, *bytes);
    if (!stored) return stored.error();
    if (stored->record.forget_at > now) {
      auto snapshot = std::make_shared<Snapshot>(std::move(stored->record));
      snapshot->token = stored->token;
      return SnapshotPtr(std::move(snapshot));
    }
  }
  return std::make_shared<const Snapshot>(CartRecord{Cart{id}});
}

/// What becomes of the cart's entry in its owner's list.
void change_owner_entry(std::vector<Beside>& beside, const Cart& before, const Cart& after) {
  auto old = owner_entry(before);
  auto entry = owner_entry(after);
  if (old && (!entry || entry->key != old->key)) beside.push_back({std::move(old->key), std::nullopt});
  else if (old == entry) return;
  if (entry) beside.push_back({std::move(entry->key), std::move(entry->value)});
}

StoreState state_of(DiskState disk) {
  switch (disk) {
    case DiskState::working: return {true, ""};
    case DiskState::full: return {false, "the disk is full; changes are refused"};
    case DiskState::stalled: return {false, "the disk does not answer"};
    case DiskState::failed: return {false, "the disk failed; cartd must be restarted"};
  }
  return {false, ""};
}

}  // namespace

EmbeddedCartStore::EmbeddedCartStore(boost::asio::any_io_executor executor, EmbeddedStore& store)
    : store_(store), calls_(std::make_shared<Calls>(std::move(executor))) {}

EmbeddedCartStore::~EmbeddedCartStore() { calls_->clear(); }

std::optional<Loaded> EmbeddedCartStore::known(const CartId& id) {
  SnapshotPtr snapshot = store_.records().find(id);
  const Time now = now_ms(store_.clock());
  if (!snapshot || snapshot->record.forget_at <= now) return std::nullopt;
  return Loaded{std::move(snapshot), true, now};
}

boost::asio::awaitable<Result<Loaded>> EmbeddedCartStore::load(CartId id, Deadline deadline) {
  if (auto remembered = known(id)) co_return std::move(*remembered);
  const auto then = store_.records().moment(id);
  std::string key = cart_key(id);
  const auto bytes = co_await read(store_, calls_, std::move(key), deadline);
  if (!bytes) co_return bytes.error();
  const Time now = now_ms(store_.clock());
  Result<SnapshotPtr> snapshot = snapshot_of(id, *bytes, now);
  if (!snapshot) co_return snapshot.error();
  // What is not there takes no room from what is.
  if ((*snapshot)->token != 0) store_.records().put_read(id, *snapshot, then);
  co_return Loaded{std::move(*snapshot), true, now};
}

boost::asio::awaitable<Result<Committed>> EmbeddedCartStore::commit(CommitRequest request) {
  const bool starts_anew = request.edits.starts_anew;
  const auto write = std::make_shared<Write>();
  {
    auto after = std::make_shared<Snapshot>(request.base->record);
    patch(after->record, request.edits);
    after->token = store_.next_token();
    write->key = cart_key(request.cart);
    write->expected = TokenIs{request.base->token, now_ms(store_.clock())};
    write->value = format::record_to_bytes(after->record, after->token);
    if (request.base->record.cart.owner || after->record.cart.owner)
      change_owner_entry(write->beside, request.base->record.cart, after->record.cart);
    write->snapshot = std::move(after);
    for (const CheckoutEdit& edit : request.edits.checkout_contents)
      write->beside.push_back({checkout_key(edit.id),
                               edit.content ? std::optional(format::checkout_to_bytes(*edit.content)) : std::nullopt});
  }
  const Result<void> written = co_await embedded::write(store_, calls_, write, request.deadline);
  if (!written) co_return written.error();
  if (write->was_as_expected) {
    if (starts_anew) store_.count_expired();
    co_return Committed{true, write->snapshot};
  }
  const Time now = now_ms(store_.clock());
  if (write->found_in_memory && write->found_in_memory->record.forget_at > now)
    co_return Committed{false, write->found_in_memory, now};
  Result<SnapshotPtr> snapshot = snapshot_of(request.cart, write->found, now);
  if (!snapshot) co_return snapshot.error();
  co_return Committed{false, std::move(*snapshot), now};
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> EmbeddedCartStore::find_checkout(CheckoutId id,
                                                                                                 Deadline deadline) {
  std::string key = checkout_key(id);
  const auto bytes = co_await read(store_, calls_, std::move(key), deadline);
  if (!bytes) co_return bytes.error();
  if (!*bytes) co_return std::shared_ptr<const Checkout>();
  auto checkout = format::checkout_from_bytes(**bytes);
  if (checkout && (*checkout)->forget_at <= now_ms(store_.clock())) checkout->reset();
  co_return checkout;
}

boost::asio::awaitable<StoreState> EmbeddedCartStore::check(Deadline deadline) {
  store_.writer().note_late();
  StoreState state = state_of(store_.writer().state());
  if (!state.ready) co_return state;
  std::string key(layout_key);
  const auto layout = co_await read(store_, calls_, std::move(key), deadline);
  if (!layout) co_return StoreState{false, layout.error().detail};
  co_return state;
}

bool EmbeddedCartStore::serves(const CartId&) const { return store_.writer().state() != DiskState::stalled; }

}  // namespace cartd
