#include "store/mongodb/mongodb_cart_store.h"

#include "store/kept.h"
#include "store/mongodb/access.h"
#include "store/mongodb/cart_document.h"
#include "store/mongodb/checkout_document.h"
#include "store/mongodb/checkout_writes.h"
#include "store/mongodb/forgetting.h"
#include "store/mongodb/page.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

namespace cartd {

using namespace mongodb;

namespace {

constexpr const char* clocks_differ = "the clocks of the database and of this machine differ too much";

}  // namespace

MongodbCartStore::MongodbCartStore(boost::asio::any_io_executor executor, MongodbStore& store, const Policy& policy,
                                   const Clock& clock, std::size_t cache_bytes)
    : store_(store),
      policy_(policy),
      clock_(clock),
      cache_(cache_bytes),
      calls_(std::make_shared<Calls>(std::move(executor))) {}

MongodbCartStore::~MongodbCartStore() { calls_->clear(); }

Time MongodbCartStore::now() const {
  const bool any_clock = policy_.limits.max_clock_difference == Millis::max();
  return any_clock ? now_ms(clock_) : server_time(store_.database());
}

bool MongodbCartStore::clocks_agree(Millis ttl) const {
  if (policy_.limits.max_clock_difference == Millis::max()) return true;
  const Millis difference = std::chrono::abs(server_time(store_.database()) - now_ms(clock_));
  return difference <= std::min(policy_.limits.max_clock_difference, ttl / 2);
}

Error MongodbCartStore::noted(Error error) {
  if (error.code == Errc::corrupt) store_.count_corrupt();
  return error;
}

std::optional<Loaded> MongodbCartStore::known(const CartId& id) {
  SnapshotPtr snapshot = cache_.find(id);
  const Time time = now();
  // A commit to what is probably old would cost more than a load before it.
  if (!snapshot || cache_.is_contended(id) || snapshot->record.forget_at <= time) return std::nullopt;
  return Loaded{std::move(snapshot), false, time};
}

boost::asio::awaitable<Result<Loaded>> MongodbCartStore::load(CartId id, Deadline deadline) {
  Operation find = find_cart(id);
  const auto answer = co_await ask(store_.database(), calls_, std::move(find), deadline);
  if (!answer) co_return answer.error();
  const Time time = now();
  auto snapshot = std::make_shared<const Snapshot>(CartRecord{Cart{id}});
  if (!answer->found.empty()) {
    Result<Snapshot> found = cart_from(id, answer->found.front());
    if (!found) co_return noted(found.error());
    // A record whose time is past is forgotten, whether it was deleted or not.
    if (found->record.forget_at > time) snapshot = std::make_shared<const Snapshot>(std::move(*found));
  }
  cache_.put_found(id, snapshot, snapshot->token);
  co_return Loaded{std::move(snapshot), true, time};
}

boost::asio::awaitable<Result<Committed>> MongodbCartStore::commit(CommitRequest request) {
  if (!clocks_agree(policy_.ttl.ttl_of(request.cart).least()))
    co_return Error{Errc::unavailable, std::string(clocks_differ) + "; nothing was done"};
  Result<Committed> committed = co_await write(request);
  if (!committed) co_return noted(committed.error());
  if (committed->was_current && request.edits.starts_anew) store_.count_expired();
  co_return committed;
}

boost::asio::awaitable<Result<Committed>> MongodbCartStore::write(const CommitRequest& request) {
  const auto after = std::make_shared<Snapshot>(request.base->record);
  patch(after->record, request.edits);
  after->token = store_.next_token();
  CheckoutWrites checkouts(store_.database(), calls_, request, after->token);
  if (CheckoutWrites::are_needed(request.edits)) {
    const Result<bool> is_current = co_await checkouts.prepare();
    if (!is_current) co_return is_current.error();
    if (!*is_current) co_return co_await instead(request.cart, request.deadline);
  }
  Operation operation = write_cart(after->record, request.base->token, after->token, request.edits, now());
  const auto written = co_await ask(store_.database(), calls_, std::move(operation), request.deadline);
  if (written && written->written == 1) {
    checkouts.succeeded();
    cache_.put(request.cart, after);
    co_return Committed{true, after};
  }
  if (written || written.error().code != Errc::outcome_unknown) checkouts.failed();
  if (!written) co_return written.error();
  co_return co_await instead(request.cart, request.deadline);
}

boost::asio::awaitable<Result<Committed>> MongodbCartStore::instead(CartId id, Deadline deadline) {
  Result<Loaded> found = co_await load(std::move(id), deadline);
  if (!found && found.error().code == Errc::unavailable)
    co_return Error{Errc::unavailable, "the cart was changed meanwhile, and cannot be read; nothing was done"};
  if (!found) co_return found.error();
  co_return Committed{false, std::move(found->snapshot), found->now};
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> MongodbCartStore::find_checkout(CheckoutId id,
                                                                                                Deadline deadline) {
  const std::shared_ptr<const Checkout> none;
  // Its documents and its cart are read one after the other, and a commit may come in between.
  constexpr int most_attempts = 5;
  bool was_not_named = false;
  for (int attempt = 0; attempt < most_attempts; ++attempt) {
    Operation find = find_checkout_documents(id);
    const auto documents = co_await ask(store_.database(), calls_, std::move(find), deadline);
    if (!documents) co_return documents.error();
    if (documents->found.empty()) co_return none;
    const Document* counts = confirmed_among(documents->found);
    if (counts == nullptr) {
      // It was confirmed, if ever, before its cart ceased to name it.
      if (was_not_named) co_return none;
      const auto cart = cart_of(documents->found.front());
      if (!cart) co_return noted({Errc::corrupt, "the stored checkout cannot be decoded"});
      Operation find_its_cart = find_counting_checkouts(*cart);
      const auto its_cart = co_await ask(store_.database(), calls_, std::move(find_its_cart), deadline);
      if (!its_cart) co_return its_cart.error();
      std::optional<Token> token;
      if (!its_cart->found.empty()) {
        const auto counting = counting_checkouts_from(its_cart->found.front());
        if (!counting) co_return noted(counting.error());
        token = counting->of(id);
      }
      was_not_named = !token;
      if (token) counts = with_id(documents->found, checkout_document_id(id, *token));
    }
    if (counts == nullptr) continue;
    auto checkout = checkout_from(id, *counts);
    if (!checkout) co_return noted(checkout.error());
    if ((*checkout)->forget_at <= now()) co_return none;
    co_return checkout;
  }
  co_return noted({Errc::corrupt, "the stored checkout is not there, although its cart names it"});
}

boost::asio::awaitable<Result<CartPage>> MongodbCartStore::scan(ScanRequest request) {
  Operation find = page_of(collection::carts, request);
  const auto answer = co_await ask(store_.database(), calls_, std::move(find), request.deadline);
  if (!answer) co_return answer.error();
  CartPage page;
  std::size_t bytes = 0;
  for (const Document& document : answer->found) {
    if (!page.next.empty() && bytes + document.size() > request.most_bytes) break;
    bytes += document.size();
    page.next = Fields(document).text("_id").value_or("");
    const auto id = CartId::parse(page.next);
    Result<Snapshot> found = id ? cart_from(*id, document) : Error{Errc::corrupt, "the id is not that of a cart"};
    if (!found) {
      page.unreadable.push_back({page.next, found.error().detail});
      continue;
    }
    if (found->record.forget_at <= now()) continue;
    Loaded loaded{std::make_shared<const Snapshot>(std::move(*found)), true, now()};
    Result<LoadedKept> kept = co_await complete_kept(*this, std::move(loaded), request.deadline);
    if (kept) page.carts.push_back(std::move(kept->kept));
    else if (kept.error().code == Errc::corrupt) page.unreadable.push_back({page.next, kept.error().detail});
    else co_return kept.error();
  }
  co_return page;
}

boost::asio::awaitable<StoreState> MongodbCartStore::check(Deadline deadline) {
  if (const std::string why = store_.database().health().why(); !why.empty()) co_return StoreState{false, why};
  Operation any{Operation::Kind::find, collection::schema};
  const auto answer = co_await ask(store_.database(), calls_, std::move(any), deadline);
  if (!answer) co_return StoreState{false, "the database does not answer"};
  if (!clocks_agree(policy_.ttl.least())) co_return StoreState{false, clocks_differ};
  co_return StoreState{true, ""};
}

bool MongodbCartStore::serves(const CartId&) const { return store_.database().health().serves(); }

}  // namespace cartd
