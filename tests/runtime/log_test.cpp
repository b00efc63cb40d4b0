#include "runtime/log.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <limits>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;
using namespace std::chrono_literals;

// The one line that `what` writes, as JSON.
template <class What>
json line_of(What what) {
  configure_log(LogLevel::info, LogFormat::json);
  testing::internal::CaptureStderr();
  what();
  return json::parse(testing::internal::GetCapturedStderr());
}

TEST(Log, NumbersStayNumbersAndTextsAreQuoted) {
  const json line = line_of([] {
    log(LogLevel::warn, "event", {{"count", 7}, {"seconds", 1.5}, {"why", "a \"b\"\n"}});
  });
  EXPECT_EQ(line.at("event"), "event");
  EXPECT_EQ(line.at("level"), "warning");
  EXPECT_EQ(line.at("count"), 7);
  EXPECT_EQ(line.at("seconds"), 1.5);
  EXPECT_EQ(line.at("why"), "a \"b\"\n");
}

TEST(Log, NonFiniteNumbersAreWrittenAsZero) {
  const json line = line_of([] {
    log(LogLevel::warn, "event", {{"ratio", std::numeric_limits<double>::quiet_NaN()}});
  });
  EXPECT_EQ(line.at("ratio"), 0);
}

TEST(Log, LongTextsAreCutBetweenCharactersAndShowTheirLength) {
  const std::string text = "x" + [] {
    std::string many;
    for (int i = 0; i < 100'000; ++i) many += "é";
    return many;
  }();
  const json line = line_of([&] { log(LogLevel::warn, "event", {{"why", text}}); });
  const std::string shown = line.at("why");
  EXPECT_LT(shown.size(), LogField::max_text_bytes + 40);
  EXPECT_NE(shown.find("(200001 bytes)"), std::string::npos) << shown;
}

TEST(LogThrottle, LetsOneLineThroughInEachIntervalAndCountsTheOthers) {
  LogThrottle throttle(10s);
  const LogThrottle::Time start{};
  EXPECT_EQ(throttle.pass(start), 0U);
  for (int i = 1; i < 10; ++i) EXPECT_EQ(throttle.pass(start + std::chrono::seconds(i)), std::nullopt);
  EXPECT_EQ(throttle.pass(start + 10s), 9U);
  EXPECT_EQ(throttle.pass(start + 11s), std::nullopt);
  EXPECT_EQ(throttle.pass(start + 30s), 1U);
}

}  // namespace
}  // namespace cartd::test
