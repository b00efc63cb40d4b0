#include "redis/replication/safety.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <optional>
#include <random>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

using namespace std::chrono_literals;
using Time = Safety::Time;

constexpr std::uint64_t here = 7;

Replication primary(std::uint64_t offset, const std::vector<std::uint64_t>& acknowledged) {
  return {.role = Role::primary,
          .id = "x",
          .offset = offset,
          .announced = acknowledged.size(),
          .acknowledged = acknowledged};
}

class SafetyTest : public testing::Test {
 protected:
  explicit SafetyTest(SafetyPolicy policy = {}) : safety(policy) { safety.connected(here); }

  // A checkpoint at once: asked and answered.
  void checkpoint(const Replication& replication) {
    safety.ask();
    answer(replication);
  }
  void answer(const Replication& replication) {
    last = replication;
    safety.answered(here, replication, now);
  }
  // The authority is asked and agrees, if there is anything to ask; and the server still says the same.
  bool confirm() {
    if (!safety.wants_confirmation(now)) return false;
    safety.confirmed(here, safety.ask_authority(now));
    checkpoint(last);
    return true;
  }

  Safety safety;
  Replication last;
  Time now{1h};
};

TEST_F(SafetyTest, AsksOnlyWhenSomethingWasSent) {
  EXPECT_FALSE(safety.wants_checkpoint());
  EXPECT_EQ(safety.sent(), 1U);
  EXPECT_TRUE(safety.wants_checkpoint());
  checkpoint(primary(100, {100}));
  EXPECT_FALSE(safety.wants_checkpoint());
  EXPECT_TRUE(confirm());
  EXPECT_TRUE(safety.settled());
  EXPECT_EQ(safety.sent(), 3U);
  EXPECT_FALSE(safety.settled());
}

TEST_F(SafetyTest, PlacesACommandInTheNextCheckpointThatIsAsked) {
  EXPECT_EQ(safety.sent(), 1U);
  safety.ask();
  // Sent behind the question: its answer does not cover the command.
  EXPECT_EQ(safety.sent(), 2U);
  answer(primary(100, {100}));
  EXPECT_TRUE(safety.wants_checkpoint());
  confirm();
  EXPECT_EQ(safety.durable_checkpoint(), 1U);
}

TEST_F(SafetyTest, NeedsEveryReplicaToHaveTheOffset) {
  safety.sent();
  checkpoint(primary(100, {100, 99}));
  EXPECT_FALSE(confirm());
  checkpoint(primary(150, {150, 100}));
  EXPECT_TRUE(confirm());
  EXPECT_EQ(safety.durable_checkpoint(), 1U);
  checkpoint(primary(150, {150, 150}));
  EXPECT_TRUE(confirm());
  EXPECT_EQ(safety.durable_checkpoint(), 4U);
}

TEST_F(SafetyTest, NeedsEveryReplicaThatIsAnnouncedInTheList) {
  safety.sent();
  Replication replication = primary(100, {100});
  replication.announced = 2;
  checkpoint(replication);
  EXPECT_FALSE(confirm());
}

TEST_F(SafetyTest, NeedsTheAuthority) {
  safety.sent();
  checkpoint(primary(100, {100}));
  EXPECT_TRUE(safety.wants_confirmation(now));
  EXPECT_EQ(safety.durable_checkpoint(), 0U);
}

TEST_F(SafetyTest, AConfirmationCoversOnlyEarlierCheckpoints) {
  safety.sent();
  checkpoint(primary(100, {100}));
  const std::uint64_t asked = safety.ask_authority(now);
  now += 1ms;
  safety.sent();
  checkpoint(primary(200, {200}));
  safety.confirmed(here, asked);
  checkpoint(primary(200, {200}));
  EXPECT_EQ(safety.durable_checkpoint(), 1U);
}

TEST_F(SafetyTest, NeedsTheSameEpochAfterTheConfirmation) {
  safety.sent();
  checkpoint(primary(100, {100}));
  safety.confirmed(here, safety.ask_authority(now));
  EXPECT_EQ(safety.durable_checkpoint(), 0U);
  EXPECT_TRUE(safety.wants_checkpoint());
  safety.ask();
  safety.answered(here + 1, primary(100, {100}), now);
  EXPECT_EQ(safety.durable_checkpoint(), 0U) << "it was rolled back, and is a primary again";
}

TEST_F(SafetyTest, AnEarlierAnswerDoesNotCountAsTheLastOne) {
  safety.sent();
  checkpoint(primary(100, {100}));
  const std::uint64_t asked = safety.ask_authority(now);
  safety.ask();
  safety.confirmed(here, asked);
  answer(primary(100, {100}));
  EXPECT_EQ(safety.durable_checkpoint(), 0U);
  checkpoint(primary(100, {100}));
  EXPECT_EQ(safety.durable_checkpoint(), 1U);
}

TEST_F(SafetyTest, StartsAnewWithAnotherEpoch) {
  safety.sent();
  checkpoint(primary(100, {100}));
  const std::uint64_t asked = safety.ask_authority(now);
  safety.connected(here + 1);
  safety.confirmed(here, asked);
  EXPECT_EQ(safety.durable_checkpoint(), 0U);
  EXPECT_EQ(safety.epoch(), here + 1);
  EXPECT_TRUE(safety.settled());
  EXPECT_EQ(safety.sent(), 2U) << "numbers go on";
}

TEST_F(SafetyTest, NoticesAnotherEpochOnTheSameConnection) {
  safety.sent();
  safety.ask();
  safety.answered(here + 1, primary(100, {100}), now);
  EXPECT_EQ(safety.epoch(), here + 1);
  confirm();
  EXPECT_EQ(safety.durable_checkpoint(), 0U) << "what was confirmed for the old history";
}

TEST_F(SafetyTest, GoesOnAfterALostConnectionToTheSameServer) {
  safety.sent();
  safety.ask();
  safety.connected(here);
  EXPECT_TRUE(safety.wants_checkpoint());
  checkpoint(primary(100, {100}));
  EXPECT_TRUE(confirm());
  EXPECT_EQ(safety.durable_checkpoint(), 2U) << "the later round covers the one that got no answer";
}

TEST_F(SafetyTest, IgnoresAReplicasReport) {
  safety.sent();
  safety.ask();
  Replication replication = primary(100, {100});
  replication.role = Role::replica;
  safety.answered(here, replication, now);
  EXPECT_FALSE(confirm());
  EXPECT_TRUE(safety.wants_checkpoint());
}

TEST_F(SafetyTest, PassesOverAQuestionThatGotAnError) {
  safety.sent();
  safety.ask();
  safety.not_answered();
  EXPECT_TRUE(safety.wants_checkpoint());
  EXPECT_EQ(safety.epoch(), here);
}

TEST_F(SafetyTest, KnowsNothingWithoutAEpoch) {
  safety.connected(0);
  safety.sent();
  EXPECT_FALSE(safety.wants_checkpoint());
  EXPECT_TRUE(safety.settled());
}

TEST_F(SafetyTest, WaitsForTheRetentionWithoutAReplica) {
  safety.sent();
  checkpoint(primary(0, {}));
  now += 9999ms;
  checkpoint(primary(0, {}));
  EXPECT_FALSE(confirm());
  now += 1ms;
  checkpoint(primary(0, {}));
  EXPECT_TRUE(confirm());
  EXPECT_EQ(safety.durable_checkpoint(), 1U);
}

TEST_F(SafetyTest, BeginsTheRetentionAnewWhenTheLastReplicaIsGone) {
  safety.sent();
  checkpoint(primary(100, {50}));
  now += 9s;
  checkpoint(primary(100, {}));
  now += 9s;
  checkpoint(primary(100, {}));
  EXPECT_FALSE(confirm());
  now += 1s;
  checkpoint(primary(100, {}));
  EXPECT_TRUE(confirm());
}

TEST_F(SafetyTest, KeepsABoundedNumberOfOpenCheckpoints) {
  // Checkpoint n has the offset n.
  const std::uint64_t checkpoints = 10 * Safety::most_open_checkpoints;
  for (std::uint64_t n = 1; n <= checkpoints; ++n) {
    safety.sent();
    checkpoint(primary(n, {0}));
  }
  checkpoint(primary(checkpoints + 1, {checkpoints / 2}));
  EXPECT_TRUE(confirm());
  EXPECT_LE(safety.durable_checkpoint(), checkpoints / 2) << "thinning out must not make anything safe";
  EXPECT_GT(safety.durable_checkpoint(), 0U);
  checkpoint(primary(checkpoints + 2, {checkpoints + 2}));
  const std::uint64_t newest = safety.last_checkpoint();
  EXPECT_TRUE(confirm());
  EXPECT_EQ(safety.durable_checkpoint(), newest);
}

class SafetyWithoutAuthority : public SafetyTest {
 protected:
  SafetyWithoutAuthority()
      : SafetyTest({.authority = false, .retention_with_copy = 10s, .retention_without_copy = 10s}) {}
};

TEST_F(SafetyWithoutAuthority, NeedsCopyAndRetention) {
  safety.sent();
  checkpoint(primary(100, {100}));
  EXPECT_EQ(safety.durable_checkpoint(), 0U);
  now += 10s;
  checkpoint(primary(200, {99}));
  EXPECT_EQ(safety.durable_checkpoint(), 0U);
  checkpoint(primary(200, {100}));
  EXPECT_EQ(safety.durable_checkpoint(), 1U);
  EXPECT_FALSE(safety.wants_confirmation(now));
}

class SafetyWithLag : public SafetyTest {
 protected:
  SafetyWithLag() : SafetyTest({.authority_lag = 3s}) {}
};

TEST_F(SafetyWithLag, AsksTheAuthorityNoSoonerThanItCanKnow) {
  safety.sent();
  checkpoint(primary(100, {100}));
  now += 2999ms;
  EXPECT_FALSE(safety.wants_confirmation(now));
  EXPECT_FALSE(safety.settled());
  EXPECT_FALSE(safety.wants_checkpoint());
  now += 1ms;
  EXPECT_TRUE(confirm());
  EXPECT_TRUE(safety.settled());
}

// A primary with two replicas and an authority, whose network is cut at some point: primary and first replica on one
// side, the second replica, which is then promoted, and the authority on the other. What was called safe must be on the
// second. How many of `runs` random courses lose something that was called safe.
int courses_that_lose(bool with_authority, std::uint64_t seed, int runs) {
  std::cout << "courses by seed " << seed << "\n";
  std::mt19937_64 random(seed);
  int losing = 0;
  for (int run = 0; run < runs; ++run) {
    Safety safety({.authority = with_authority});
    safety.connected(here);
    Time now{1h};
    std::uint64_t offset = 0;
    std::uint64_t on_first = 0;
    std::uint64_t on_second = 0;
    bool cut = false;
    bool second_is_listed = true;                                 // Until some time after the cut.
    std::vector<std::pair<std::uint64_t, std::uint64_t>> writes;  // Checkpoint and offset.
    std::optional<std::uint64_t> authority_asked;
    for (int step = 0; step < 40; ++step) {
      now += 100ms;
      switch (random() % 9) {
        case 0: writes.emplace_back(safety.sent(), ++offset); break;
        case 1: on_first = offset; break;
        case 2: on_second = cut ? on_second : offset; break;
        case 3:
          if (safety.wants_checkpoint()) safety.ask();
          break;
        case 4:
        case 5:
          safety.answered(here, second_is_listed ? primary(offset, {on_first, on_second}) : primary(offset, {on_first}),
                          now);
          break;
        case 6:
          // It answers what it thinks when it is asked.
          if (!cut && safety.wants_confirmation(now)) authority_asked = safety.ask_authority(now);
          break;
        case 7:
          if (authority_asked) safety.confirmed(here, *authority_asked);
          authority_asked.reset();
          break;
        default:
          if (cut) second_is_listed = false;
          if (random() % 8 == 0) cut = true;
      }
    }
    losing += std::any_of(writes.begin(), writes.end(), [&](const auto& write) {
      return cut && write.first <= safety.durable_checkpoint() && write.second > on_second;
    });
  }
  return losing;
}

TEST(SafetySimulation, CallsNothingSafeThatAFailoverLoses) { EXPECT_EQ(courses_that_lose(true, 1, 20'000), 0); }

TEST(SafetySimulation, FindsLostWritesOnceNoAuthorityIsAsked) { EXPECT_GT(courses_that_lose(false, 1, 20'000), 0); }

}  // namespace
}  // namespace cartd::redis
