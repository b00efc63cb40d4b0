// Changes on their way to the store, without a journal.
#include "outbox_core/core_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;

class SendingTest : public test::CoreFixture {
 protected:
  /// So that the first commit needs no load before it.
  void know_the_cart() {
    submit();
    answer_all();
    released();
  }
  void released() {
    ++store_.checkpoint;
    core_.store_moved(now_);
    collect();
  }
};

TEST_F(SendingTest, AChangeIsCompleteWhenTheStoreHasIt) {
  const RequestId request = submit(add(2));
  EXPECT_FALSE(is_done(request));
  answer();  // The load.
  EXPECT_FALSE(is_done(request));
  answer();
  ASSERT_TRUE(is_done(request));
  EXPECT_EQ(result(request)->cart.version, 1U);
  EXPECT_EQ(quantity(), 2);
}

TEST_F(SendingTest, WhatComesMeanwhileGoesTogether) {
  know_the_cart();
  std::vector<RequestId> requests;
  for (int i = 0; i < 50; ++i) requests.push_back(submit());
  ASSERT_EQ(questions_.size(), 1U);
  const int before = asked_;
  answer_all();
  EXPECT_EQ(asked_ - before, 1) << "49 of them in one commit";
  for (std::size_t i = 0; i < requests.size(); ++i) EXPECT_EQ(result(requests[i])->cart.version, i + 2);
  EXPECT_EQ(quantity(), 51);
}

TEST_F(SendingTest, SequencesOfDeadProducersLeaveWithTheNextCommit) {
  auto there = std::make_shared<Snapshot>(CartRecord{Cart{cart()}, {{3, 30}, {4, 40}}});
  store_.records["a"] = there;
  core_.drop_producers({3, 5});
  submit();
  answer_all();
  std::vector<ProducerId> left;
  for (const AppliedSequence& last : store_.current(cart())->record.applied_sequences) left.push_back(last.producer);
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<ProducerId>{4, 7}));
}

TEST_F(SendingTest, CartsDoNotWaitForEachOther) {
  submit();
  const RequestId other = submit_to(cart("b"), add());
  ASSERT_EQ(questions_.size(), 2U);
  questions_.pop_front();  // Never answered.
  answer_all();
  EXPECT_TRUE(is_done(other));
}

TEST_F(SendingTest, WhatWaitsInLineUntilItsDeadlineWasSurelyNotDone) {
  know_the_cart();
  const RequestId first = submit();
  const RequestId second = submit(add(), 30ms);
  advance(30ms);
  EXPECT_EQ(error(second), Errc::unavailable);
  answer_all();
  EXPECT_TRUE(result(first));
  EXPECT_EQ(quantity(), 2);
}

TEST_F(SendingTest, WhatIsUnderWayUntilItsDeadlineIsAnsweredAsTheStoreSays) {
  know_the_cart();
  const RequestId request = submit();
  advance(200ms);
  EXPECT_FALSE(is_done(request)) << "the store keeps the deadline";
  fail(Errc::unavailable);
  EXPECT_EQ(error(request), Errc::unavailable);
}

TEST_F(SendingTest, AnUnknownOutcomeGoesAgainUnderTheSameIdAfterAPause) {
  know_the_cart();
  const RequestId request = submit();
  const CommandId id = committing();
  fail(Errc::outcome_unknown);
  EXPECT_TRUE(questions_.empty());
  wait();
  ASSERT_TRUE(is_committing());
  EXPECT_EQ(committing(), id);
  answer();
  EXPECT_TRUE(result(request));
  EXPECT_EQ(quantity(), 2);
}

TEST_F(SendingTest, AnUnknownOutcomeThatWasDoneIsNotDoneTwice) {
  know_the_cart();
  const RequestId request = submit();
  fail(Errc::outcome_unknown, true);
  wait();
  answer_all();
  EXPECT_EQ(result(request)->outcome.effect, Effect::duplicate);
  EXPECT_EQ(quantity(), 2);
}

TEST_F(SendingTest, AnOutcomeThatStaysUnknownIsReportedByTheDeadline) {
  know_the_cart();
  const RequestId request = submit();
  const SteadyTime begun = now_.steady;
  while (!is_done(request)) {
    if (questions_.empty()) wait();
    else fail(Errc::outcome_unknown);
  }
  EXPECT_EQ(error(request), Errc::outcome_unknown);
  EXPECT_EQ(now_.steady - begun, 200ms);
  EXPECT_TRUE(core_.is_idle()) << "it is not sent any more";
}

TEST_F(SendingTest, WhatWaitsBehindAnUnknownOutcomeWasSurelyNotDone) {
  know_the_cart();
  const RequestId unknown = submit();
  const RequestId behind = submit(add(), 150ms);
  while (!is_done(behind)) {
    if (questions_.empty()) wait();
    else fail(Errc::outcome_unknown);
  }
  EXPECT_EQ(error(behind), Errc::unavailable);
  while (!is_done(unknown)) {
    if (questions_.empty()) wait();
    else fail(Errc::outcome_unknown);
  }
  EXPECT_EQ(error(unknown), Errc::outcome_unknown);
}

TEST_F(SendingTest, AnUnknownOutcomeStaysUnknownWhenTheStoreGoesAway) {
  know_the_cart();
  const RequestId request = submit();
  fail(Errc::outcome_unknown);
  wait();
  while (!is_done(request)) {
    if (questions_.empty()) wait();
    else fail(Errc::unavailable);
  }
  EXPECT_EQ(error(request), Errc::outcome_unknown);
}

TEST_F(SendingTest, AStoreThatIsAwayIsReportedToAllAtOnce) {
  know_the_cart();
  const RequestId first = submit();
  const RequestId second = submit();
  fail(Errc::unavailable);
  EXPECT_EQ(error(first), Errc::unavailable);
  EXPECT_EQ(error(second), Errc::unavailable);
  EXPECT_TRUE(core_.is_idle());
}

TEST_F(SendingTest, ARefusalIsToldOnlyOfALoadedRecord) {
  know_the_cart();
  submit();
  const RequestId refused = submit(add(Limits{}.max_quantity));
  const RequestId behind = submit();
  answer();
  EXPECT_TRUE(std::holds_alternative<outbox::LoadCart>(questions_.at(0)));
  EXPECT_FALSE(is_done(refused));
  answer_all();
  EXPECT_EQ(error(refused), Errc::limit_exceeded);
  EXPECT_TRUE(result(behind));
  EXPECT_EQ(quantity(), 3);
}

TEST_F(SendingTest, ARefusalByAnotherServerTellsNothingOfAnAttemptThatIsUnclear) {
  know_the_cart();
  const auto refused_in = [&](std::uint64_t epoch) {
    store_.epoch = 1;
    Change change = add();
    change.expected_version = store_.current(cart())->record.cart.version;
    const RequestId request = submit(std::move(change));
    EXPECT_TRUE(is_committing());
    fail(Errc::outcome_unknown);
    store_.epoch = epoch;
    auto other = std::make_shared<Snapshot>(*store_.current(cart()));
    ++other->record.cart.version;
    other->token += 1000;
    store_.records[cart().str()] = std::move(other);
    wait();
    answer_all();
    return error(request);
  };
  EXPECT_EQ(refused_in(1), Errc::version_mismatch);
  EXPECT_EQ(refused_in(2), Errc::outcome_unknown);
  EXPECT_EQ(core_.figures().pending, 0U);
}

class ColdAddTest : public SendingTest {
 protected:
  ColdAddTest() {
    know_the_cart();
    store_.forget();
    store_.can_add = true;
    asked_ = 0;
  }
};

TEST_F(ColdAddTest, TakesOneQuestion) {
  const RequestId request = submit(add(2));
  EXPECT_TRUE(is_adding());
  answer();
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 3);
  EXPECT_EQ(result(request)->outcome.effect, Effect::changed);
  EXPECT_EQ(asked_, 1);
  EXPECT_EQ(core_.figures().unconfirmed, 1U) << "kept like every other change";
  released();
  EXPECT_TRUE(core_.is_idle());
}

TEST_F(ColdAddTest, IsDecidedWhereTheStoreDoesNotMakeIt) {
  store_.records.clear();
  const RequestId request = submit(add(2));
  EXPECT_TRUE(is_adding());
  answer();
  EXPECT_TRUE(is_committing());
  answer();
  EXPECT_EQ(result(request)->cart.lines[0].quantity, 2);
}

TEST_F(ColdAddTest, IsMadeOnceThoughItsAnswerIsLost) {
  const RequestId request = submit(add(2));
  fail(Errc::outcome_unknown, true);
  EXPECT_FALSE(is_done(request));
  wait();
  EXPECT_TRUE(is_adding());
  answer();
  EXPECT_EQ(result(request)->outcome.effect, Effect::duplicate);
  EXPECT_EQ(quantity(), 3);
}

TEST_F(ColdAddTest, GoesAgainWhereWhatIsReadBehindItDoesNotShowIt) {
  const RequestId request = submit(add(2));
  questions_.pop_front();
  core_.added(cart(), Added{true, store_.load(cart(), now_.wall_ms())}, now_);
  collect();
  EXPECT_FALSE(is_done(request));
  wait();
  answer_all();
  EXPECT_EQ(result(request)->outcome.effect, Effect::changed);
  EXPECT_EQ(quantity(), 3);
}

TEST_F(ColdAddTest, IsForOnePlainAddAlone) {
  const auto is_loaded_first = [&](Change change) {
    store_.forget();
    submit(std::move(change));
    const bool is_loading = std::holds_alternative<outbox::LoadCart>(questions_.at(0));
    answer_all();
    released();
    return is_loading;
  };
  Change conditional = add();
  conditional.expected_version = 1;
  DetailsPatch details;
  details.name = "Mug";
  EXPECT_TRUE(is_loaded_first(conditional));
  EXPECT_TRUE(is_loaded_first(one(Add{sku("A"), 1, details})));
  EXPECT_TRUE(is_loaded_first(one(Remove{sku("A"), 1})));
  EXPECT_TRUE(is_loaded_first(one(Set{sku("A"), 5})));
  EXPECT_TRUE(is_loaded_first(Change{Batch{{Add{sku("A"), 1}, Add{sku("B"), 1}}}}));
  EXPECT_FALSE(is_loaded_first(add()));
}

TEST_F(SendingTest, AChangeIsKeptUntilItIsDurable) {
  submit();
  answer_all();
  EXPECT_EQ(core_.figures().unconfirmed, 1U);
  EXPECT_FALSE(core_.is_idle());
  released();
  EXPECT_EQ(core_.figures().unconfirmed, 0U);
  EXPECT_TRUE(core_.is_idle());
}

TEST_F(SendingTest, WhatAFailoverLostGoesAgainBeforeWhatIsNew) {
  submit(add(1));
  answer_all();
  submit(add(2));
  answer_all();
  store_.records.clear();
  store_.epoch = 2;
  const RequestId request = submit(add(3));
  answer_all();
  EXPECT_EQ(result(request)->cart.version, 3U);
  EXPECT_EQ(quantity(), 6);
  EXPECT_EQ(core_.figures().resent, 2U);
  EXPECT_EQ(core_.figures().restored, 2U);
}

TEST_F(SendingTest, ACartThatNobodyWritesToIsBroughtBackToo) {
  submit();
  answer_all();
  store_.records.clear();
  store_.epoch = 2;
  core_.start(now_);
  advance(0ms);
  answer_all();
  EXPECT_EQ(quantity(), 1);
}

TEST_F(SendingTest, AStoreThatKeepsRefusingIsAskedLessAndLess) {
  submit();
  answer_all();
  store_.records.clear();
  store_.epoch = 2;
  core_.start(now_);
  const int before = asked_;
  for (const SteadyTime end = now_.steady + 60s; now_.steady < end;) {
    wait();
    while (!questions_.empty()) fail(Errc::unavailable);
  }
  EXPECT_GT(asked_ - before, 20);
  EXPECT_LT(asked_ - before, 60);
  wait();
  for (const SteadyTime end = now_.steady + 3s; now_.steady < end && quantity() == 0;) {
    wait();
    answer_all();
  }
  EXPECT_EQ(quantity(), 1);
}

class BoundedTest : public test::CoreFixture {
 protected:
  BoundedTest() : CoreFixture(false, {.max_memory = 4096}) {}
};

TEST_F(BoundedTest, TheOldestIsDroppedWhenTooManyAreUnconfirmed) {
  for (int i = 0; i < 100; ++i) {
    submit();
    answer_all();
    EXPECT_LT(core_.figures().memory, 4096U);
  }
  EXPECT_GT(core_.figures().unconfirmed, 5U);
  EXPECT_EQ(core_.figures().unconfirmed + core_.figures().dropped, 100U);
}

TEST_F(SendingTest, AReaderWaitsForWhatTheStoreLost) {
  submit();
  answer_all();
  store_.records.clear();
  const RequestId reader = find();
  answer();  // It shows that something is missing.
  EXPECT_FALSE(is_done(reader));
  answer_all();
  ASSERT_TRUE(is_done(reader));
  EXPECT_EQ(readings_.at(reader)->cart.lines[0].quantity, 1);
}

TEST_F(SendingTest, AReaderThatWaitsInVainIsToldByItsDeadline) {
  submit();
  answer_all();
  store_.records.clear();
  const RequestId reader = find(100ms);
  answer();
  while (!is_done(reader)) {
    if (questions_.empty()) wait();
    else fail(Errc::unavailable);
  }
  EXPECT_EQ(readings_.at(reader).error().code, Errc::unavailable);
}

TEST_F(SendingTest, WhatIsStoppedBeginsNothingOfItsOwn) {
  submit();
  answer_all();
  core_.start(now_);
  core_.stop();
  store_.epoch = 2;
  advance(1s);
  EXPECT_TRUE(questions_.empty());
  const RequestId request = submit();
  answer_all();
  EXPECT_TRUE(result(request)) << "requests are still served";
}

}  // namespace
}  // namespace cartd
