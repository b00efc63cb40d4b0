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

constexpr ProducerId producer = 7;

CommandId command_id(std::uint64_t sequence) { return {producer, sequence}; }
Change add(std::int64_t quantity) { return Change{Batch{{Add{*Sku::parse("A"), quantity}}}}; }

class CartQueueTest : public testing::Test {
 protected:
  /// Sends the next change and reports `ending`. Its sequence, and what its own producer's applied sequence had to have
  /// reached.
  std::pair<std::uint64_t, std::uint64_t> send(Ending ending, WritePosition position = {1, 1}) {
    const auto attempt = queue_.next();
    if (!attempt) return {0, 0};
    queue_.report(ending, position);
    const auto own = std::find_if(attempt->required.begin(), attempt->required.end(), [&](const AppliedSequence& last) {
      return last.producer == attempt->command_id.producer;
    });
    return {attempt->command_id.sequence, own == attempt->required.end() ? 0 : own->sequence};
  }
  void accept(std::uint64_t sequence, bool promised = false) {
    queue_.accept(command_id(sequence), add(static_cast<std::int64_t>(sequence)), promised);
  }
  void apply(std::uint64_t sequence, WritePosition position = {1, 1}) {
    accept(sequence);
    send(Ending::applied, position);
  }

  /// The command ids of the promised changes that the store may not have.
  std::vector<CommandId> promised() const {
    std::vector<CommandId> command_ids;
    queue_.for_each_promised([&](const Change&, CommandId command_id) { command_ids.push_back(command_id); });
    return command_ids;
  }

  CartQueue queue_;
};

using Sent = std::pair<std::uint64_t, std::uint64_t>;

TEST_F(CartQueueTest, AnAnswerToNoAttemptEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  accept(1);
  EXPECT_DEATH(queue_.report(Ending::applied, {1, 1}), "under way");
  ASSERT_TRUE(queue_.next());
  EXPECT_DEATH((void)queue_.take(command_id(1)), "under way");
}

TEST_F(CartQueueTest, SendsOneChangeAtATimeInOrder) {
  accept(1);
  accept(2);
  ASSERT_EQ(queue_.next()->command_id, command_id(1));
  EXPECT_FALSE(queue_.next());
  queue_.report(Ending::applied, {1, 1});
  EXPECT_EQ(queue_.next()->command_id, command_id(2));
}

TEST_F(CartQueueTest, AsksForTheAppliedSequenceOfTheNewestRetainedChangeOfTheProducer) {
  EXPECT_EQ((accept(1), send(Ending::applied)), Sent(1, 0));
  EXPECT_EQ((accept(2), send(Ending::applied)), Sent(2, 1));
  queue_.accept({producer + 1, 3}, add(3), false);
  EXPECT_EQ(send(Ending::applied), Sent(3, 0));
  EXPECT_EQ((accept(4), send(Ending::applied)), Sent(4, 2));
}

TEST_F(CartQueueTest, AsksForTheAppliedSequencesOfOtherProducersToo) {
  queue_.accept({producer + 1, 90}, add(1), true, true);
  queue_.accept({producer + 1, 91}, add(1), true, true);
  send(Ending::applied);
  send(Ending::applied);
  apply(1);
  accept(2);
  EXPECT_THAT(queue_.next()->required, ElementsAre(AppliedSequence{producer, 1}, AppliedSequence{producer + 1, 91}));
  queue_.report(Ending::outcome_unknown, {});
  EXPECT_EQ(queue_.shown({{producer, 1}, {producer + 1, 90}}), 1u);
  EXPECT_THAT(queue_.next()->required, ElementsAre(AppliedSequence{producer + 1, 90})) << "what came before it";
}

TEST_F(CartQueueTest, AChangeWhoseKeyWasTakenGoesAgainWithoutIt) {
  apply(1);
  Change keyed = add(2);
  keyed.idempotency = Idempotency{"key", "fingerprint"};
  queue_.accept(command_id(2), keyed, true);
  EXPECT_EQ(send(Ending::key_taken), Sent(2, 1));
  const auto again = queue_.next();
  EXPECT_EQ(again->command_id, command_id(2));
  EXPECT_FALSE(again->change->idempotency);
  EXPECT_EQ(queue_.retained(), 1u) << "nothing was lost";
}

TEST_F(CartQueueTest, WhileTheCartMovesItsOwnersEpochTellsWhetherSomethingIsLost) {
  const WritePosition elsewhere{.epoch = 5, .checkpoint = 3, .slot_owner_epoch = 1};
  apply(1, elsewhere);
  EXPECT_EQ(queue_.owner(), 1u);
  EXPECT_EQ(queue_.moved_to(1), 0u);
  EXPECT_THAT(queue_.settle(1, 100), ElementsAre());
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre(command_id(1)));
  apply(2, elsewhere);
  EXPECT_EQ(queue_.moved_to(2), 1u);
}

TEST_F(CartQueueTest, WhatIsAppliedWhereTheCartMovedToProvesWhatCameBefore) {
  apply(1, {.epoch = 1, .checkpoint = 1});
  apply(2, {.epoch = 5, .checkpoint = 3, .slot_owner_epoch = 1});
  EXPECT_FALSE(queue_.is_held_up(5));
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre(command_id(1), command_id(2)));
}

TEST_F(CartQueueTest, WhatStandsBehindAnotherEpochIsHeldUpUntilThatIsSettled) {
  queue_.accept({producer + 1, 9}, add(9), true, true);
  send(Ending::applied, {.epoch = 1, .checkpoint = 1});
  apply(1, {.epoch = 5, .checkpoint = 3, .slot_owner_epoch = 1});
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre());
  EXPECT_TRUE(queue_.is_held_up(5));
  EXPECT_FALSE(queue_.is_held_up(1));
  EXPECT_THAT(queue_.settle(1, 1), ElementsAre(CommandId{producer + 1, 9}));
  EXPECT_FALSE(queue_.is_held_up(5));
  EXPECT_THAT(queue_.settle(5, 3), ElementsAre(command_id(1)));
}

TEST_F(CartQueueTest, WhatAStoreLostThatTellsNoEpochGoesFirstToo) {
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
  queue_.accept({producer + 1, 50}, add(1), false);  // A new process, an hour earlier.
  EXPECT_EQ(queue_.moved_to(2), 2u);
  for (const std::uint64_t sequence : {100U, 200U, 300U, 50U}) EXPECT_EQ(send(Ending::applied, {2, 1}).first, sequence);
}

TEST_F(CartQueueTest, AnotherEpochMakesRetainedChangesWaitAgain) {
  apply(1);
  apply(2);
  EXPECT_EQ(queue_.moved_to(1), 0u);
  EXPECT_EQ(queue_.moved_to(2), 2u);
  EXPECT_TRUE(queue_.owes());
  EXPECT_FALSE(queue_.next()->enforce_preconditions);
}

TEST_F(CartQueueTest, AChangeThatArrivesInANewEpochProvesThoseBeforeIt) {
  apply(1, {1, 1});
  apply(2, {2, 5});
  EXPECT_EQ(queue_.moved_to(2), 0u);
  EXPECT_THAT(queue_.settle(2, 4), ElementsAre());
  EXPECT_THAT(queue_.settle(2, 5), ElementsAre(command_id(1), command_id(2)));
}

TEST_F(CartQueueTest, AChangeThatArrivesInANewEpochProvesNothingOfThoseBehindIt) {
  apply(1, {1, 1});
  accept(2);
  ASSERT_EQ(queue_.next()->command_id, command_id(2));
  queue_.moved_to(2);
  queue_.report(Ending::applied, {2, 1});
  EXPECT_EQ(send(Ending::applied, {3, 1}), Sent(1, 0));
  EXPECT_EQ(queue_.moved_to(3), 1u);
  EXPECT_EQ(queue_.next()->command_id, command_id(2));
}

TEST_F(CartQueueTest, KnowsWhichPromisedChangesTheStoreMayNotHave) {
  apply(1);
  apply(2);
  apply(3);
  accept(4, true);
  EXPECT_THAT(promised(), ElementsAre(command_id(4)));
  queue_.moved_to(2);
  EXPECT_THAT(promised(), ElementsAre(command_id(1), command_id(2), command_id(3), command_id(4)));
  send(Ending::found_there, {2, 1});
  send(Ending::applied, {2, 1});
  EXPECT_THAT(promised(), ElementsAre(command_id(3), command_id(4)));
}

TEST_F(CartQueueTest, WhatIsMissingInTheCartAsItIsShownWaitsAgain) {
  queue_.accept({producer + 1, 1}, add(1), true, true);
  send(Ending::applied);
  apply(2);
  apply(3);
  apply(4);
  EXPECT_EQ(queue_.shown({{producer, 4}, {producer + 1, 1}}), 0u);
  EXPECT_EQ(queue_.shown({{producer, 2}, {producer + 1, 1}}), 2u);
  EXPECT_THAT(promised(), ElementsAre(command_id(3), command_id(4)));
  EXPECT_EQ(send(Ending::applied), Sent(3, 2));
  EXPECT_EQ(queue_.shown({{producer, 3}}), 1u) << "of the other producer";
  EXPECT_EQ(send(Ending::applied), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied), Sent(4, 3));
  EXPECT_THAT(queue_.settle(1, 1),
              ElementsAre(CommandId{producer + 1, 1}, command_id(2), command_id(3), command_id(4)));
  EXPECT_EQ(queue_.shown({}), 0u) << "what is settled is not missed";
}

TEST_F(CartQueueTest, SettlesOnlyWhatIsSafeInTheEpochThatHoldsIt) {
  apply(1, {1, 1});
  apply(2, {1, 2});
  EXPECT_THAT(queue_.settle(9, 100), ElementsAre());
  EXPECT_THAT(queue_.settle(1, 1), ElementsAre(command_id(1)));
  EXPECT_EQ(queue_.retained(), 1u);
}

TEST_F(CartQueueTest, ASettledChangeIsNotAskedForAnyMore) {
  apply(1);
  queue_.settle(1, 1);
  accept(2);
  EXPECT_THAT(queue_.next()->required, ElementsAre());
}

TEST_F(CartQueueTest, WhatIsWithdrawnUnsentIsSurelyNotDone) {
  accept(1);
  EXPECT_EQ(queue_.standing(command_id(1)), Standing::surely_not_done);
  EXPECT_FALSE(queue_.withdraw(command_id(1)));
  EXPECT_FALSE(queue_.next());
}

TEST_F(CartQueueTest, WhatIsWithdrawnAfterAnUnknownOutcomeIsPerhapsDone) {
  accept(1);
  send(Ending::outcome_unknown);
  EXPECT_EQ(queue_.standing(command_id(1)), Standing::perhaps_done);
  EXPECT_TRUE(queue_.withdraw(command_id(1)));
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CartQueueTest, WhatIsWithdrawnUnderWayIsNotSentAgain) {
  accept(1);
  ASSERT_TRUE(queue_.next());
  EXPECT_TRUE(queue_.withdraw(command_id(1)));
  queue_.report(Ending::not_sent, {});
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CartQueueTest, WhatIsPromisedIsSentUntilItTookEffect) {
  accept(1);
  send(Ending::outcome_unknown);
  queue_.promise(command_id(1));
  EXPECT_FALSE(queue_.withdraw(command_id(1)));
  EXPECT_EQ(send(Ending::not_sent), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied), Sent(1, 0));
}

TEST_F(CartQueueTest, ARefusalThatJudgedWhatWasPromisedMeanwhileDoesNotCount) {
  accept(1);
  ASSERT_TRUE(queue_.next()->enforce_preconditions);
  queue_.promise(command_id(1));
  queue_.report(Ending::refused, {});
  const auto again = queue_.next();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->enforce_preconditions);
}

TEST_F(CartQueueTest, WhatWaitsAgainWhileANewerOneIsUnderWayDoesNotDisturbItsAnswer) {
  apply(1, {1, 1});
  accept(2);
  ASSERT_EQ(queue_.next()->command_id, command_id(2));
  EXPECT_EQ(queue_.moved_to(2), 1u);
  queue_.report(Ending::applied, {2, 1});
  EXPECT_EQ(send(Ending::applied, {2, 1}), Sent(1, 0));
  EXPECT_EQ(queue_.retained(), 2u);
  // What was sent again last is not the newest.
  EXPECT_EQ((accept(3), send(Ending::applied)), Sent(3, 2));
}

}  // namespace
}  // namespace cartd
