// Changes with a journal: what is acknowledged from it, and what must not come back from it.
#include "outbox_core/core_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace cartd {
namespace {

using namespace std::chrono_literals;

class JournalTest : public test::CoreFixture {
 protected:
  JournalTest() : CoreFixture(true) {}

  /// The disk answers the oldest append.
  CommandId append(Result<void> result = {}) {
    CommandId id{};
    EXPECT_TRUE(takes<outbox::Append>(id));
    core_.appended(id, std::move(result), now_);
    collect();
    return id;
  }
  CommandId accept(Result<void> result = {}) {
    CommandId id{};
    EXPECT_TRUE(takes<outbox::Accept>(id));
    core_.accepted(id, std::move(result), now_);
    collect();
    return id;
  }
  CommandId release(Result<void> result = {}) {
    CommandId id{};
    EXPECT_TRUE(takes<outbox::ReleaseNow>(id));
    core_.released(id, std::move(result), now_);
    collect();
    return id;
  }
  /// A cart with one piece that this process has seen, and nothing of it left to do.
  void know_the_cart() {
    submit();
    append();
    answer_all();
    ++store_.checkpoint;
    core_.store_moved(now_);
    collect();
    disk_.clear();
    released_.clear();
    ASSERT_TRUE(core_.is_idle());
  }
  /// A change while the store is away.
  void keep_one() {
    store_.is_serving = false;
    const RequestId request = submit();
    append();
    EXPECT_TRUE(is_done(request) && result(request));
  }
  Change expecting_a_version() {
    Change change = add();
    change.expected_version = 1;
    return change;
  }
  bool was_released(CommandId id) const { return std::find(released_.begin(), released_.end(), id) != released_.end(); }

  /// As an earlier process left it that died before the store's answer came.
  JournalRecord left_behind(std::chrono::microseconds age, bool accepted = true) {
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(now_.wall.time_since_epoch() - age);
    return {{1, static_cast<std::uint64_t>(at.count())}, cart(), add(), accepted};
  }
};

const Error disk_full{Errc::journal_full, "as the test says"};
const Error disk_unknown{Errc::outcome_unknown, "as the test says"};

TEST_F(JournalTest, AChangeIsCompleteWhenStoreAndDiskHaveIt) {
  const RequestId request = submit();
  answer_all();
  EXPECT_FALSE(is_done(request));
  append();
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->knowledge.durability, Durability::memory);
}

TEST_F(JournalTest, WhatTheDiskDoesNotHaveIsNotAcknowledged) {
  const RequestId request = submit();
  answer_all();
  append(disk_full);
  EXPECT_EQ(error(request), Errc::outcome_unknown);
}

TEST_F(JournalTest, NothingIsBegunThatTheJournalRefuses) {
  core_.submit({1, cart(), add(), Answer::full, now_.steady + 200ms, disk_full}, now_);
  collect();
  EXPECT_EQ(error(1), Errc::journal_full);
  EXPECT_TRUE(questions_.empty());
  EXPECT_TRUE(disk_.empty());
}

TEST_F(JournalTest, WhileTheStoreIsAwayADifferenceIsKept) {
  know_the_cart();
  store_.is_serving = false;
  const RequestId request = submit(one(Set{sku("A"), 5}));
  EXPECT_TRUE(questions_.empty());
  ASSERT_EQ(disk_.size(), 1U);
  const JournalRecord record = std::get<outbox::Append>(disk_.front()).record;
  EXPECT_TRUE(record.accepted);
  EXPECT_EQ(record.change.command, Command(Batch{{Add{sku("A"), 4}}}));
  append();
  ASSERT_TRUE(result(request));
  EXPECT_TRUE(result(request)->knowledge.degraded);
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 5);
  EXPECT_EQ(core_.figures().journaled, 1U);

  const RequestId reader = find();
  EXPECT_EQ(readings_.at(reader)->cart.lines[0].quantity, 5) << "a reader sees what is pending";
}

TEST_F(JournalTest, WhileTheStoreIsAwayALineThatWasSeenIsDescribed) {
  know_the_cart();
  store_.is_serving = false;
  const Change description = one(Describe{sku("A"), {"Mug"}});
  const RequestId request = submit(description);
  ASSERT_EQ(disk_.size(), 1U);
  EXPECT_EQ(std::get<outbox::Append>(disk_.front()).record.change.command, description.command);
  append();
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->cart.lines[0].details->name, "Mug");
  const RequestId other = submit(one(Describe{sku("B"), {"Mug"}}));
  EXPECT_EQ(error(other), Errc::not_found);
}

TEST_F(JournalTest, WhileTheStoreIsAwayALineThatWasNotSeenMayBeThere) {
  store_.is_serving = false;
  const RequestId request = submit(one(Describe{sku("A"), {"Mug"}}));
  EXPECT_EQ(error(request), Errc::degraded);
  EXPECT_TRUE(disk_.empty());
}

TEST_F(JournalTest, WhatIsKeptReachesTheStoreWhenItIsBack) {
  know_the_cart();
  store_.is_serving = false;
  submit();
  append();
  core_.start(now_);
  advance(1s);
  EXPECT_TRUE(questions_.empty());
  store_.is_serving = true;
  advance(1s);
  answer_all();
  EXPECT_EQ(quantity(), 2);
  EXPECT_EQ(core_.figures().delivered, 1U);
}

TEST_F(JournalTest, WhatIsKeptReachesAStoreThatComesBackEmpty) {
  submit();
  append();
  answer_all();
  core_.start(now_);
  advance(0ms);
  store_.is_serving = false;
  store_.epoch = 0;
  for (int i = 0; i < 20; ++i) {
    submit();
    append();
    advance(10ms);
  }
  store_.records.clear();
  store_.is_serving = true;
  store_.epoch = 2;
  for (int i = 0; i < 40; ++i) {
    advance(50ms);
    answer_all();
  }
  EXPECT_EQ(quantity(), 21);
  EXPECT_EQ(core_.figures().pending, 0U);
}

TEST_F(JournalTest, WhatTheDiskRefusesWhileTheStoreIsAwayIsNotDone) {
  know_the_cart();
  store_.is_serving = false;
  const RequestId request = submit();
  const CommandId id = append(disk_full);
  EXPECT_EQ(error(request), Errc::journal_full);
  EXPECT_TRUE(was_released(id));
  EXPECT_EQ(core_.figures().pending, 0U);
}

TEST_F(JournalTest, AConditionNeedsTheStore) {
  know_the_cart();
  store_.is_serving = false;
  Change change = add();
  change.expected_version = 1;
  EXPECT_EQ(error(submit(change)), Errc::degraded);
}

TEST_F(JournalTest, AConditionThatHeldIsNotedBeforeItIsTold) {
  know_the_cart();
  const RequestId request = submit(expecting_a_version());
  const CommandId sent = append();
  answer_all();
  EXPECT_FALSE(is_done(request)) << "after a crash it would be judged again";
  EXPECT_EQ(accept(), sent);
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 2);
}

TEST_F(JournalTest, AConditionThatHeldAndWasNotNotedIsOfUnknownOutcome) {
  know_the_cart();
  const RequestId request = submit(expecting_a_version());
  append();
  answer_all();
  accept(disk_unknown);
  EXPECT_EQ(error(request), Errc::outcome_unknown);
}

TEST_F(JournalTest, ADurableChangeNeedsNoNoteThatItsConditionHeld) {
  know_the_cart();
  const RequestId request = submit(expecting_a_version());
  append();
  answer_all();
  ++store_.checkpoint;
  core_.store_moved(now_);
  collect();
  accept(Error{Errc::not_found, "it was released"});
  EXPECT_TRUE(result(request));
}

TEST_F(JournalTest, WhatHasNoConditionNeedsNoNote) {
  know_the_cart();
  EXPECT_FALSE(is_done(submit()));
  append();
  answer_all();
  EXPECT_TRUE(disk_.empty());
}

TEST_F(JournalTest, AStoreThatTurnsOutToBeAwayLeavesADifference) {
  know_the_cart();
  const RequestId request = submit();
  fail(Errc::unavailable);
  EXPECT_FALSE(is_done(request)) << "the disk is still to answer";
  const CommandId first = append();
  EXPECT_TRUE(was_released(first));
  const CommandId second = append();
  EXPECT_NE(first, second);
  ASSERT_TRUE(result(request));
  EXPECT_TRUE(result(request)->knowledge.degraded);
}

TEST_F(JournalTest, ADifferenceThatTheDiskRefusesTakesTheFirstRecordBack) {
  know_the_cart();
  const RequestId request = submit();
  fail(Errc::unavailable);
  const CommandId first = append();
  append(disk_full);
  EXPECT_FALSE(is_done(request)) << "its first record might come back";
  EXPECT_EQ(release(), first);
  EXPECT_EQ(error(request), Errc::journal_full);
}

TEST_F(JournalTest, WhatMayHaveBeenDoneIsAcknowledgedAsItIs) {
  know_the_cart();
  const RequestId request = submit();
  append();
  advance(200ms);
  fail(Errc::outcome_unknown, true);
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->knowledge.durability, Durability::journal);
  core_.start(now_);
  advance(1s);
  answer_all();
  EXPECT_EQ(quantity(), 2) << "once";
  EXPECT_EQ(core_.figures().deduplicated, 1U);
}

TEST_F(JournalTest, TheStoresAnswerCountsThatComesBeforeTheDisks) {
  know_the_cart();
  const RequestId request = submit(add(), 30ms);
  submit(add(), 20s);
  fail(Errc::outcome_unknown);
  advance(30ms);
  EXPECT_FALSE(is_done(request));
  answer_all();
  append();
  ASSERT_TRUE(result(request));
  EXPECT_FALSE(result(request)->knowledge.degraded);
}

TEST_F(JournalTest, WhatIsRefusedLeavesTheDiskBeforeItIsTold) {
  know_the_cart();
  const RequestId request = submit(add(Limits{}.max_quantity));
  answer_all();
  EXPECT_FALSE(is_done(request));
  append();
  EXPECT_FALSE(is_done(request));
  release();
  EXPECT_EQ(error(request), Errc::limit_exceeded);
}

TEST_F(JournalTest, WhatWasRefusedAndMayComeBackIsUnknown) {
  know_the_cart();
  const RequestId of_append = submit(add(Limits{}.max_quantity));
  answer_all();
  append(disk_unknown);
  release();
  EXPECT_EQ(error(of_append), Errc::outcome_unknown);

  const RequestId of_release = submit(add(Limits{}.max_quantity));
  answer_all();
  append();
  release(disk_full);
  EXPECT_EQ(error(of_release), Errc::outcome_unknown);
}

TEST_F(JournalTest, WhatDidNothingIsToldWhenItCannotComeBack) {
  const RequestId request = submit(one(Remove{sku("A"), 1}));  // Of a cart that does not exist.
  answer_all();
  append();
  EXPECT_FALSE(is_done(request)) << "after a crash it would go again, and perhaps take effect";
  release();
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->outcome.effect, Effect::unchanged);
  EXPECT_TRUE(core_.is_idle());

  const RequestId may_come_back = submit(one(Remove{sku("A"), 1}));
  answer_all();
  append();
  release(disk_unknown);
  EXPECT_EQ(error(may_come_back), Errc::outcome_unknown);
}

TEST_F(JournalTest, WhatLeavesNoDifferenceTakesItsFirstRecordBack) {
  know_the_cart();
  const RequestId request = submit(one(Set{sku("A"), 1}));
  fail(Errc::unavailable);
  const CommandId id = append();
  EXPECT_FALSE(is_done(request));
  EXPECT_EQ(release(), id);
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 1);
}

TEST_F(JournalTest, AQuantityIsNotSetOnTopOfWhatTheDiskRefuses) {
  know_the_cart();
  store_.is_serving = false;
  const RequestId refused = submit(add(3));
  const RequestId set = submit(one(Set{sku("A"), 5}));
  append(disk_full);
  EXPECT_EQ(error(refused), Errc::journal_full);
  append();
  ASSERT_TRUE(result(set));
  EXPECT_EQ(result(set)->cart.lines[0].quantity, 5);
  store_.is_serving = true;
  core_.start(now_);
  advance(1s);
  answer_all();
  EXPECT_EQ(quantity(), 5);
}

TEST_F(JournalTest, AReaderIsNotShownWhatTheDiskMayRefuse) {
  know_the_cart();
  store_.is_serving = false;
  const RequestId request = submit(add(3));
  const RequestId before = find();
  EXPECT_EQ(readings_.at(before)->cart.lines[0].quantity, 1);
  append();
  ASSERT_TRUE(result(request));
  const RequestId after = find();
  EXPECT_EQ(readings_.at(after)->cart.lines[0].quantity, 4);
}

TEST_F(JournalTest, WhatComesWhileTheDiskIsWaitedForDoesNotOvertake) {
  know_the_cart();
  store_.is_serving = false;
  const RequestId kept = submit(add(3));
  store_.is_serving = true;
  const RequestId request = submit(add(10));
  EXPECT_TRUE(questions_.empty());
  append();
  EXPECT_TRUE(result(kept));
  answer_all();
  append();
  ASSERT_TRUE(result(request));
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 14);
  EXPECT_EQ(quantity(), 14);
}

TEST_F(JournalTest, WhatAnEarlierProcessMayHaveAcknowledgedIsShown) {
  know_the_cart();
  store_.is_serving = false;
  core_.recover({left_behind(1h, false)}, now_);
  const RequestId reader = find();
  EXPECT_EQ(readings_.at(reader)->cart.lines[0].quantity, 2);
}

TEST_F(JournalTest, WhatAnEarlierProcessMayHaveAcknowledgedIsNotRefused) {
  know_the_cart();
  JournalRecord record = left_behind(1h, false);
  record.change = add(Limits{}.max_quantity);
  core_.recover({record}, now_);
  core_.start(now_);
  advance(0ms);
  answer_all();
  EXPECT_EQ(quantity(), Limits{}.max_quantity + 1);
}

TEST_F(JournalTest, WhatExpectedAVersionIsNotDoneWithoutItAfterACrash) {
  know_the_cart();
  JournalRecord record = left_behind(1h, false);
  record.change.expected_version = 7;
  core_.recover({record}, now_);
  core_.start(now_);
  advance(0ms);
  answer_all();
  EXPECT_EQ(quantity(), 1);
  EXPECT_TRUE(was_released(record.command_id));
}

TEST_F(JournalTest, WhatAnEarlierProcessLeftIsSent) {
  core_.recover({left_behind(1h)}, now_);
  core_.start(now_);
  advance(0ms);
  answer_all();
  EXPECT_EQ(quantity(), 1);
  EXPECT_EQ(core_.figures().recovered, 1U);
}

TEST_F(JournalTest, WhatMayBeForgottenInTheRecordBecomesADeadLetter) {
  core_.recover({left_behind(policy_.limits.replay_horizon)}, now_);
  core_.start(now_);
  advance(0ms);
  EXPECT_TRUE(questions_.empty());
  ASSERT_EQ(dead_letters_.size(), 1U);
  EXPECT_EQ(dead_letters_[0].record.command_id.producer, 1U);
  EXPECT_TRUE(core_.is_idle());
}

TEST_F(JournalTest, AWrongClockMakesNoDeadLetterOfWhatThisProcessTookOn) {
  for (const auto jump : {std::chrono::hours(240), -std::chrono::hours(240)}) {
    store_.is_serving = false;
    submit();
    append();
    now_.wall += jump;
    store_.is_serving = true;
    core_.start(now_);
    advance(1s);
    answer_all();
    EXPECT_EQ(core_.figures().pending, 0U);
  }
  EXPECT_TRUE(dead_letters_.empty());
}

TEST_F(JournalTest, ACorruptCartCostsAChangeOnlyAfterManyAttempts) {
  core_.recover({left_behind(1h)}, now_);
  core_.start(now_);
  advance(0ms);
  int attempts = 0;
  for (const SteadyTime begun = now_.steady; dead_letters_.empty(); wait()) {
    ASSERT_LT(now_.steady - begun, 1min);
    if (questions_.empty()) continue;
    ++attempts;
    fail(Errc::corrupt);
    if (dead_letters_.empty()) continue;
    EXPECT_GE(attempts, 5);
    EXPECT_GE(now_.steady - begun, 5s);
    break;
  }
  EXPECT_EQ(core_.figures().dead_letters, 1U);
}

TEST_F(JournalTest, ARetriedDeadLetterIsSentUnderAnIdOfItsOwn) {
  core_.retry(9, {left_behind(48h), "a reason", now_.wall_ms()}, 42, now_.steady + 4s, now_);
  collect();
  const auto revive = std::get<outbox::Revive>(disk_.front());
  EXPECT_EQ(revive.dead.producer, 1U);
  EXPECT_EQ(revive.renewed.command_id.producer, 42U);
  core_.revived(revive.renewed.command_id, {}, now_);
  collect();
  EXPECT_TRUE(retries_.at(9));
  core_.start(now_);
  advance(0ms);
  answer_all();
  EXPECT_EQ(quantity(), 1);
}

TEST_F(JournalTest, ARetryThatTheDiskDoesNotAnswerIsUnknownAndMayStillCome) {
  core_.retry(9, {left_behind(48h), "a reason", now_.wall_ms()}, 42, now_.steady + 4s, now_);
  collect();
  advance(4s);
  EXPECT_EQ(retries_.at(9).error().code, Errc::outcome_unknown);
  core_.revived(std::get<outbox::Revive>(disk_.front()).renewed.command_id, {}, now_);
  collect();
  EXPECT_EQ(core_.figures().pending, 1U);
}

TEST_F(JournalTest, TheAgeOfTheOldestPendingChangeIsKnown) {
  core_.recover({left_behind(1h), left_behind(1min)}, now_);
  EXPECT_GE(core_.oldest_pending(now_), 59min);
  core_.start(now_);
  advance(0ms);
  answer_all();
  EXPECT_EQ(core_.oldest_pending(now_), 0ms);
}

TEST_F(JournalTest, MemoryIsCountedFromAcceptanceToRelease) {
  EXPECT_EQ(core_.figures().memory, 0U);
  std::size_t before = 0;
  for (int i = 0; i < 40; ++i) {
    keep_one();
    const std::size_t memory = core_.figures().memory;
    EXPECT_GT(memory, before + Journal::index_bytes);
    before = memory;
  }
  store_.is_serving = true;
  core_.start(now_);
  wait();
  answer_all();
  EXPECT_EQ(quantity(), 40);
  const std::size_t unconfirmed = core_.figures().memory;
  EXPECT_GT(unconfirmed, 40 * Journal::index_bytes);
  ++store_.checkpoint;
  core_.store_moved(now_);
  EXPECT_EQ(core_.figures().memory, 0U);
}

TEST_F(JournalTest, ACartIsShownAsItWasAcceptedHoweverOftenItIsMadeAgain) {
  policy_.ttl.standard = 10s;
  know_the_cart();
  keep_one();
  advance(6s);
  keep_one();
  advance(6s);
  const RequestId reader = find();
  ASSERT_TRUE(is_done(reader));
  EXPECT_EQ(readings_.at(reader)->cart.lines.at(0).quantity, 3) << "each change renewed it before it expired";
}

}  // namespace
}  // namespace cartd
