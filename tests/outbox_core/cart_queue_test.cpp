#include "outbox/core/cart_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
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
    const auto attempt = next();
    if (!attempt) return {0, 0};
    report(ending, position);
    const auto own = std::find_if(attempt->required.begin(), attempt->required.end(), [&](const AppliedSequence& last) {
      return last.producer == attempt->command_id.producer;
    });
    return {attempt->command_id.sequence, own == attempt->required.end() ? 0 : own->sequence};
  }
  /// One at a time, as most of these tests do not care for groups.
  std::optional<CartQueue::Attempt> next() {
    std::vector<CartQueue::Attempt> attempts = queue_.next({1, 0});
    if (attempts.empty()) return std::nullopt;
    under_way_ = attempts.front().command_id;
    return std::move(attempts.front());
  }
  std::size_t report(Ending ending, WritePosition position) { return queue_.report(under_way_, ending, position); }
  void accept(std::uint64_t sequence, bool acknowledged = false) {
    queue_.accept(command_id(sequence), add(static_cast<std::int64_t>(sequence)), acknowledged);
  }
  void apply(std::uint64_t sequence, WritePosition position = {1, 1}) {
    accept(sequence);
    send(Ending::applied, position);
  }

  /// The command ids of the acknowledged changes that the store may not have.
  std::vector<CommandId> acknowledged() const {
    std::vector<CommandId> command_ids;
    queue_.for_each_waiting([&](const CartQueue::Entry& entry) {
      if (entry.acknowledged) command_ids.push_back(entry.command_id);
    });
    return command_ids;
  }

  CartQueue queue_;
  CommandId under_way_{};
};

using Sent = std::pair<std::uint64_t, std::uint64_t>;

TEST_F(CartQueueTest, AnAnswerToNoAttemptEndsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  accept(1);
  EXPECT_DEATH(report(Ending::applied, {1, 1}), "under way");
  ASSERT_TRUE(next());
  EXPECT_DEATH((void)queue_.take(command_id(1)), "under way");
}

TEST_F(CartQueueTest, CountsBytesUntilAllIsReleased) {
  accept(1);
  const std::size_t whole = queue_.bytes();
  next();
  report(Ending::applied, {1, 1});
  const std::size_t packed = queue_.bytes();
  EXPECT_LT(packed, whole);
  accept(2, true);
  EXPECT_EQ(queue_.bytes(), 2 * packed) << "what waits without a client is packed, too";
  accept(3);
  for (const auto& attempt : queue_.next({}))
    queue_.report(attempt.command_id, attempt.command_id == command_id(2) ? Ending::not_sent : Ending::refused, {});
  EXPECT_EQ(queue_.bytes(), 2 * packed) << "packed again";
  accept(4);
  EXPECT_FALSE(queue_.withdraw(command_id(4)));
  EXPECT_TRUE(queue_.take(command_id(2)));
  queue_.release(1, 1);
  EXPECT_TRUE(queue_.empty());
  EXPECT_EQ(queue_.bytes(), 0U);
}

TEST_F(CartQueueTest, FindsAChangeWhereverItStands) {
  // Of two processes before this one, whose sequences mix, and of this one, an hour earlier by its clock.
  std::vector<CommandId> all;
  for (std::uint64_t i = 0; i < 9; ++i) all.push_back({producer + 1 + i % 2, 100 + 2 * i});
  for (std::uint64_t i = 0; i < 9; ++i) all.push_back(command_id(50 + 2 * i));
  for (const CommandId id : all) queue_.accept(id, add(1), true, true);
  for (const CommandId id : all) EXPECT_EQ(queue_.standing(id), Standing::perhaps_done) << id.sequence;
  const auto missing = [&](CommandId id) { return queue_.standing(id) == Standing::gone; };
  for (std::uint64_t sequence = 49; sequence < 120; sequence += 2)
    for (ProducerId of = producer; of < producer + 4; ++of) EXPECT_TRUE(missing({of, sequence})) << sequence;
  while (!all.empty()) {
    const auto next = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
    EXPECT_TRUE(queue_.take(*next));
    EXPECT_TRUE(missing(*next));
    all.erase(next);
    for (const CommandId id : all) EXPECT_TRUE(queue_.is_acknowledged(id)) << id.sequence;
  }
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CartQueueTest, ShowsWhatIsNotAcknowledgedApart) {
  const auto unacknowledged = [&] {
    std::vector<std::uint64_t> sequences;
    queue_.for_each_unacknowledged(
        [&](const CartQueue::Entry& entry) { sequences.push_back(entry.command_id.sequence); });
    return sequences;
  };
  for (const std::uint64_t sequence : {1U, 2U, 3U, 4U, 5U, 6U}) accept(sequence, sequence == 3);
  EXPECT_THAT(unacknowledged(), ElementsAre(1, 2, 4, 5, 6));
  queue_.acknowledge(command_id(4));
  queue_.acknowledge(command_id(4));
  EXPECT_THAT(unacknowledged(), ElementsAre(1, 2, 5, 6));
  send(Ending::applied);
  send(Ending::refused);
  EXPECT_THAT(unacknowledged(), ElementsAre(5, 6));
  EXPECT_TRUE(queue_.has_unapplied_acknowledgements());
  EXPECT_EQ(queue_.moved_to(2), 1U);
  EXPECT_THAT(unacknowledged(), ElementsAre(5, 6)) << "what waits again is acknowledged";
  for (int i = 0; i < 3; ++i) send(Ending::applied, {2, 1});
  EXPECT_FALSE(queue_.has_unapplied_acknowledgements());
  queue_.withdraw(command_id(5));
  EXPECT_TRUE(queue_.take(command_id(6)));
  EXPECT_THAT(unacknowledged(), ElementsAre());
}

TEST_F(CartQueueTest, SendsOneChangeAtATimeInOrder) {
  accept(1);
  accept(2);
  ASSERT_EQ(next()->command_id, command_id(1));
  EXPECT_FALSE(next());
  report(Ending::applied, {1, 1});
  EXPECT_EQ(next()->command_id, command_id(2));
}

TEST_F(CartQueueTest, SendsWhatWaitsTogether) {
  for (const std::uint64_t sequence : {1U, 2U, 3U}) accept(sequence);
  const auto attempts = queue_.next({});
  ASSERT_EQ(attempts.size(), 3U);
  for (std::uint64_t i = 0; i < 3; ++i) EXPECT_EQ(attempts[i].command_id, command_id(i + 1));
  accept(4);
  queue_.report(command_id(1), Ending::applied, {1, 1});
  queue_.report(command_id(2), Ending::refused, {1, 1});
  EXPECT_TRUE(queue_.next({}).empty()) << "one is still under way";
  queue_.report(command_id(3), Ending::not_sent, {});
  const auto more = queue_.next({});
  ASSERT_EQ(more.size(), 2U);
  EXPECT_EQ(more[0].command_id, command_id(3));
  EXPECT_EQ(more[1].command_id, command_id(4));
}

TEST_F(CartQueueTest, SendsNoMoreThanItsBoundsTogether) {
  for (const std::uint64_t sequence : {1U, 2U, 3U}) accept(sequence);
  const auto two = queue_.next({.commands = 2});
  ASSERT_EQ(two.size(), 2U);
  for (const auto& attempt : two) queue_.report(attempt.command_id, Ending::not_sent, {});
  EXPECT_EQ(queue_.next({.bytes = 200}).size(), 1U);
}

TEST_F(CartQueueTest, EndsAGroupBeforeWhatIsNotWanted) {
  for (const std::uint64_t sequence : {1U, 2U, 3U}) accept(sequence);
  const auto attempts = queue_.next({}, [](const CartQueue::Entry& entry) { return entry.command_id.sequence != 3; });
  EXPECT_EQ(attempts.size(), 2U);
}

TEST_F(CartQueueTest, WhatGoesAgainDoesNotDrawInWhatWasNeverSent) {
  accept(1);
  send(Ending::outcome_unknown);
  accept(2, true);
  accept(3);
  const auto attempts = queue_.next({});
  ASSERT_EQ(attempts.size(), 2U) << "what is acknowledged may go with it";
  for (const auto& attempt : attempts) queue_.report(attempt.command_id, Ending::outcome_unknown, {});
  EXPECT_EQ(queue_.standing(command_id(3)), Standing::surely_not_done);
}

TEST_F(CartQueueTest, RequiresTheNewestUnconfirmedChangeOfTheProducer) {
  EXPECT_EQ((accept(1), send(Ending::applied)), Sent(1, 0));
  EXPECT_EQ((accept(2), send(Ending::applied)), Sent(2, 1));
  queue_.accept({producer + 1, 3}, add(3), false);
  EXPECT_EQ(send(Ending::applied), Sent(3, 0));
  EXPECT_EQ((accept(4), send(Ending::applied)), Sent(4, 2));
}

TEST_F(CartQueueTest, RequiresThoseOfOtherProducersToo) {
  queue_.accept({producer + 1, 90}, add(1), true, true);
  queue_.accept({producer + 1, 91}, add(1), true, true);
  send(Ending::applied);
  send(Ending::applied);
  apply(1);
  accept(2);
  EXPECT_THAT(next()->required,
              testing::UnorderedElementsAre(AppliedSequence{producer, 1}, AppliedSequence{producer + 1, 91}));
  report(Ending::outcome_unknown, {});
  EXPECT_EQ(queue_.shown({{producer, 1}, {producer + 1, 90}}), 1u);
  EXPECT_THAT(next()->required, ElementsAre(AppliedSequence{producer + 1, 90})) << "what came before it";
}

TEST_F(CartQueueTest, AChangeWhoseKeyWasTakenGoesAgainWithoutIt) {
  apply(1);
  Change keyed = add(2);
  keyed.idempotency = Idempotency{"key-------------", "fingerprint"};
  queue_.accept(command_id(2), keyed, true);
  EXPECT_EQ(send(Ending::key_taken), Sent(2, 1));
  const auto again = next();
  EXPECT_EQ(again->command_id, command_id(2));
  EXPECT_FALSE(again->change->idempotency);
  EXPECT_EQ(queue_.unconfirmed(), 1u) << "nothing was lost";
}

TEST_F(CartQueueTest, WhileTheCartMovesItsOwnersEpochTellsWhetherSomethingIsLost) {
  const WritePosition elsewhere{.epoch = 5, .checkpoint = 3, .slot_owner_epoch = 1};
  apply(1, elsewhere);
  EXPECT_EQ(queue_.owner(), 1u);
  EXPECT_EQ(queue_.moved_to(1), 0u);
  EXPECT_THAT(queue_.release(1, 100), ElementsAre());
  EXPECT_THAT(queue_.release(5, 3), ElementsAre(command_id(1)));
  apply(2, elsewhere);
  EXPECT_EQ(queue_.moved_to(2), 1u);
}

TEST_F(CartQueueTest, WhatIsAppliedWhereTheCartMovedToProvesWhatCameBefore) {
  apply(1, {.epoch = 1, .checkpoint = 1});
  apply(2, {.epoch = 5, .checkpoint = 3, .slot_owner_epoch = 1});
  EXPECT_FALSE(queue_.is_held_up(5));
  EXPECT_THAT(queue_.release(5, 3), ElementsAre(command_id(1), command_id(2)));
}

TEST_F(CartQueueTest, WhatStandsBehindAnotherEpochIsHeldUpUntilThatIsDurable) {
  queue_.accept({producer + 1, 9}, add(9), true, true);
  send(Ending::applied, {.epoch = 1, .checkpoint = 1});
  apply(1, {.epoch = 5, .checkpoint = 3, .slot_owner_epoch = 1});
  EXPECT_THAT(queue_.release(5, 3), ElementsAre());
  EXPECT_TRUE(queue_.is_held_up(5));
  EXPECT_FALSE(queue_.is_held_up(1));
  EXPECT_THAT(queue_.release(1, 1), ElementsAre(CommandId{producer + 1, 9}));
  EXPECT_FALSE(queue_.is_held_up(5));
  EXPECT_THAT(queue_.release(5, 3), ElementsAre(command_id(1)));
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
  EXPECT_FALSE(next());
}

TEST_F(CartQueueTest, WhatTheStoreLostGoesInTheOrderInWhichItCameEvenWhenTheClockWentBack) {
  apply(100);
  apply(200);
  accept(300);
  queue_.accept({producer + 1, 50}, add(1), false);  // A new process, an hour earlier.
  EXPECT_EQ(queue_.moved_to(2), 2u);
  for (const std::uint64_t sequence : {100U, 200U, 300U, 50U}) EXPECT_EQ(send(Ending::applied, {2, 1}).first, sequence);
}

TEST_F(CartQueueTest, AnotherEpochMakesUnconfirmedChangesWaitAgain) {
  apply(1);
  apply(2);
  EXPECT_EQ(queue_.moved_to(1), 0u);
  EXPECT_EQ(queue_.moved_to(2), 2u);
  EXPECT_TRUE(queue_.has_unapplied_acknowledgements());
  EXPECT_FALSE(next()->enforce_preconditions);
}

TEST_F(CartQueueTest, AChangeThatArrivesInANewEpochProvesThoseBeforeIt) {
  apply(1, {1, 1});
  apply(2, {2, 5});
  EXPECT_EQ(queue_.moved_to(2), 0u);
  EXPECT_THAT(queue_.release(2, 4), ElementsAre());
  EXPECT_THAT(queue_.release(2, 5), ElementsAre(command_id(1), command_id(2)));
}

TEST_F(CartQueueTest, AChangeThatArrivesInANewEpochProvesNothingOfThoseBehindIt) {
  apply(1, {1, 1});
  accept(2);
  ASSERT_EQ(next()->command_id, command_id(2));
  queue_.moved_to(2);
  report(Ending::applied, {2, 1});
  EXPECT_EQ(send(Ending::applied, {3, 1}), Sent(1, 0));
  EXPECT_EQ(queue_.moved_to(3), 1u);
  EXPECT_EQ(next()->command_id, command_id(2));
}

TEST_F(CartQueueTest, KnowsWhichAcknowledgedChangesTheStoreMayNotHave) {
  apply(1);
  apply(2);
  apply(3);
  accept(4, true);
  EXPECT_THAT(acknowledged(), ElementsAre(command_id(4)));
  queue_.moved_to(2);
  EXPECT_THAT(acknowledged(), ElementsAre(command_id(1), command_id(2), command_id(3), command_id(4)));
  send(Ending::found_there, {2, 1});
  send(Ending::applied, {2, 1});
  EXPECT_THAT(acknowledged(), ElementsAre(command_id(3), command_id(4)));
}

TEST_F(CartQueueTest, WhatIsMissingInTheCartAsItIsShownWaitsAgain) {
  queue_.accept({producer + 1, 1}, add(1), true, true);
  send(Ending::applied);
  apply(2);
  apply(3);
  apply(4);
  EXPECT_EQ(queue_.shown({{producer, 4}, {producer + 1, 1}}), 0u);
  EXPECT_EQ(queue_.shown({{producer, 2}, {producer + 1, 1}}), 2u);
  EXPECT_THAT(acknowledged(), ElementsAre(command_id(3), command_id(4)));
  EXPECT_EQ(send(Ending::applied), Sent(3, 2));
  EXPECT_EQ(queue_.shown({{producer, 3}}), 1u) << "of the other producer";
  EXPECT_EQ(send(Ending::applied), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied), Sent(4, 3));
  EXPECT_THAT(queue_.release(1, 1),
              ElementsAre(CommandId{producer + 1, 1}, command_id(2), command_id(3), command_id(4)));
  EXPECT_EQ(queue_.shown({}), 0u) << "what is released is not missed";
}

TEST_F(CartQueueTest, ReleasesOnlyWhatIsDurableInTheEpochThatHoldsIt) {
  apply(1, {1, 1});
  apply(2, {1, 2});
  EXPECT_THAT(queue_.release(9, 100), ElementsAre());
  EXPECT_THAT(queue_.release(1, 1), ElementsAre(command_id(1)));
  EXPECT_EQ(queue_.unconfirmed(), 1u);
}

TEST_F(CartQueueTest, AReleasedChangeIsNotRequiredAnyMore) {
  apply(1);
  queue_.release(1, 1);
  accept(2);
  EXPECT_THAT(next()->required, ElementsAre());
}

TEST_F(CartQueueTest, WhatIsWithdrawnUnsentIsSurelyNotDone) {
  accept(1);
  EXPECT_EQ(queue_.standing(command_id(1)), Standing::surely_not_done);
  EXPECT_FALSE(queue_.withdraw(command_id(1)));
  EXPECT_FALSE(next());
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
  ASSERT_TRUE(next());
  EXPECT_TRUE(queue_.withdraw(command_id(1)));
  report(Ending::not_sent, {});
  EXPECT_TRUE(queue_.empty());
}

TEST_F(CartQueueTest, WhatIsAcknowledgedIsSentUntilItTookEffect) {
  accept(1);
  send(Ending::outcome_unknown);
  queue_.acknowledge(command_id(1));
  EXPECT_FALSE(queue_.withdraw(command_id(1)));
  EXPECT_EQ(send(Ending::not_sent), Sent(1, 0));
  EXPECT_EQ(send(Ending::applied), Sent(1, 0));
}

TEST_F(CartQueueTest, ARefusalOfWhatWasAcknowledgedMeanwhileDoesNotCount) {
  accept(1);
  ASSERT_TRUE(next()->enforce_preconditions);
  queue_.acknowledge(command_id(1));
  report(Ending::refused, {});
  const auto again = next();
  ASSERT_TRUE(again);
  EXPECT_FALSE(again->enforce_preconditions);
}

TEST_F(CartQueueTest, WhatWaitsAgainWhileANewerOneIsUnderWayDoesNotDisturbItsAnswer) {
  apply(1, {1, 1});
  accept(2);
  ASSERT_EQ(next()->command_id, command_id(2));
  EXPECT_EQ(queue_.moved_to(2), 1u);
  report(Ending::applied, {2, 1});
  EXPECT_EQ(send(Ending::applied, {2, 1}), Sent(1, 0));
  EXPECT_EQ(queue_.unconfirmed(), 2u);
  // What was sent again last is not the newest.
  EXPECT_EQ((accept(3), send(Ending::applied)), Sent(3, 2));
}

}  // namespace
}  // namespace cartd
