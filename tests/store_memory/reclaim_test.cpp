// What the memory store does beyond the contract: it gives memory back by itself.
#include "store/memory/memory_cart_store.h"

#include "store/execute.h"
#include "support/reactor_thread.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>

namespace cartd {
namespace {

using namespace std::chrono_literals;

class SetClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override {
    return std::chrono::sys_time<std::chrono::microseconds>(time.load());
  }
  std::atomic<std::chrono::microseconds> time{1'000'000'000'000us};
};

class ReclaimTest : public testing::Test {
 protected:
  /// The store goes where its timer runs.
  ~ReclaimTest() override { drop_store(); }

  void drop_store() {
    loop_.call([&] {
      store_.reset();
      return true;
    });
  }
  void apply(const std::string& cart, Command command) {
    const ApplyRequest request{*CartId::parse(cart), Change{std::move(command)}, CommandId{1, ++sequence_},
                               Answer::full, Deadline::max()};
    ASSERT_TRUE(loop_.run(execute(*store_, request, policy_, clock_)));
  }
  void reclaim_after(std::chrono::microseconds time) {
    clock_.time = clock_.time.load() + time;
    loop_.call([&] {
      store_->reclaim();
      return true;
    });
  }
  static Command add() { return Batch{{Add{*Sku::parse("A"), 1}}}; }

  SetClock clock_;
  Policy policy_;
  MemoryBudget budget_{std::size_t{1} << 30};
  std::atomic<int> expired_{0};
  test::ReactorThread loop_;
  std::unique_ptr<MemoryCartStore> store_ =
      std::make_unique<MemoryCartStore>(loop_.executor(), clock_, budget_, [this] { ++expired_; });
  std::uint64_t sequence_ = 0;
};

TEST_F(ReclaimTest, AnExpiredCartShrinksAtOnceAndIsRemovedADayLater) {
  for (int i = 0; i < 100; ++i) apply("cart-" + std::to_string(i), add());
  const auto full = budget_.used();
  reclaim_after(7 * 24h + 1s);
  EXPECT_EQ(expired_, 100);
  EXPECT_LT(budget_.used(), full);
  EXPECT_GT(budget_.used(), 0);
  reclaim_after(24h);
  EXPECT_EQ(budget_.used(), 0);
  EXPECT_EQ(expired_, 100);
}

TEST_F(ReclaimTest, ACartThatIsStillUsedIsNotReclaimed) {
  apply("a", add());
  clock_.time = clock_.time.load() + 6 * 24h;
  apply("a", add());
  reclaim_after(3 * 24h);
  EXPECT_EQ(expired_, 0);
  EXPECT_TRUE(exists(loop_.run(show(*store_, *CartId::parse("a"), Deadline::max()))->cart));
}

TEST_F(ReclaimTest, ADeletedCartIsRemovedADayLater) {
  apply("a", add());
  apply("a", Delete{});
  reclaim_after(24h + 1s);
  EXPECT_EQ(budget_.used(), 0);
  EXPECT_EQ(expired_, 0);
}

TEST_F(ReclaimTest, AStoreThatGoesGivesItsMemoryBack) {
  apply("a", add());
  drop_store();
  EXPECT_EQ(budget_.used(), 0);
}

}  // namespace
}  // namespace cartd
