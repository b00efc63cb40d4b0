// Changes without a journal that are acknowledged from memory while the store is away.
#include "outbox_core/core_fixture.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cartd {
namespace {

using namespace std::chrono_literals;

class MemoryWhileAwayTest : public test::CoreFixture {
 protected:
  explicit MemoryWhileAwayTest(std::size_t max_memory = OutboxOptions{}.max_memory)
      : CoreFixture(false, {.max_memory = max_memory, .memory_while_away = true}) {}

  /// A cart with one piece that this process has seen, and nothing of it left to do.
  void know_the_cart() {
    submit();
    answer_all();
    ++store_.checkpoint;
    core_.store_moved(now_);
    collect();
    ASSERT_TRUE(core_.is_idle());
  }
  void bring_back() {
    store_.is_serving = true;
    core_.start(now_);
    for (int i = 0; i < 40; ++i) {
      advance(50ms);
      answer_all();
    }
  }
};

TEST_F(MemoryWhileAwayTest, ADifferenceIsAcknowledgedAtOnce) {
  know_the_cart();
  store_.is_serving = false;
  const RequestId request = submit(one(Set{sku("A"), 5}));
  ASSERT_TRUE(is_done(request));
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->knowledge.durability, Durability::memory);
  EXPECT_TRUE(result(request)->knowledge.degraded);
  EXPECT_FALSE(result(request)->knowledge.partial);
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 5);
  EXPECT_TRUE(questions_.empty());
  EXPECT_TRUE(disk_.empty());
  EXPECT_EQ(core_.figures().remembered, 1U);
  EXPECT_EQ(core_.figures().acknowledged, 1U);

  const RequestId reader = find();
  EXPECT_EQ(readings_.at(reader)->cart.lines[0].quantity, 5) << "a reader sees what is pending";
  EXPECT_EQ(readings_.at(reader)->knowledge.durability, Durability::memory);

  // What another server does meanwhile survives.
  auto changed = std::make_shared<Snapshot>(*store_.current(cart()));
  changed->record.cart.lines[0].quantity += 10;
  changed->token += 100;
  store_.records["a"] = changed;
  bring_back();
  EXPECT_EQ(quantity(), 15);
}

TEST_F(MemoryWhileAwayTest, WhatIsKeptReachesTheStoreOnceAndInOrder) {
  know_the_cart();
  store_.is_serving = false;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(result(submit()));
  EXPECT_TRUE(result(submit(one(Remove{sku("A"), 60}))));
  EXPECT_EQ(core_.figures().acknowledged, 101U);
  bring_back();
  EXPECT_EQ(quantity(), 41);
  EXPECT_EQ(core_.figures().delivered, 101U);
  EXPECT_EQ(core_.figures().acknowledged, 0U);
}

TEST_F(MemoryWhileAwayTest, ACartThatWasNotSeenIsPartial) {
  store_.is_serving = false;
  const RequestId request = submit();
  ASSERT_TRUE(result(request));
  EXPECT_TRUE(result(request)->knowledge.partial);
}

TEST_F(MemoryWhileAwayTest, WhatNeedsTheStoreIsRefused) {
  know_the_cart();
  Change change = add();
  change.expected_version = 1;
  store_.is_serving = false;
  EXPECT_EQ(error(submit(change)), Errc::degraded);
  EXPECT_EQ(error(submit(one(Describe{sku("B"), {"Mug"}}))), Errc::not_found);
  EXPECT_EQ(error(submit_to(cart("unseen"), one(Describe{sku("A"), {"Mug"}}))), Errc::degraded);
  EXPECT_EQ(core_.figures().acknowledged, 0U);
}

TEST_F(MemoryWhileAwayTest, AStoreThatTurnsOutToBeAwayIsNoErrorForTheClient) {
  know_the_cart();
  const RequestId request = submit();
  fail(Errc::unavailable);
  ASSERT_TRUE(is_done(request));
  ASSERT_TRUE(result(request));
  EXPECT_TRUE(result(request)->knowledge.degraded);
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 2);
  EXPECT_TRUE(released_.empty());
  bring_back();
  EXPECT_EQ(quantity(), 2);
}

TEST_F(MemoryWhileAwayTest, WhatMayHaveBeenDoneIsAcknowledgedAsItIs) {
  know_the_cart();
  const RequestId request = submit();
  advance(200ms);
  fail(Errc::outcome_unknown, true);
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->knowledge.durability, Durability::memory);
  bring_back();
  EXPECT_EQ(quantity(), 2) << "once";
  EXPECT_EQ(core_.figures().deduplicated, 1U);
}

TEST_F(MemoryWhileAwayTest, AConditionalChangeWhoseAnswerIsLostIsOfUnknownOutcome) {
  know_the_cart();
  Change change = add();
  change.expected_version = 1;
  const RequestId request = submit(change);
  advance(200ms);
  fail(Errc::outcome_unknown, true);
  EXPECT_EQ(error(request), Errc::outcome_unknown);
}

TEST_F(MemoryWhileAwayTest, ARetryIsRecognized) {
  know_the_cart();
  store_.is_serving = false;
  Change change = add();
  change.idempotency = Idempotency{"0123456789abcdef", "0123456789a"};
  EXPECT_EQ(result(submit(change))->outcome.effect, Effect::changed);
  EXPECT_EQ(result(submit(change))->outcome.effect, Effect::replayed);
  bring_back();
  EXPECT_EQ(quantity(), 2);
}

TEST_F(MemoryWhileAwayTest, NewChangesQueueBehindThoseThatWait) {
  know_the_cart();
  store_.is_serving = false;
  submit(add(3));
  store_.is_serving = true;
  const RequestId request = submit(one(Set{sku("A"), 7}));
  answer_all();
  ASSERT_TRUE(result(request));
  EXPECT_FALSE(result(request)->knowledge.degraded);
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 7);
  EXPECT_EQ(quantity(), 7);
  EXPECT_EQ(core_.figures().delivered, 1U);
}

TEST_F(MemoryWhileAwayTest, WhatIsTooOldBecomesADeadLetter) {
  know_the_cart();
  store_.is_serving = false;
  submit();
  advance(policy_.limits.replay_horizon);
  bring_back();
  EXPECT_EQ(dead_letters_.size(), 1U);
  EXPECT_EQ(quantity(), 1);
}

class LittleMemoryWhileAwayTest : public MemoryWhileAwayTest {
 protected:
  LittleMemoryWhileAwayTest() : MemoryWhileAwayTest(64 * 1024) {}
};

TEST_F(LittleMemoryWhileAwayTest, WhatIsAcknowledgedIsNeverLetGoOf) {
  know_the_cart();
  for (int i = 0; i < 20; ++i) submit();
  answer_all();
  EXPECT_GT(core_.figures().unconfirmed, 0U);
  store_.is_serving = false;
  int kept = 0;
  for (; core_.figures().memory < std::size_t{64} * 1024; ++kept) {
    ASSERT_TRUE(result(submit()));
    ASSERT_LT(kept, 1000) << "the memory of what waits is counted";
  }
  EXPECT_EQ(core_.figures().unconfirmed, 0U) << "what the store has goes first";
  EXPECT_EQ(core_.figures().acknowledged, static_cast<std::size_t>(kept));
  bring_back();
  EXPECT_EQ(quantity(), 21 + kept);
}

}  // namespace
}  // namespace cartd
