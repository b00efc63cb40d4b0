#include "outbox/cart_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cartd {
namespace {

using testing::ElementsAre;
using Ending = CartQueue::Ending;
using Standing = CartQueue::Standing;

constexpr Lane lane = 7;

Stamp stamp(std::uint64_t seq) { return {lane, seq}; }
Change add(std::int64_t quantity) { return Change{Batch{{Add{*Sku::parse("A"), quantity}}}}; }

class CartQueueTest : public testing::Test {
 protected:
  /// Sends the next change and reports `ending`. Its seq, and what its own lane's mark had to have reached.
  std::pair<std::uint64_t, std::uint64_t> send(Ending ending, Place place = {1, 1}) {
    const auto attempt = queue_.next();
    if (!attempt) return {0, 0};
    queue_.report(ending, place);
    const auto own = std::find_if(attempt->reached.begin(), attempt->reached.end(),
                                  [&](const Mark& mark) { return mark.lane == attempt->stamp.lane; });
    return {attempt->stamp.seq, own == attempt->reached.end() ? 0 : own->seq};
  }
  void accept(std::uint64_t seq, bool promised = false) {
    queue_.accept(stamp(seq), add(static_cast<std::int64_t>(seq)), promised);
  }
  void apply(std::uint64_t seq, Place place = {1, 1}) {
    accept(seq);
    send(Ending::applied, place);
  }

  /// The stamps of the promised changes that the store may not have.
  std::vector<Stamp> promised() const {
    std::vector<Stamp> stamps;
    queue_.for_each_promised([&](const Change&, Stamp stamp) { stamps.push_back(stamp); });
    return stamps;
  }

  CartQueue queue_;
};

using Sent = std::pair<std::uint64_t, std::uint64_t>;

TEST_F(CartQueueTest, AnAnswerToNoAttemptEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  accept(1);
  EXPECT_DEATH(queue_.report(Ending::applied, {1, 1}), "under way");
  ASSERT_TRUE(queue_.next());
  EXPECT_DEATH((void)queue_.take(stamp(1)), "under way");
}

TEST_F(CartQueueTest, SendsOneChangeAtATimeInOrder) {
  accept(1);
  accept(2);
  ASSERT_EQ(queue_.next()->stamp, stamp(1));
  EXPECT_FALSE(queue_.next());
  queue_.report(Ending::applied, {1, 1});
  EXPECT_EQ(queue_.next()->stamp, stamp(2));
}

TEST_F(CartQueueTest, AsksForTheMarkOfTheNewestRetainedChangeOfTheLane) {
  EXPECT_EQ((accept(1), send(Ending::applied)), Sent(1, 0));
  EXPECT_EQ((accept(2), send(Ending::applied)), Sent(2, 1));
  queue_.accept({lane + 1, 3}, add(3), false);
  EXPECT_EQ(send(Ending::applied), Sent(3, 0));
  EXPECT_EQ((accept(4), send(Ending::applied)), Sent(4, 2));
}

TEST_F(CartQueueTest, AsksForTheMarksOfOtherLanesToo) {
  queue_.accept({lane + 1, 90}, add(1), true, true);
  queue_.accept({lane + 1, 91}, add(1), true, true);
  send(Ending::applied);
  send(Ending::applied);
  apply(1);
  accept(2);
  EXPECT_THAT(queue_.next()->reached, ElementsAre(Mark{lane, 1}, Mark{lane + 1, 91}));
  queue_.report(Ending::outcome_unknown, {});
  EXPECT_EQ(queue_.shown({{lane, 1}, {lane + 1, 90}}), 1u);
  EXPECT_THAT(queue_.next()->reached, ElementsAre(Mark{lane + 1, 90})) << "what came before it";
}

TEST_F(CartQueueTest, AChangeWhoseKeyWasTakenGoesAgainWithoutIt) {
  apply(1);
  Change keyed = add(2);
  keyed.idempotency = Idempotency{"key", "fingerprint"};
  queue_.accept(stamp(2), keyed, true);
  EXPECT_EQ(send(Ending::key_taken), Sent(2, 1));
  const auto again = queue_.next();
  EXPECT_EQ(again->stamp, stamp(2));
  EXPECT_FALSE(again->change->idempotency);
  EXPECT_EQ(queue_.retained(), 1u) << "nothing was lost";
}

TEST_F(CartQueueTest, WhileTheCartMovesItsOwnersHistoryTellsWhetherSomethingIsLost) {
  const Place elsewhere{.history = 5, .round = 3, .home = 1};
  apply(1, elsewhere);
  EXPECT_EQ(queue_.owner(), 1u);
  EXPECT_EQ(queue_.moved_to(1), 0u);
  EXPECT_THAT(queue_.settle(1, 100), ElementsAre());
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre(stamp(1)));
  apply(2, elsewhere);
  EXPECT_EQ(queue_.moved_to(2), 1u);
}

TEST_F(CartQueueTest, WhatIsAppliedWhereTheCartMovedToProvesWhatCameBefore) {
  apply(1, {.history = 1, .round = 1});
  apply(2, {.history = 5, .round = 3, .home = 1});
  EXPECT_FALSE(queue_.is_held_up(5));
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre(stamp(1), stamp(2)));
}

TEST_F(CartQueueTest, WhatStandsBehindAnotherHistoryIsHeldUpUntilThatIsSettled) {
  queue_.accept({lane + 1, 9}, add(9), true, true);
  send(Ending::applied, {.history = 1, .round = 1});
  apply(1, {.history = 5, .round = 3, .home = 1});
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre());
  EXPECT_TRUE(queue_.is_held_up(5));
  EXPECT_FALSE(queue_.is_held_up(1));
  EXPECT_THAT(queue_.settle(1, 1), ElementsAre(Stamp{lane + 1, 9}));
  EXPECT_FALSE(queue_.is_held_up(5));
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre(stamp(1)));
}

TEST_F(CartQueueTest, WhatAStoreLostThatTellsNoHistoryGoesFirstToo) {
  apply(1, {0, 0});
  accept(2);
  EXPECT_EQ(send(Ending::rolled_back), Sent(2, 1));
  EXPECT_EQ(send(Ending::applied, {0, 0}), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied, {0, 0}), Sent(2, 1));
}

TEST_F(CartQueueTest, WhatIsRefusedOrLeftNoTraceIsForgotten) {
  accept(1);
  send(Ending::refused);
  accept(2);
  send(Ending::nothing_to_keep);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ((accept(3), send(Ending::applied)), Sent(3, 0));
}

TEST_F(CartQueueTest, WhatTheStoreLostGoesBeforeWhatIsNew) {
  apply(1);
  apply(2);
  accept(3);
  EXPECT_EQ(send(Ending::rolled_back), Sent(3, 2));
  EXPECT_EQ(send(Ending::applied, {2, 1}), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied, {2, 1}), Sent(2, 1));
  EXPECT_EQ(send(Ending::applied, {2, 1}), Sent(3, 2));
  EXPECT_FALSE(queue_.next());
}

TEST_F(CartQueueTest, WhatTheStoreLostGoesInTheOrderInWhichItCameEvenWhenTheClockWentBack) {
  apply(100);
  apply(200);
  accept(300);
  queue_.accept({lane + 1, 50}, add(1), false);  // A new process, an hour earlier.
  EXPECT_EQ(queue_.moved_to(2), 2u);
  for (const std::uint64_t seq : {100U, 200U, 300U, 50U}) EXPECT_EQ(send(Ending::applied, {2, 1}).first, seq);
}

TEST_F(CartQueueTest, AnotherHistoryMakesRetainedChangesWaitAgain) {
  apply(1);
  apply(2);
  EXPECT_EQ(queue_.moved_to(1), 0u);
  EXPECT_EQ(queue_.moved_to(2), 2u);
  EXPECT_TRUE(queue_.owes());
  EXPECT_FALSE(queue_.next()->judged);
}

TEST_F(CartQueueTest, AChangeThatArrivesInANewHistoryProvesThoseBeforeIt) {
  apply(1, {1, 1});
  apply(2, {2, 5});
  EXPECT_EQ(queue_.moved_to(2), 0u);
  EXPECT_THAT(queue_.settle(2, 4), ElementsAre());
  EXPECT_THAT(queue_.settle(2, 5), ElementsAre(stamp(1), stamp(2)));
}

TEST_F(CartQueueTest, AChangeThatArrivesInANewHistoryProvesNothingOfThoseBehindIt) {
  apply(1, {1, 1});
  accept(2);
  ASSERT_EQ(queue_.next()->stamp, stamp(2));
  queue_.moved_to(2);
  queue_.report(Ending::applied, {2, 1});
  EXPECT_EQ(send(Ending::applied, {3, 1}), Sent(1, 0));
  EXPECT_EQ(queue_.moved_to(3), 1u);
  EXPECT_EQ(queue_.next()->stamp, stamp(2));
}

TEST_F(CartQueueTest, KnowsWhichPromisedChangesTheStoreMayNotHave) {
  apply(1);
  apply(2);
  apply(3);
  accept(4, true);
  EXPECT_THAT(promised(), ElementsAre(stamp(4)));
  queue_.moved_to(2);
  EXPECT_THAT(promised(), ElementsAre(stamp(1), stamp(2), stamp(3), stamp(4)));
  send(Ending::found_there, {2, 1});
  send(Ending::applied, {2, 1});
  EXPECT_THAT(promised(), ElementsAre(stamp(3), stamp(4)));
}

TEST_F(CartQueueTest, WhatIsMissingInTheCartAsItIsShownWaitsAgain) {
  queue_.accept({lane + 1, 1}, add(1), true, true);
  send(Ending::applied);
  apply(2);
  apply(3);
  apply(4);
  EXPECT_EQ(queue_.shown({{lane, 4}, {lane + 1, 1}}), 0u);
  EXPECT_EQ(queue_.shown({{lane, 2}, {lane + 1, 1}}), 2u);
  EXPECT_THAT(promised(), ElementsAre(stamp(3), stamp(4)));
  EXPECT_EQ(send(Ending::applied), Sent(3, 2));
  EXPECT_EQ(queue_.shown({{lane, 3}}), 1u) << "of the other lane";
  EXPECT_EQ(send(Ending::applied), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied), Sent(4, 3));
  EXPECT_THAT(queue_.settle(1, 1), ElementsAre(Stamp{lane + 1, 1}, stamp(2), stamp(3), stamp(4)));
  EXPECT_EQ(queue_.shown({}), 0u) << "what is settled is not missed";
}

TEST_F(CartQueueTest, SettlesOnlyWhatIsSafeInTheHistoryThatHoldsIt) {
  apply(1, {1, 1});
  apply(2, {1, 2});
  EXPECT_THAT(queue_.settle(9, 100), ElementsAre());
  EXPECT_THAT(queue_.settle(1, 1), ElementsAre(stamp(1)));
  EXPECT_EQ(queue_.retained(), 1u);
}

TEST_F(CartQueueTest, ASettledChangeIsNotAskedForAnyMore) {
  apply(1);
  queue_.settle(1, 1);
  accept(2);
  EXPECT_THAT(queue_.next()->reached, ElementsAre());
}

TEST_F(CartQueueTest, WhatIsWithdrawnUnsentIsSurelyNotDone) {
  accept(1);
  EXPECT_EQ(queue_.standing(stamp(1)), Standing::surely_not_done);
  EXPECT_FALSE(queue_.withdraw(stamp(1)));
  EXPECT_FALSE(queue_.next());
}

TEST_F(CartQueueTest, WhatIsWithdrawnAfterAnUnknownOutcomeIsPerhapsDone) {
  accept(1);
  send(Ending::outcome_unknown);
  EXPECT_EQ(queue_.standing(stamp(1)), Standing::perhaps_done);
  EXPECT_TRUE(queue_.withdraw(stamp(1)));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CartQueueTest, WhatIsWithdrawnUnderWayIsNotSentAgain) {
  accept(1);
  ASSERT_TRUE(queue_.next());
  EXPECT_TRUE(queue_.withdraw(stamp(1)));
  queue_.report(Ending::not_sent, {});
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CartQueueTest, WhatIsPromisedIsSentUntilItTookEffect) {
  accept(1);
  send(Ending::outcome_unknown);
  queue_.promise(stamp(1));
  EXPECT_FALSE(queue_.withdraw(stamp(1)));
  EXPECT_EQ(send(Ending::not_sent), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied), Sent(1, 0));
}

TEST_F(CartQueueTest, ARefusalThatJudgedWhatWasPromisedMeanwhileDoesNotCount) {
  accept(1);
  ASSERT_TRUE(queue_.next()->judged);
  queue_.promise(stamp(1));
  queue_.report(Ending::refused, {});
  const auto again = queue_.next();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->judged);
}

TEST_F(CartQueueTest, WhatWaitsAgainWhileANewerOneIsUnderWayDoesNotDisturbItsAnswer) {
  apply(1, {1, 1});
  accept(2);
  ASSERT_EQ(queue_.next()->stamp, stamp(2));
  EXPECT_EQ(queue_.moved_to(2), 1u);
  queue_.report(Ending::applied, {2, 1});
  EXPECT_EQ(send(Ending::applied, {2, 1}), Sent(1, 0));
  EXPECT_EQ(queue_.retained(), 2u);
  // What was sent again last is not the newest.
  EXPECT_EQ((accept(3), send(Ending::applied)), Sent(3, 2));
}

}  // namespace
}  // namespace cartd
