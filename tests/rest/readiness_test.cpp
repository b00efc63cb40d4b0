#include "api/rest/readiness.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace cartd::rest {
namespace {

struct Case {
  bool store_ready;
  std::optional<JournalState> journal;
  Readiness expected;
};

TEST(ReadinessTest, IsWhetherAChangeCanBeAcknowledged) {
  const std::vector<Case> cases{
      {true, std::nullopt, {"ready", 200, {}}},
      {false, std::nullopt, {"unavailable", 503, {"store"}}},
      {true, JournalState::working, {"ready", 200, {}}},
      {false, JournalState::working, {"degraded", 200, {"store"}}},
      {true, JournalState::full, {"unavailable", 503, {"journal"}}},
      {false, JournalState::full, {"unavailable", 503, {"store", "journal"}}},
      {true, JournalState::failed, {"unavailable", 503, {"journal"}}},
      {false, JournalState::failed, {"unavailable", 503, {"store", "journal"}}},
  };
  const auto texts = [](const Readiness& readiness) {
    return std::vector<std::string>(readiness.degraded.begin(), readiness.degraded.end());
  };
  for (const Case& one : cases) {
    const Readiness readiness = judge_readiness({one.store_ready, ""}, one.journal, false);
    const std::string which =
        std::string(one.store_ready ? "store ready" : "store away") + ", journal " + (one.journal ? to_string(*one.journal) : "none");
    EXPECT_STREQ(readiness.status, one.expected.status) << which;
    EXPECT_EQ(readiness.code, one.expected.code) << which;
    EXPECT_EQ(texts(readiness), texts(one.expected)) << which;
    const Readiness at_the_end = judge_readiness({one.store_ready, ""}, one.journal, true);
    EXPECT_STREQ(at_the_end.status, "stopping") << which;
    EXPECT_EQ(at_the_end.code, 503U) << which;
  }
}

}  // namespace
}  // namespace cartd::rest
