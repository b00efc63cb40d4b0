#include "redis/connection/liveness.h"

#include <gtest/gtest.h>

#include <chrono>
#include <optional>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using Time = Activity::Time;

constexpr Time start{1h};

LinkOptions options() { return {.silence_timeout = 100ms, .heartbeat = 1000ms}; }

TEST(Liveness, EndsWithAReplyThatIsOverdue) {
  const Activity activity{.unanswered_since = start, .received_at = start};
  EXPECT_EQ(judge_liveness(activity, options(), start + 99ms), Liveness::alive);
  EXPECT_EQ(judge_liveness(activity, options(), start + 100ms), Liveness::silent);
  EXPECT_EQ(next_judgement(activity, options(), start), start + 100ms);
}

TEST(Liveness, LastsWhileBytesComeButNotForEver) {
  const Activity activity{.unanswered_since = start, .received_at = start + 90ms};
  EXPECT_EQ(judge_liveness(activity, options(), start + 189ms), Liveness::alive);
  EXPECT_EQ(judge_liveness(activity, options(), start + 190ms), Liveness::silent);
  const Activity trickling{.unanswered_since = start, .received_at = start + 399ms};
  EXPECT_EQ(judge_liveness(trickling, options(), start + 400ms), Liveness::silent);
}

TEST(Liveness, DoesNotCountTheTimeInWhichThisLoopStoodStill) {
  const Activity activity{.unanswered_since = start, .received_at = start, .resumed_at = start + 5s};
  EXPECT_EQ(owed_since(activity), start + 5s);
  EXPECT_EQ(judge_liveness(activity, options(), start + 5s + 99ms), Liveness::alive);
  EXPECT_EQ(judge_liveness(activity, options(), start + 5s + 100ms), Liveness::silent);
}

TEST(Liveness, AsksAnIdleServerForASign) {
  const Activity idle{.received_at = start};
  EXPECT_EQ(owed_since(idle), std::nullopt);
  EXPECT_EQ(judge_liveness(idle, options(), start + 999ms), Liveness::alive);
  EXPECT_EQ(judge_liveness(idle, options(), start + 1000ms), Liveness::idle);
  EXPECT_EQ(next_judgement(idle, options(), start), start + 1000ms);
  const Activity busy{.has_queued = true, .received_at = start};
  EXPECT_EQ(judge_liveness(busy, options(), start + 1h), Liveness::alive);
  EXPECT_EQ(next_judgement(busy, options(), start), Time::max());
}

TEST(Liveness, IsJudgedAgainOnceTheReplyMayHaveMadeItIdle) {
  LinkOptions patient = options();
  patient.silence_timeout = 10s;
  const Activity activity{.unanswered_since = start, .received_at = start};
  EXPECT_EQ(next_judgement(activity, patient, start + 10ms), start + 1010ms);
}

}  // namespace
}  // namespace cartd::redis
