#include "outbox/retry.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cartd {
namespace {

using namespace std::chrono_literals;

const Deadline deadline = Deadline(1s);
const Deadline before = Deadline(999ms);

TEST(RetryTest, AnAnswerIsHandedOnEvenWhenItCameLate) {
  EXPECT_EQ(after(Attempt::answered, false, before, deadline), Verdict::answer);
  EXPECT_EQ(after(Attempt::answered, true, deadline, deadline), Verdict::answer);
}

TEST(RetryTest, ACommandThatWasNeverSentIsNotRepeated) { EXPECT_EQ(after(Attempt::not_sent, false, before, deadline), Verdict::answer); }

TEST(RetryTest, AnUnknownOutcomeIsRepeatedUntilTheDeadlineAndStaysUnknownThen) {
  EXPECT_EQ(after(Attempt::outcome_unknown, false, before, deadline), Verdict::again);
  EXPECT_EQ(after(Attempt::outcome_unknown, false, deadline, deadline), Verdict::outcome_unknown);
}

TEST(RetryTest, WhatMayHaveBeenDoneOnceIsNotCalledUndoneBecauseTheRepetitionWasNotSent) {
  EXPECT_EQ(after(Attempt::not_sent, true, before, deadline), Verdict::again);
  EXPECT_EQ(after(Attempt::not_sent, true, deadline, deadline), Verdict::outcome_unknown);
}

TEST(RetryTest, OnlyAStoreThatIsAwayOrSilentLeavesACommandOpen) {
  EXPECT_EQ(attempt_of(Errc::unavailable), Attempt::not_sent);
  EXPECT_EQ(attempt_of(Errc::outcome_unknown), Attempt::outcome_unknown);
  for (const Errc code : {Errc::limit_exceeded, Errc::version_mismatch, Errc::idempotency_mismatch, Errc::store_full, Errc::corrupt})
    EXPECT_EQ(attempt_of(code), Attempt::answered) << to_string(code);
}

}  // namespace
}  // namespace cartd
