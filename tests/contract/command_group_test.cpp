// Commands of one cart that go to the store together.
#include "contract/store_under_test.h"
#include "support/parameter_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using test::make_store;
using test::store_kinds;
using test::StoreUnderTest;

/// Counts what is asked of a store, and loses the answer to a commit where it is told to.
class CountingStore final : public CartStore {
 public:
  explicit CountingStore(CartStore& store) : store_(store) {}

  std::optional<Loaded> known(const CartId& id) override { return store_.known(id); }
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline deadline) override {
    ++loads;
    return store_.load(std::move(id), deadline);
  }
  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override {
    ++commits;
    Result<Committed> committed = co_await store_.commit(std::move(request));
    if (std::exchange(loses_next_answer, false)) co_return Error{Errc::outcome_unknown, "lost by the test"};
    co_return committed;
  }
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId id,
                                                                                Deadline deadline) override {
    return store_.find_checkout(std::move(id), deadline);
  }
  boost::asio::awaitable<StoreState> check(Deadline deadline) override { return store_.check(deadline); }
  Durability durability() const override { return store_.durability(); }

  int loads = 0;
  int commits = 0;
  bool loses_next_answer = false;

 private:
  CartStore& store_;
};

class CommandGroupTest : public testing::TestWithParam<std::string> {
 protected:
  static Sku sku(const std::string& text) { return *Sku::parse(text); }
  static Change one(LineCommand command) { return Change{Batch{{std::move(command)}}}; }
  static Change add(const char* text, std::int64_t quantity) { return one(Add{sku(text), quantity}); }

  /// Each with a command id of its own, which it keeps when it is sent again.
  GroupResult send(const std::vector<Change>& changes, std::uint64_t first_seq, Answer answer = Answer::full) {
    CommandGroup group{id_, {}, StoreUnderTest::soon()};
    for (const Change& change : changes)
      group.commands.push_back({&change, {7, start_ + first_seq + group.commands.size()}, answer});
    return store_->run(execute(counting_, std::move(group), store_->policy, store_->clock));
  }

  Result<Applied> apply_elsewhere(Change change) {
    const ApplyRequest request{
        id_, std::move(change), {8, start_ + ++elsewhere_}, Answer::full, StoreUnderTest::soon()};
    return store_->run(execute(store_->other_carts(), request, store_->policy, store_->clock));
  }

  Cart cart() { return store_->show(id_)->cart; }

  std::unique_ptr<StoreUnderTest> store_ = make_store(GetParam(), Policy{});
  CountingStore counting_{store_->carts()};
  CartId id_ = *CartId::parse("123");
  std::uint64_t start_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
  std::uint64_t elsewhere_ = 0;
};

TEST_P(CommandGroupTest, IsOneCommitAndEachAnswerHasAVersionOfItsOwn) {
  const GroupResult result = send(std::vector<Change>(50, add("A", 1)), 1);
  ASSERT_EQ(result.answers.size(), 50U);
  for (std::size_t i = 0; i < 50; ++i) {
    ASSERT_TRUE(result.answers[i]);
    EXPECT_EQ(result.answers[i]->cart.version, i + 1);
    ASSERT_EQ(result.answers[i]->cart.lines.size(), 1U);
    EXPECT_EQ(result.answers[i]->cart.lines[0].quantity, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(counting_.commits, 1);
  EXPECT_EQ(cart(), result.answers.back()->cart);
  EXPECT_THAT(result.snapshot->record.applied_sequences, testing::ElementsAre(AppliedSequence{7, start_ + 50}));
}

TEST_P(CommandGroupTest, AnswersWithVersionsAloneToo) {
  const GroupResult result = send({add("A", 1), add("B", 1), one(RemoveLine{sku("A")})}, 1, Answer::version);
  ASSERT_EQ(result.answers.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(result.answers[i]->cart.version, i + 1);
  EXPECT_EQ(cart().lines.size(), 1U);
}

TEST_P(CommandGroupTest, ARefusalEndsIt) {
  const std::vector<Change> changes = {add("A", 1), add("A", Limits{}.max_quantity), add("A", 1)};
  const GroupResult first = send(changes, 1);
  ASSERT_EQ(first.answers.size(), 1U);
  EXPECT_EQ(first.answers[0]->cart.version, 1U);

  const GroupResult second = send({changes[1], changes[2]}, 2);
  ASSERT_EQ(second.answers.size(), 1U);
  EXPECT_EQ(second.answers[0].error().code, Errc::limit_exceeded);
  EXPECT_EQ(counting_.commits, 1);

  EXPECT_EQ(send({changes[2]}, 3).answers[0]->cart.version, 2U);
  EXPECT_EQ(cart().lines[0].quantity, 2);
}

TEST_P(CommandGroupTest, ARefusalBehindALostAnswerIsToldApart) {
  const std::vector<Change> changes = {add("A", 1), add("A", Limits{}.max_quantity), add("A", 1)};
  counting_.loses_next_answer = true;
  const GroupResult lost = send(changes, 1);
  ASSERT_TRUE(lost.failure);
  EXPECT_EQ(lost.failure->code, Errc::outcome_unknown);
  EXPECT_EQ(lost.failed, 1U) << "the others were not sent";

  const GroupResult again = send(changes, 1);
  ASSERT_EQ(again.answers.size(), 2U);
  EXPECT_EQ(again.answers[0]->outcome.effect, Effect::duplicate);
  EXPECT_EQ(again.answers[1].error().code, Errc::limit_exceeded);
  EXPECT_EQ(cart().lines[0].quantity, 1);
}

TEST_P(CommandGroupTest, SentAgainTakesEffectOnce) {
  const std::vector<Change> changes = {add("A", 1), one(Set{sku("B"), 3}), add("A", 2)};
  counting_.loses_next_answer = true;
  EXPECT_EQ(send(changes, 1).failed, 3U);
  const GroupResult again = send(changes, 1);
  ASSERT_EQ(again.answers.size(), 3U);
  for (const auto& answer : again.answers) EXPECT_EQ(answer->outcome.effect, Effect::duplicate);
  EXPECT_EQ(counting_.commits, 1);
  EXPECT_EQ(cart().version, 3U);
}

TEST_P(CommandGroupTest, AConflictDecidesAllOfItAgain) {
  ASSERT_TRUE(send({add("A", 1)}, 1).answers[0]);
  ASSERT_TRUE(apply_elsewhere(add("A", 10)));
  const GroupResult result = send({add("A", 1), add("A", 1)}, 2);
  ASSERT_EQ(result.answers.size(), 2U);
  EXPECT_EQ(result.answers[0]->cart.version, 3U);
  EXPECT_EQ(result.answers[0]->cart.lines[0].quantity, 12);
  EXPECT_EQ(result.answers[1]->cart.version, 4U);
  EXPECT_EQ(cart().lines[0].quantity, 13);
}

TEST_P(CommandGroupTest, EveryAnswerShowsTheLinesOfPlainClients) {
  ASSERT_TRUE(send({add("A", 1), add("B", 1)}, 1).answers[0]);
  if (!store_->plain({"HINCRBY", "cart:123", "B", "4"})) GTEST_SKIP() << "this store has no plain clients";
  const GroupResult result = send({add("A", 1), add("A", 1)}, 3);
  ASSERT_EQ(result.answers.size(), 2U);
  EXPECT_EQ(counting_.commits, 2) << "the line is not touched, so that there is no conflict";
  for (const auto& answer : result.answers) {
    ASSERT_EQ(answer->cart.lines.size(), 2U);
    EXPECT_EQ(answer->cart.lines[1].quantity, 5);
  }
  EXPECT_EQ(result.answers[0]->cart.lines[0].quantity, 2);
  EXPECT_EQ(result.answers[1]->cart.lines[0].quantity, 3);
}

TEST_P(CommandGroupTest, AnExpectedVersionMayBeThatOfTheCommandBefore) {
  Change second = add("A", 1);
  second.expected_version = 1;
  const GroupResult result = send({add("A", 1), second}, 1);
  ASSERT_EQ(result.answers.size(), 2U);
  EXPECT_EQ(result.answers[1]->cart.version, 2U);
  EXPECT_EQ(counting_.commits, 1);
}

TEST_P(CommandGroupTest, AKeyIsKnownToTheCommandsBehindIt) {
  Change keyed = add("A", 1);
  keyed.idempotency = Idempotency{"0123456789abcdef", "0123456789a"};
  const GroupResult result = send({keyed, keyed}, 1);
  ASSERT_EQ(result.answers.size(), 2U);
  EXPECT_EQ(result.answers[1]->outcome.effect, Effect::replayed);
  EXPECT_EQ(cart().lines[0].quantity, 1);
}

TEST_P(CommandGroupTest, MayEndACartAndBeginItAnew) {
  ASSERT_TRUE(send({add("A", 1), add("B", 1)}, 1).answers[0]);
  const GroupResult result = send({Change{Delete{}}, add("A", 2), one(Clear{}), add("C", 3)}, 3);
  ASSERT_EQ(result.answers.size(), 4U);
  EXPECT_FALSE(result.answers[0]->cart.created_at);
  EXPECT_EQ(cart(), result.answers[3]->cart);
  ASSERT_EQ(cart().lines.size(), 1U);
  EXPECT_EQ(cart().lines[0].id, sku("C"));
  EXPECT_EQ(cart().version, 6U);
}

INSTANTIATE_TEST_SUITE_P(Stores, CommandGroupTest, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
