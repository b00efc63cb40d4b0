#include "outbox/core/retry.h"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using Ending = CartQueue::Ending;

const Deadline deadline = Deadline(1s);
const Deadline before = Deadline(999ms);

Result<CommandAnswer> with(Effect effect) { return CommandAnswer{Cart{*CartId::parse("a")}, Outcome{effect}}; }
Result<CommandAnswer> with(Errc code) { return Error{code, "as the test says"}; }

TEST(RetryTest, WhatIsOverIsNotSentAgainEvenWhenItsAnswerCameLate) {
  for (const Ending ending :
       {Ending::applied, Ending::found_there, Ending::nothing_to_keep, Ending::refused, Ending::rolled_back}) {
    EXPECT_EQ(after(ending, false, before, deadline), Verdict::next);
    EXPECT_EQ(after(ending, true, deadline, deadline), Verdict::next);
  }
}

TEST(RetryTest, WhatReplacesIsKeptEvenWithoutEffect) {
  EXPECT_TRUE(is_kept_without_effect(Change{Annotate{"", std::nullopt}}));
  EXPECT_TRUE(is_kept_without_effect(Change{Touch{}, std::nullopt, Idempotency{"key", "fingerprint"}}));
  EXPECT_FALSE(is_kept_without_effect(Change{Touch{}}));
  EXPECT_FALSE(is_kept_without_effect(Change{Batch{{Remove{*Sku::parse("A"), 1}}}}))
      << "behind an add it would take that away";
}

TEST(RetryTest, WhatAnEarlierAttemptMayHaveDoneIsKeptEvenWithoutEffect) {
  const auto transfer = std::make_shared<const Transfer>(Transfer{"id", *CartId::parse("t"), MergePolicy::sum});
  EXPECT_TRUE(is_kept_without_effect(Change{TakeTransfer{transfer}}));
  EXPECT_TRUE(is_kept_without_effect(Change{FinishTransfer{transfer}}));
  EXPECT_TRUE(is_kept_without_effect(Change{CompleteCheckout{nullptr}}));
  EXPECT_FALSE(is_kept_without_effect(Change{BeginTransfer{"id", *CartId::parse("t")}})) << "another one is under way";
}

TEST(RetryTest, ACommandThatWasNeverSentIsNotRepeated) {
  EXPECT_EQ(after(Ending::not_sent, false, before, deadline), Verdict::give_up);
}

TEST(RetryTest, AnUnknownOutcomeIsRepeatedUntilTheDeadline) {
  EXPECT_EQ(after(Ending::outcome_unknown, true, before, deadline), Verdict::again);
  EXPECT_EQ(after(Ending::outcome_unknown, true, deadline, deadline), Verdict::give_up);
}

TEST(RetryTest, WhatMayHaveBeenDoneOnceIsNotCalledUndoneBecauseTheRepetitionWasNotSent) {
  EXPECT_EQ(after(Ending::not_sent, true, before, deadline), Verdict::again);
  EXPECT_EQ(after(Ending::not_sent, true, deadline, deadline), Verdict::give_up);
}

TEST(RetryTest, OnlyAStoreThatIsAwayOrSilentLeavesACommandOpen) {
  EXPECT_EQ(ending_of(with(Errc::unavailable), false, false), Ending::not_sent);
  EXPECT_EQ(ending_of(with(Errc::outcome_unknown), false, false), Ending::outcome_unknown);
  EXPECT_EQ(ending_of(with(Errc::rolled_back), false, false), Ending::rolled_back);
  for (const Errc code :
       {Errc::limit_exceeded, Errc::version_mismatch, Errc::idempotency_mismatch, Errc::store_full, Errc::corrupt})
    EXPECT_EQ(ending_of(with(code), false, false), Ending::refused) << to_string(code);
}

TEST(RetryTest, WhatWasPromisedOutlastsAFullStore) {
  EXPECT_EQ(ending_of(with(Errc::store_full), false, true), Ending::not_sent);
}

TEST(RetryTest, PausesGrowUpToABound) {
  EXPECT_EQ(pause_after(1), 5ms);
  EXPECT_EQ(pause_after(2), 10ms);
  EXPECT_EQ(pause_after(7), 320ms);
  EXPECT_EQ(pause_after(4'000'000'000), 320ms);
  EXPECT_EQ(rest_after(1), 50ms);
  EXPECT_EQ(rest_after(3), 200ms);
  EXPECT_EQ(rest_after(4'000'000'000), 2s);
}

TEST(RetryTest, AChangeIsGivenUpOnlyAfterSeveralAttemptsOverSomeTime) {
  HopelessAttempts attempts;
  const Deadline start{};
  for (int i = 0; i < 100; ++i) attempts.add({1, 1}, start);
  EXPECT_FALSE(attempts.enough(start + 4s)) << "many at once are no proof";
  EXPECT_TRUE(attempts.enough(start + 5s));
  EXPECT_EQ(attempts.text(start + 6s), "100 attempts in 6 s");
  attempts.add({1, 2}, start + 6s);
  EXPECT_FALSE(attempts.enough(start + 60s)) << "the attempts at another change do not count";
}

TEST(RetryTest, WhatLeftATraceIsKeptAgainstAFailover) {
  EXPECT_EQ(ending_of(with(Effect::changed), false, false), Ending::applied);
  EXPECT_EQ(ending_of(with(Effect::duplicate), false, false), Ending::found_there);
  EXPECT_EQ(ending_of(with(Effect::unchanged), true, false), Ending::applied);
  EXPECT_EQ(ending_of(with(Effect::unchanged), false, false), Ending::nothing_to_keep);
  EXPECT_EQ(ending_of(with(Effect::replayed), true, false), Ending::found_there);
}

}  // namespace
}  // namespace cartd
