// The service with a journal of its own.
#include "journal/journal.h"
#include "service/cart_service.h"
#include "store/cart_store.h"
#include "store/shard.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <future>
#include <string>
#include <vector>

namespace cartd {
namespace {

/// In which all commands of a test fall into one microsecond.
class StillClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override { return time_; }

 private:
  const std::chrono::sys_time<std::chrono::microseconds> time_ = SystemClock().now();
};

/// Takes everything, and is never sure of it: so the journal keeps it.
class UnsafeStore final : public CartStore {
 public:
  std::optional<Loaded> known(const CartId& id) override { return nothing_of(id); }
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline) override { co_return nothing_of(id); }
  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override {
    co_return Committed{true, request.base, {}, WritePosition{1, 1}};
  }
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId, Deadline) override {
    co_return std::shared_ptr<const Checkout>();
  }
  boost::asio::awaitable<StoreState> check(Deadline) override { co_return StoreState{true, ""}; }
  Durability durability() const override { return Durability::memory; }
  std::uint64_t durable_checkpoint(std::uint64_t) const override { return 0; }

 private:
  static Loaded nothing_of(const CartId& id) { return {std::make_shared<const Snapshot>(CartRecord{Cart{id}})}; }
};

TEST(JournaledServiceTest, NoTwoEventLoopsEverGiveTheSameCommandId) {
  const test::TempDir folder;
  StillClock clock;
  Metrics metrics;
  Reactors reactors(3);
  auto journal = Journal::open({folder.path() / "journal", 1 << 20});
  ASSERT_TRUE(journal) << journal.error();
  CartServiceOptions options;
  std::vector<Shard> shards;
  for (std::size_t i = 0; i < reactors.size(); ++i) shards.push_back({std::make_unique<UnsafeStore>(), nullptr});
  CartService carts(reactors, shards, clock, metrics, journal->get(), options);
  carts.start();
  reactors.start();
  auto add = [&](int cart) {
    Command command = Batch{{Add{*Sku::parse("A"), 1}}};
    Conditions conditions;
    auto change = carts.change(*CartId::parse("c" + std::to_string(cart)), std::move(command), std::move(conditions),
                               Detail::full);
    auto succeeded = [](boost::asio::awaitable<Result<ChangeResult>> task) -> boost::asio::awaitable<bool> {
      const Result<ChangeResult> result = co_await std::move(task);
      co_return result.has_value();
    };
    return boost::asio::co_spawn(reactors[0].io(), succeeded(std::move(change)), boost::asio::use_future);
  };
  std::vector<std::future<bool>> answers;
  for (int cart = 0; cart < 200; ++cart) answers.push_back(add(cart));
  for (std::future<bool>& answer : answers) EXPECT_TRUE(answer.get());
  carts.stop();
  reactors.stop();
}

}  // namespace
}  // namespace cartd
