#include "api/rest/readiness.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace cartd::rest {
namespace {

struct Case {
  bool store_ready;
  std::optional<bool> journal_works;
  Readiness expected;
};

TEST(ReadinessTest, IsWhetherAChangeCanBeAcknowledged) {
  const std::vector<Case> cases{
      {true, std::nullopt, {"ready", 200, {}}},
      {false, std::nullopt, {"unavailable", 503, {"store"}}},
      {true, true, {"ready", 200, {}}},
      {false, true, {"degraded", 200, {"store"}}},
      {true, false, {"unavailable", 503, {"journal"}}},
      {false, false, {"unavailable", 503, {"store", "journal"}}},
  };
  const auto texts = [](const Readiness& readiness) {
    return std::vector<std::string>(readiness.degraded.begin(), readiness.degraded.end());
  };
  for (const Case& one : cases) {
    std::optional<JournalReport> journal;
    if (one.journal_works) journal = JournalReport{*one.journal_works, "", "", 0, 0, 0, 0};
    const Readiness readiness = judge_readiness({one.store_ready, ""}, journal, false);
    const std::string which = std::string(one.store_ready ? "store ready" : "store away") + ", journal " +
                              (!journal           ? "none"
                               : journal->working ? "works"
                                                  : "refuses");
    EXPECT_STREQ(readiness.status, one.expected.status) << which;
    EXPECT_EQ(readiness.code, one.expected.code) << which;
    EXPECT_EQ(texts(readiness), texts(one.expected)) << which;
    const Readiness at_the_end = judge_readiness({one.store_ready, ""}, journal, true);
    EXPECT_STREQ(at_the_end.status, "stopping") << which;
    EXPECT_EQ(at_the_end.code, 503U) << which;
  }
}

}  // namespace
}  // namespace cartd::rest
