// The services over the memory store on two reactors.
#include "service/service_fixture.h"

#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using test::ServiceTest;

using namespace std::chrono_literals;

TEST_F(ServiceTest, ACartIsTheSameFromWhicheverReactorItIsAsked) {
  for (int i = 0; i < 20; ++i) {
    const std::string id = "cart-" + std::to_string(i);
    ASSERT_TRUE(add(id, i + 1));
    EXPECT_EQ(run(carts_->find(*CartId::parse(id)))->cart.lines.at(0).quantity, i + 1);
  }
}

TEST_F(ServiceTest, InvalidChangesNeverReachTheStore) {
  EXPECT_EQ(add("a", 0).error().code, Errc::invalid);
  EXPECT_EQ(add("a", 1'000'000).error().pointer, "/quantity");
  EXPECT_EQ(run(carts_->find(*CartId::parse("a")))->cart.version, 0u);
}

TEST_F(ServiceTest, AnIdempotencyKeyIsRememberedWithItsCommand) {
  const Conditions once{std::nullopt, *IdempotencyKey::parse("key")};
  EXPECT_EQ(add("a", 2, once)->effect, Effect::changed);
  EXPECT_EQ(add("a", 2, once)->effect, Effect::replayed);
  EXPECT_EQ(add("a", 3, once).error().code, Errc::idempotency_mismatch);
  EXPECT_EQ(run(carts_->find(*CartId::parse("a")))->cart.lines.at(0).quantity, 2);
}

TEST_F(ServiceTest, AChangeIsDoneOnlyToACartForWhichItsConditionHolds) {
  const auto when = [](CartCondition condition) { return Conditions{std::move(condition), std::nullopt}; };
  EXPECT_EQ(add("a", 1, when(MustExist{})).error().code, Errc::version_mismatch);
  EXPECT_EQ(add("a", 1, when(MustNotExist{}))->view.cart.version, 1U);
  EXPECT_EQ(add("a", 1, when(MustNotExist{})).error().current_version, 1U);
  EXPECT_EQ(add("a", 1, when(AnyVersionOf{{2}})).error().code, Errc::version_mismatch);
  EXPECT_EQ(add("a", 1, when(AnyVersionOf{})).error().current_version, 1U);
  EXPECT_EQ(add("a", 1, when(AnyVersionOf{{5, 1}}))->view.cart.version, 2U);
  EXPECT_EQ(add("a", 1, when(MustExist{}))->view.cart.version, 3U);
  EXPECT_EQ(run(carts_->find(*CartId::parse("a"), AnyVersionOf{{3}}))->cart.version, 3U);
  EXPECT_EQ(run(carts_->find(*CartId::parse("a"), AnyVersionOf{{2}})).error().current_version, 3U);
}

TEST_F(ServiceTest, ConcurrentChangesOfAnExistingCartAreAllApplied) {
  ASSERT_TRUE(add("a", 1));
  constexpr int clients = 3;  // With two others, at most two attempts can fail.
  std::vector<std::future<bool>> all;
  for (int i = 0; i < clients; ++i) {
    auto one = [](CartService& carts) -> boost::asio::awaitable<bool> {
      Command command = Batch{{Add{*Sku::parse("A"), 1}}};
      Conditions conditions{MustExist{}, std::nullopt};
      const auto changed =
          co_await carts.change(*CartId::parse("a"), std::move(command), std::move(conditions), Detail::version);
      co_return changed.has_value();
    };
    all.push_back(
        boost::asio::co_spawn(reactors_[static_cast<std::size_t>(i) % 2].io(), one(*carts_), boost::asio::use_future));
  }
  for (auto& done : all) EXPECT_TRUE(done.get());
  EXPECT_EQ(run(carts_->find(*CartId::parse("a")))->cart.lines.at(0).quantity, 1 + clients);
}

TEST_F(ServiceTest, ARetryIsAnsweredThoughItsConditionNoLongerHolds) {
  const Conditions once{MustNotExist{}, *IdempotencyKey::parse("key")};
  EXPECT_EQ(add("a", 1, once)->effect, Effect::changed);
  EXPECT_EQ(add("a", 1, once)->effect, Effect::replayed);
}

TEST_F(ServiceTest, ChangesAndReadsAreCounted) {
  ASSERT_TRUE(add("a", 1));
  ASSERT_FALSE(add("a", 0));
  ASSERT_TRUE(run(carts_->find(*CartId::parse("a"))));
  ASSERT_TRUE(run(carts_->find(*CartId::parse("nobody"))));
  const std::string text = metrics_.text();
  for (const char* line :
       {"cartd_commands_total{kind=\"add\",outcome=\"changed\"} 1",
        "cartd_commands_total{kind=\"add\",outcome=\"invalid\"} 1", "cartd_cart_reads_total{result=\"hit\"} 1",
        "cartd_cart_reads_total{result=\"miss\"} 1", "cartd_cart_lines_count 1"})
    EXPECT_NE(text.find(line), std::string::npos) << line << " is not in\n" << text;
}

TEST_F(ServiceTest, DeletingAUserLeavesTheCartUnlessItIsAskedForToo) {
  const UserId user = *UserId::parse("123");
  UserFields fields{{"name", "Ada"}};
  ASSERT_TRUE(run(users_->put(user, fields)));
  ASSERT_TRUE(add("123", 2));
  ASSERT_TRUE(run(users_->erase(user, false)));
  EXPECT_EQ(run(users_->find(user)).error().code, Errc::not_found);
  EXPECT_TRUE(exists(run(carts_->find(*CartId::parse("123")))->cart));
  ASSERT_TRUE(run(users_->erase(user, true)));
  EXPECT_FALSE(exists(run(carts_->find(*CartId::parse("123")))->cart));
}

class FullMemoryTest : public ServiceTest {
 protected:
  FullMemoryTest() : ServiceTest(20'000) {}
};

TEST_F(FullMemoryTest, AtTheLimitGrowthIsRefusedAndFreedRoomIsUsed) {
  int stored = 0;
  while (add("cart-" + std::to_string(stored), 1)) ++stored;
  ASSERT_GT(stored, 5);
  EXPECT_EQ(add("one-more", 1).error().code, Errc::store_full);
  EXPECT_LE(budget_.used(), 20'000);
  for (int i = 0; i < stored; ++i)
    EXPECT_TRUE(exists(run(carts_->find(*CartId::parse("cart-" + std::to_string(i))))->cart));
  UserFields fields{{"name", std::string(4000, 'x')}};
  EXPECT_EQ(run(users_->put(*UserId::parse("u"), fields)).error().code, Errc::store_full);
  EXPECT_TRUE(run(carts_->change(*CartId::parse("cart-0"), Batch{{RemoveLine{*Sku::parse("A")}}}, {}, Detail::full)));
}

}  // namespace
}  // namespace cartd
