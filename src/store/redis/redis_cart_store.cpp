#include "store/redis/redis_cart_store.h"

#include "store/redis/access.h"
#include "store/redis/cart_layout.h"
#include "store/redis/script.h"
#include "store/redis/store_error.h"

#include <string>
#include <utility>
#include <vector>

namespace cartd {

RedisCartStore::RedisCartStore(redis::Client& client, const Policy& policy, const Clock& clock, std::function<void()> on_expired)
    : client_(client), policy_(policy), clock_(clock), on_expired_(std::move(on_expired)) {}

boost::asio::awaitable<Result<Shown>> RedisCartStore::find(CartId id, Deadline deadline) {
  const std::string cart = cart_key(id);
  const std::string meta = meta_key(id);
  const ScriptArguments arguments{{cart, meta}, {}};
  const auto reply = co_await run_script(client_, find_script(), arguments, deadline);
  // A read that was not answered did nothing, sent or not.
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  const redis::ReplyView both = reply->reply.view();
  if (both.is_error()) co_return read_error_of(both);
  const auto server_now = both.size() == 3 ? server_time_from(both[2]) : std::nullopt;
  if (!server_now) co_return unexpected_reply();
  const bool any_clock = policy_.limits.max_clock_difference == Millis::max();
  co_return shown_from(both[0], both[1], id, any_clock ? now_ms(clock_) : *server_now);
}

boost::asio::awaitable<Result<Applied>> RedisCartStore::apply(const ApplyRequest& request) {
  const std::string cart = cart_key(request.cart);
  const std::string meta = meta_key(request.cart);
  const std::vector<std::string> words = apply_arguments(request, now_ms(clock_), policy_.ttl.ttl_of(request.cart), policy_.limits);
  const ScriptArguments arguments{{cart, meta}, {words.begin(), words.end()}};
  const auto reply = co_await run_script(client_, apply_script(), arguments, request.deadline);
  if (!reply) co_return error_of(reply.error());
  Result<Applied> applied = applied_from(reply->reply.view(), request, policy_.limits);
  if (applied) applied->place = {reply->place.history, reply->place.round, reply->place.home};
  if (applied && applied->outcome.found_expired && on_expired_) on_expired_();
  co_return applied;
}

boost::asio::awaitable<StoreState> RedisCartStore::check(Deadline deadline) {
  StoreState state = co_await run_check(client_, now_ms(clock_), permitted_clock_difference(policy_.limits, policy_.ttl.least()), deadline);
  // What the client knows of its servers says more than that one of them does not answer.
  const std::string why = client_.status().why;
  if (!why.empty()) co_return StoreState{false, why};
  co_return state;
}

bool RedisCartStore::serves(const CartId& id) const { return client_.serves(cart_key(id)); }

std::uint64_t RedisCartStore::history_of(const CartId& id) const { return client_.history_of(cart_key(id)); }

}  // namespace cartd
