// A store as the contract suite sees it: whatever its kind, with a way to let time pass and to run coroutines.
#pragma once

#include "domain/limits.h"
#include "store/execute.h"
#include "store/user_store.h"
#include "support/movable_clock.h"
#include "support/redis_probe.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

class StoreUnderTest {
 public:
  virtual ~StoreUnderTest() = default;

  virtual CartStore& carts() = 0;
  virtual UserStore& users() = 0;
  /// Another process's view of the same data; for the memory store, the same store.
  virtual CartStore& other_carts() = 0;
  /// That of a process that has no cart in its cache, ever; for the memory store, the same store.
  virtual CartStore& unseen_carts() = 0;
  /// Returns when the cart's time is over.
  virtual void wait_for_expiry(const CartId& id) = 0;
  /// A plain Redis client's command; nothing for stores without one.
  virtual std::optional<RedisValue> plain(std::vector<std::string> command) = 0;

  /// True when records are forgotten by the test's clock; false when by a server's own.
  virtual bool forgets_by_clock() const = 0;

  virtual boost::asio::io_context& io() = 0;

  /// Runs `task` to its end.
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    std::optional<T> result;
    std::exception_ptr fault;
    bool done = false;
    auto keep = [](boost::asio::awaitable<T> work, std::optional<T>& slot) -> boost::asio::awaitable<void> {
      slot.emplace(co_await std::move(work));
    };
    boost::asio::co_spawn(io(), keep(std::move(task), result), [&fault, &done](std::exception_ptr thrown) {
      fault = thrown;
      done = true;
    });
    while (!done) io().run_one();
    if (fault) std::rethrow_exception(fault);
    return std::move(*result);
  }

  Result<Applied> apply(const ApplyRequest& request) { return run(execute(carts(), request, policy, clock)); }
  Result<Shown> show(const CartId& id) { return run(cartd::show(carts(), id, soon())); }

  static Deadline soon() { return Deadline::clock::now() + std::chrono::seconds(20); }

  /// What a test may move.
  MovableClock clock;
  Policy policy;
};

/// "memory", "embedded", "embedded_uncached", which keeps no record in memory, "postgres", and, of this machine, the
/// names of the Redis-like servers and "mongodb", if there is a server of its kind.
std::vector<std::string> store_kinds();

/// Makes a store of that kind with that policy; a server is started for it, or has been for another one.
std::unique_ptr<StoreUnderTest> make_store(const std::string& kind, Policy policy);

}  // namespace cartd::test
