#include "store/redis/redis_cart_store.h"

#include "store/redis/cart_layout.h"
#include "store/redis/script.h"
#include "store/redis/store_error.h"

#include <string>
#include <utility>
#include <vector>

namespace cartd {

RedisCartStore::RedisCartStore(redis::Link& link, const Policy& policy, const Clock& clock, std::function<void()> on_expired)
    : link_(link), policy_(policy), clock_(clock), on_expired_(std::move(on_expired)) {}

boost::asio::awaitable<Result<Cart>> RedisCartStore::find(CartId id, Deadline deadline) {
  const std::string cart = cart_key(id);
  const std::string meta = meta_key(id);
  const ScriptArguments arguments{{cart, meta}, {}};
  const auto reply = co_await run_script(link_, find_script(), arguments, deadline);
  // A read that was not answered did nothing, sent or not.
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  const redis::ReplyView both = reply->view();
  if (both.is_error()) co_return error_of(both);
  if (both.size() != 2) co_return unexpected_reply();
  co_return cart_from(both[0], both[1], id, now_ms(clock_));
}

boost::asio::awaitable<Result<Applied>> RedisCartStore::apply(const ApplyRequest& request) {
  const std::string cart = cart_key(request.cart);
  const std::string meta = meta_key(request.cart);
  const std::vector<std::string> words = apply_arguments(request, now_ms(clock_), policy_.ttl.ttl_of(request.cart), policy_.limits);
  const ScriptArguments arguments{{cart, meta}, {words.begin(), words.end()}};
  const auto reply = co_await run_script(link_, apply_script(), arguments, request.deadline);
  if (!reply) co_return error_of(reply.error());
  Result<Applied> applied = applied_from(reply->view(), request.cart, request.change, policy_.limits);
  if (applied && applied->outcome.found_expired && on_expired_) on_expired_();
  co_return applied;
}

boost::asio::awaitable<StoreState> RedisCartStore::check(Deadline deadline) {
  redis::Request ping{"PING"};
  const auto reply = co_await link_.send(std::move(ping), deadline);
  if (!reply) {
    const std::string why = link_.last_error();
    co_return StoreState{false, why.empty() ? "Redis does not answer" : why};
  }
  if (reply->view().is_error()) co_return StoreState{false, error_of(reply->view()).detail};
  co_return StoreState{true, ""};
}

}  // namespace cartd
