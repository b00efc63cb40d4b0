#include "api/rest/readiness.h"

#include <gtest/gtest.h>

#include <optional>
#include <vector>

namespace cartd::rest {
namespace {

struct Case {
  bool store_ready;
  std::optional<bool> journal_works;
  bool has_memory;
  Readiness expected;
  bool takes_while_away = false;
};

TEST(ReadinessTest, IsWhetherAChangeCanBeAcknowledged) {
  const std::vector<Case> cases{
      {true, std::nullopt, true, {"ready", 200, {}}},
      {false, std::nullopt, true, {"unavailable", 503, {"store"}}},
      {true, true, true, {"ready", 200, {}}},
      {false, true, true, {"degraded", 200, {"store"}}},
      {true, false, true, {"unavailable", 503, {"journal"}}},
      {false, false, true, {"unavailable", 503, {"store", "journal"}}},
      {true, std::nullopt, false, {"unavailable", 503, {"outbox"}}},
      {false, true, false, {"unavailable", 503, {"store", "outbox"}}},
      {true, std::nullopt, true, {"ready", 200, {}}, true},
      {false, std::nullopt, true, {"degraded", 200, {"store"}}, true},
      {false, std::nullopt, false, {"unavailable", 503, {"store", "outbox"}}, true},
  };
  const auto texts = [](const Readiness& readiness) {
    return std::vector<std::string>(readiness.degraded.begin(), readiness.degraded.end());
  };
  for (const Case& one : cases) {
    OutboxReport outbox{0, 0, Millis(0), one.has_memory ? 99 : 100, 100};
    outbox.takes_while_away = one.takes_while_away;
    std::optional<JournalReport>& journal = outbox.journal;
    if (one.journal_works) journal = JournalReport{*one.journal_works, "", "", 0, 0, 0, 0};
    const Readiness readiness = judge_readiness({one.store_ready, ""}, outbox, false);
    const std::string which = std::string(one.store_ready ? "store ready" : "store away") + ", journal " +
                              (!journal           ? "none"
                               : journal->working ? "works"
                                                  : "refuses") +
                              (one.has_memory ? "" : ", no memory");
    EXPECT_STREQ(readiness.status, one.expected.status) << which;
    EXPECT_EQ(readiness.code, one.expected.code) << which;
    EXPECT_EQ(texts(readiness), texts(one.expected)) << which;
    const Readiness at_the_end = judge_readiness({one.store_ready, ""}, outbox, true);
    EXPECT_STREQ(at_the_end.status, "stopping") << which;
    EXPECT_EQ(at_the_end.code, 503U) << which;
  }
}

}  // namespace
}  // namespace cartd::rest
