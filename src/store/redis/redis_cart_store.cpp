#include "store/redis/redis_cart_store.h"

#include "format/checkout.h"
#include "store/redis/access.h"
#include "store/redis/cart_layout.h"
#include "store/redis/commit_script.h"
#include "store/redis/plain_add.h"
#include "store/redis/quantity_commit.h"
#include "store/redis/remembered_read.h"
#include "store/redis/script.h"
#include "store/redis/store_error.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

namespace {

/// No two processes, and no two starts of one, begin at the same number.
Token first_token() {
  std::random_device random;
  return Token{random()} << 32 | random();
}

WritePosition position_of(const redis::Answer& answer) {
  return {answer.position.epoch, answer.position.checkpoint, answer.position.slot_owner_epoch};
}

}  // namespace

RedisCartStore::RedisCartStore(redis::Client& client, const Policy& policy, const Clock& clock,
                               std::function<void()> on_expired, std::size_t cache_bytes, JsonAdoption adoption)
    : client_(client),
      policy_(policy),
      clock_(clock),
      on_expired_(std::move(on_expired)),
      adoption_(std::move(adoption)),
      cache_(cache_bytes),
      last_token_(first_token()) {}

std::optional<Time> RedisCartStore::own_clock() const {
  const bool any_clock = policy_.limits.max_clock_difference == Millis::max();
  return any_clock ? std::optional(now_ms(clock_)) : std::nullopt;
}

std::optional<Loaded> RedisCartStore::known(const CartId& id) {
  SnapshotPtr snapshot = cache_.find(id);
  // A commit to what is probably old would cost more than a load before it.
  if (!snapshot || cache_.is_contended(id)) return std::nullopt;
  return Loaded{std::move(snapshot), false, now_ms(clock_)};
}

boost::asio::awaitable<Result<Loaded>> RedisCartStore::load(CartId id, Deadline deadline) {
  const std::string cart = cart_key(id);
  const std::string meta = meta_key(id);
  const SnapshotPtr remembered = cache_.find(id);
  const Millis difference = permitted_clock_difference(policy_.limits, policy_.ttl.ttl_of(id).least());
  if (remembered && !cache_.is_contended(id) && is_rereadable(*remembered, now_ms(clock_), difference)) {
    const auto reply = co_await client_.send(cart, reread_request(cart, meta), deadline);
    if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
    Result<SnapshotPtr> reread = reread_from(reply->reply.view(), remembered);
    // What stands in the place of the hash, load.lua tells.
    if (!reread && reread.error().code != Errc::corrupt) co_return reread.error();
    if (reread && *reread) {
      if (*reread != remembered) cache_.put(id, *reread);
      co_return Loaded{std::move(*reread), true, now_ms(clock_), position_of(*reply)};
    }
  }
  co_return co_await load_anew(std::move(id), deadline);
}

boost::asio::awaitable<Result<Loaded>> RedisCartStore::load_anew(CartId id, Deadline deadline) {
  const std::string cart = cart_key(id);
  const std::string meta = meta_key(id);
  const std::string last_byte = std::to_string(last_byte_of_text());
  const ScriptArguments arguments{{cart, meta}, {last_byte, adoption_.prices ? "1" : "0"}};
  const auto reply = co_await run_script(client_, load_script(), arguments, deadline);
  // A read that was not answered did nothing, sent or not.
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  const redis::ReplyView both = reply->reply.view();
  if (both.is_error()) co_return read_error_of(both);
  const bool is_text = both.size() == 4;
  const auto server_now = both.size() == 3 || is_text ? server_time_from(both[2]) : std::nullopt;
  if (!server_now) co_return unexpected_reply();
  const Time now = own_clock().value_or(*server_now);
  Result<SnapshotPtr> snapshot = snapshot_from(both[0], both[1], id, now, policy_.limits.replay_horizon);
  if (snapshot && is_text) snapshot = adopt(both[3], **snapshot, now);
  if (!snapshot) co_return snapshot.error();
  // The text is not to be kept in memory, and what was there before it is gone.
  if (is_text) cache_.forget(id);
  else cache_.put_found(id, *snapshot, (*snapshot)->token);
  co_return Loaded{std::move(*snapshot), true, now, position_of(*reply)};
}

Result<SnapshotPtr> RedisCartStore::adopt(redis::ReplyView text, const Snapshot& before, Time now) {
  Result<SnapshotPtr> adopted = adopted_from(text, before, now, policy_.limits.replay_horizon, adoption_.prices);
  if (!adopted && adoption_.prices && adoption_.on_corrupt)
    adoption_.on_corrupt(before.record.cart.id, adopted.error().detail);
  return adopted;
}

boost::asio::awaitable<Result<Committed>> RedisCartStore::commit(CommitRequest request) {
  const std::string cart = cart_key(request.cart);
  const std::string meta = meta_key(request.cart);
  if (auto refusal = co_await list_cart(request)) co_return std::move(*refusal);
  const Token token = ++last_token_;
  const Millis horizon = policy_.limits.replay_horizon;
  if (const auto words = quantity_arguments(request, token)) {
    const ScriptArguments arguments{{cart, meta}, {words->begin(), words->end()}};
    redis::Request lines;
    if (request.lines_wanted) lines = reread_request(cart, meta);
    const auto reply = co_await run_script(client_, quantity_script(), arguments, request.deadline, std::move(lines));
    if (!reply) co_return error_of(reply.error());
    auto committed = quantity_committed_from(reply->reply.view(), request, token, horizon, own_clock());
    if (!committed) co_return committed.error();
    if (*committed) co_return remember(request, std::move(**committed), position_of(*reply));
  }
  const Millis difference = permitted_clock_difference(policy_.limits, policy_.ttl.ttl_of(request.cart).least());
  const std::vector<std::string> words = commit_arguments(request, token, now_ms(clock_), difference);
  std::vector<std::string> checkouts;
  for (const CheckoutEdit& edit : request.edits.checkout_contents) checkouts.push_back(checkout_key(edit.id));
  ScriptArguments arguments{{cart, meta}, {words.begin(), words.end()}};
  arguments.keys.insert(arguments.keys.end(), checkouts.begin(), checkouts.end());
  const auto reply = co_await run_script(client_, commit_script(), arguments, request.deadline);
  if (!reply) co_return error_of(reply.error());
  Result<Committed> committed = committed_from(reply->reply.view(), request, token, horizon, own_clock());
  if (!committed) co_return committed;
  if (!committed->snapshot) {
    Result<Loaded> loaded = co_await load_anew(request.cart, request.deadline);
    if (!loaded) co_return loaded.error();
    co_return Committed{false, std::move(loaded->snapshot), loaded->now, loaded->position};
  }
  co_return remember(request, std::move(*committed), position_of(*reply));
}

Committed RedisCartStore::remember(const CommitRequest& request, Committed committed, WritePosition position) {
  committed.position = position;
  if (committed.was_current) cache_.put(request.cart, committed.snapshot);
  else cache_.put_found(request.cart, committed.snapshot, committed.snapshot->token);
  if (committed.was_current && request.base->has_expired && on_expired_) on_expired_();
  if (committed.was_current && request.base->adopts && adoption_.on_adopted)
    adoption_.on_adopted(request.cart, request.base->token != 0);
  return committed;
}

boost::asio::awaitable<Result<Added>> RedisCartStore::add(AddRequest request) {
  const std::string cart = cart_key(request.cart);
  const std::string meta = meta_key(request.cart);
  const Token token = ++last_token_;
  const CartTtl ttl = policy_.ttl.ttl_of(request.cart);
  const Time now = now_ms(clock_);
  const std::vector<std::string> words = add_arguments(request, token, now, ttl, policy_.limits);
  const ScriptArguments arguments{{cart, meta}, {words.begin(), words.end()}};
  const auto reply = co_await run_script(client_, add_script(), arguments, request.deadline, both_hashes(cart, meta));
  if (!reply) co_return error_of(reply.error());
  Result<AddReply> added =
      added_from(reply->reply.view(), request, token, now, permitted_clock_difference(policy_.limits, ttl.least()),
                 policy_.limits.replay_horizon);
  if (!added) co_return added.error();
  if (added->after) {
    cache_.put_found(request.cart, added->after, added->found);
    co_return Added{added->was_added, Loaded{std::move(added->after), true, now, position_of(*reply)}};
  }
  Result<Loaded> loaded = co_await load(request.cart, request.deadline);
  if (!loaded && added->was_added)
    co_return Error{Errc::outcome_unknown, "the change was made, and the cart cannot be read"};
  if (!loaded) co_return loaded.error();
  // The add is where it was made: what was read afterwards may be on another server.
  if (added->was_added) loaded->position = position_of(*reply);
  co_return Added{added->was_added, std::move(*loaded)};
}

CheckoutId RedisCartStore::new_checkout_id(const CartId& cart) {
  return random_checkout_id(tag_in_slot_of(cart_key(cart)));
}

boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> RedisCartStore::find_checkout(CheckoutId id,
                                                                                              Deadline deadline) {
  const std::string key = checkout_key(id);
  redis::Request request{"HGET", key, checkout_field};
  const auto reply = co_await client_.send(key, std::move(request), deadline);
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  const redis::ReplyView value = reply->reply.view();
  if (value.is_error()) co_return read_error_of(value);
  if (value.is_nil()) co_return std::shared_ptr<const Checkout>();
  if (value.type() != redis::ReplyView::Type::string) co_return unexpected_reply();
  auto checkout = format::checkout_from_bytes(value.text());
  if (checkout && (*checkout)->id != id) co_return Error{Errc::corrupt, "the stored checkout is another one"};
  if (checkout && (*checkout)->forget_at <= now_ms(clock_)) checkout->reset();
  co_return checkout;
}

boost::asio::awaitable<StoreState> RedisCartStore::check(Deadline deadline) {
  StoreState state =
      co_await run_check(client_, now_ms(clock_), permitted_clock_difference(policy_.limits, policy_.ttl.least()),
                         deadline, adoption_.prices.has_value());
  // The client's view of its servers says more than that one of them does not answer.
  const std::string why = client_.status().why;
  if (!why.empty()) co_return StoreState{false, why};
  co_return state;
}

bool RedisCartStore::serves(const CartId& id) const { return client_.serves(cart_key(id)); }

std::uint64_t RedisCartStore::epoch_of(const CartId& id) const { return client_.epoch_of(cart_key(id)); }

}  // namespace cartd
