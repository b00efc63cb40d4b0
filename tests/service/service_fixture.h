// The services over the memory store on two reactors, with a clock that a test may move.
#pragma once

#include "service/cart_service.h"
#include "service/user_service.h"
#include "store/memory/memory_cart_store.h"
#include "store/memory/memory_user_store.h"
#include "store/shard.h"
#include "support/movable_clock.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

class ServiceTest : public testing::Test {
 protected:
  explicit ServiceTest(std::size_t memory = std::size_t{1} << 30) : budget_(memory) {
    for (std::size_t i = 0; i < reactors_.size(); ++i)
      shards_.push_back({std::make_unique<MemoryCartStore>(reactors_[i].io().get_executor(), clock_, budget_, [] {}),
                         std::make_unique<MemoryUserStore>(options_.policy.limits, budget_)});
    carts_ = std::make_unique<CartService>(reactors_, shards_, clock_, metrics_, nullptr, options_);
    users_ = std::make_unique<UserService>(reactors_, shards_, *carts_, options_);
    reactors_.start();
  }
  ~ServiceTest() override { reactors_.stop(); }

  /// Awaits `task` on the first reactor, wherever the cart is at home.
  template <class T>
  T run(boost::asio::awaitable<T> task) {
    std::promise<void> done;
    std::optional<T> result;
    auto keep = [](boost::asio::awaitable<T> work, std::optional<T>& slot) -> boost::asio::awaitable<void> {
      slot.emplace(co_await std::move(work));
    };
    boost::asio::co_spawn(reactors_[0].io(), keep(std::move(task), result),
                          [&done](std::exception_ptr) { done.set_value(); });
    done.get_future().wait();
    return std::move(*result);
  }

  Result<ChangeResult> add(const std::string& cart, std::int64_t quantity, Conditions conditions = {}) {
    return run(carts_->change(*CartId::parse(cart), Batch{{Add{*Sku::parse("A"), quantity}}}, std::move(conditions),
                              Detail::full));
  }

  MovableClock clock_;
  Metrics metrics_;
  CartServiceOptions options_;
  MemoryBudget budget_;
  Reactors reactors_{2};
  std::vector<Shard> shards_;
  std::unique_ptr<CartService> carts_;
  std::unique_ptr<UserService> users_;
};

}  // namespace cartd::test
