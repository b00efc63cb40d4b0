#include "outbox/journaling_log.h"
#include "outbox/resend_log.h"
#include "runtime/log.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using Time = std::chrono::steady_clock::time_point;

class OutboxLogs : public testing::Test {
 protected:
  OutboxLogs() { configure_log(LogLevel::info, LogFormat::json); }
  ~OutboxLogs() override { configure_log(LogLevel::warn, LogFormat::plain); }

  /// What `what` writes to the log.
  template <class What>
  static std::string written(What what) {
    testing::internal::CaptureStderr();
    what();
    return testing::internal::GetCapturedStderr();
  }
  static bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

  const Time start_{1h};
  ResendLog resends_;
  JournalingLog journaling_;
  const int outbox_ = 0;
  const int other_ = 0;
};

TEST_F(OutboxLogs, AFailoverIsOneLineWhenAllIsAnswered) {
  EXPECT_EQ(written([&] {
              resends_.look(start_);
              resends_.resent(3, start_);
              resends_.ended(true, start_ + 1s);
              resends_.ended(false, start_ + 1s);
              resends_.look(start_ + 5s);
              resends_.ended(true, start_ + 5s);
              resends_.look(start_ + 5900ms);
            }),
            "");
  const std::string line = written([&] { resends_.look(start_ + 6s); });
  EXPECT_TRUE(holds(line, R"("level":"warning")") && holds(line, R"("resent":3,"lost":2)")) << line;
  EXPECT_EQ(written([&] { resends_.look(start_ + 1h); }), "");
}

TEST_F(OutboxLogs, NothingLostIsNoWarning) {
  resends_.resent(1, start_);
  resends_.ended(false, start_);
  const std::string line = written([&] { resends_.look(start_ + 1s); });
  EXPECT_TRUE(holds(line, R"("level":"info")") && holds(line, R"("resent":1,"lost":0)")) << line;
}

TEST_F(OutboxLogs, AMissingAnswerDoesNotDelayTheLineForever) {
  resends_.resent(2, start_);
  resends_.ended(true, start_);
  EXPECT_EQ(written([&] { resends_.look(start_ + 9s); }), "");
  EXPECT_NE(written([&] { resends_.look(start_ + 10s); }), "");
}

TEST_F(OutboxLogs, FailoversInARowAreOneLineInTenSeconds) {
  int lines = 0;
  for (int tenths = 0; tenths < 1000; ++tenths) {
    const Time now = start_ + tenths * 100ms;
    resends_.resent(1, now);
    resends_.ended(true, now);
    if (!written([&] { resends_.look(now); }).empty()) ++lines;
  }
  EXPECT_LE(lines, 10);
  EXPECT_GE(lines, 5);
}

TEST_F(OutboxLogs, JournalingIsToldAtItsBeginAndWhenAllIsDelivered) {
  const std::string begin = written([&] {
    for (int i = 0; i < 5; ++i) journaling_.accepted(&outbox_, start_);
    journaling_.accepted(&other_, start_);
  });
  EXPECT_TRUE(holds(begin, "Redis is down: changes go to the journal")) << begin;
  EXPECT_EQ(begin.find('\n'), begin.size() - 1) << "one line: " << begin;
  EXPECT_TRUE(journaling_.waits_for(&outbox_));
  EXPECT_EQ(written([&] {
              journaling_.published(&outbox_, true);
              journaling_.delivered(start_ + 20s);
              journaling_.delivered(start_ + 23s);
              journaling_.dead_lettered();
              journaling_.published(&outbox_, false);
              journaling_.look(start_ + 24s);
              journaling_.look(start_ + 30s);
              journaling_.published(&other_, false);
              journaling_.look(start_ + 31s);
              journaling_.look(start_ + 31500ms);
            }),
            "");
  EXPECT_FALSE(journaling_.waits_for(&outbox_));
  const std::string end = written([&] { journaling_.look(start_ + 32s); });
  EXPECT_TRUE(holds(end, R"("delivered":5,"dead_letters":1,"away_seconds":20.000,"delivery_seconds":3.000)")) << end;
  EXPECT_EQ(written([&] { journaling_.look(start_ + 1h); }), "");
}

TEST_F(OutboxLogs, AStoreThatComesAndGoesDoesNotFillTheLog) {
  int lines = 0;
  for (int seconds = 0; seconds < 100; ++seconds) {
    const Time now = start_ + seconds * 1s;
    const std::string text = written([&] {
      journaling_.accepted(&outbox_, now);
      journaling_.delivered(now);
      journaling_.published(&outbox_, false);
      journaling_.look(now);
      journaling_.look(now + 1s);
    });
    if (!text.empty()) ++lines;
  }
  EXPECT_LE(lines, 10);
}

TEST_F(OutboxLogs, AnOutageSoonAfterAnotherIsToldThoughNoMoreChangesCome) {
  written([&] {
    journaling_.accepted(&outbox_, start_);
    journaling_.published(&outbox_, false);
    journaling_.look(start_);
    journaling_.look(start_ + 1s);
  });
  EXPECT_EQ(written([&] {
              journaling_.accepted(&outbox_, start_ + 5s);
              journaling_.look(start_ + 9s);
            }),
            "");
  EXPECT_TRUE(holds(written([&] { journaling_.look(start_ + 10s); }), "Redis is down"));
}

TEST_F(OutboxLogs, ChangesOfAnEarlierProcessAreToldWhenTheyAreDelivered) {
  const std::string lines = written([&] {
    journaling_.recovered(&outbox_, 4, start_);
    journaling_.delivered(start_ + 1s);
    journaling_.published(&outbox_, false);
    journaling_.look(start_ + 1s);
    journaling_.look(start_ + 2s);
  });
  EXPECT_TRUE(holds(lines, R"("delivered":4)")) << lines;
}

TEST_F(OutboxLogs, LogsRedisDownFromTheStartDespiteEarlierChanges) {
  journaling_.recovered(&outbox_, 4, start_);
  EXPECT_TRUE(holds(written([&] { journaling_.accepted(&outbox_, start_); }), "Redis is down"));
}

}  // namespace
}  // namespace cartd::test
