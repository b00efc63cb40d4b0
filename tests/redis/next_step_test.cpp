#include "redis/next_step.h"

#include "replies.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace cartd::redis {
namespace {

const std::string ask = "-ASK 1 h:1\r\n";
const std::string moved = "-MOVED 1 h:1\r\n";
const std::string ok = "+OK\r\n";

// The step after these replies to as many commands; "none" where the reply is the caller's.
std::string step(const std::vector<std::string>& replies, bool only_reads = false) {
  Request request;
  for (std::size_t i = 0; i < replies.size(); ++i) request.add({"X"});
  if (only_reads) request.only_reads();
  const std::optional<Redirect> next =
      next_step(request, reply_of(replies.size() == 1 ? replies.front() : array_bytes(replies)).view());
  if (!next) return "none";
  switch (next->step) {
    case NextStep::follow_moved: return "moved to " + next->host;
    case NextStep::follow_ask: return "ask " + next->host;
    case NextStep::try_again: return "later";
    case NextStep::find_primary: return "primary";
    default: return "another";
  }
}

TEST(NextStep, OfOneCommandIsWhatItsErrorSays) {
  EXPECT_EQ(step({moved}), "moved to h");
  EXPECT_EQ(step({ask}), "ask h");
  EXPECT_EQ(step({"-TRYAGAIN\r\n"}), "later");
  EXPECT_EQ(step({"-READONLY\r\n"}), "primary");
  for (const char* reply :
       {"+OK\r\n", "-ERR\r\n", "-LOADING\r\n", "-OOM\r\n", "-NOSCRIPT\r\n", "*1\r\n-MOVED 1 h:1\r\n"})
    EXPECT_EQ(step({reply}), "none") << reply;
}

TEST(NextStep, OfSeveralIsOnlyTakenWhenNoneWasExecuted) {
  EXPECT_EQ(step({moved, moved}), "moved to h");
  EXPECT_EQ(step({ask, ask}), "ask h");
  EXPECT_EQ(step({"-WRONGTYPE\r\n", moved}), "moved to h");
  EXPECT_EQ(step({ok, moved}), "none");
  EXPECT_EQ(step({moved, ok}), "none");
  // An error without a meaning: it may have been executed.
  EXPECT_EQ(step({"-ERR broken\r\n", moved}), "none");
  EXPECT_EQ(step({ok, ok}), "none");
  EXPECT_EQ(step({"-WRONGTYPE\r\n", "-OOM\r\n"}), "none");
}

TEST(NextStep, OfReadsIsTakenThoughSomeWereExecuted) {
  EXPECT_EQ(step({ok, moved}, true), "moved to h");
  EXPECT_EQ(step({ok, "-TRYAGAIN\r\n"}, true), "later");
  EXPECT_EQ(step({ok, ok}, true), "none");
}

TEST(NextStep, AfterAskIsToWaitWhereTheKeysLieOnTwoServers) {
  EXPECT_EQ(step({ok, ask}, true), "later");
  EXPECT_EQ(step({"-WRONGTYPE\r\n", ask}), "later");
  EXPECT_EQ(step({"-ASK 1 h:1\r\n", "-ASK 1 other:1\r\n"}), "later");
}

TEST(NextStep, OfATransactionIsTakenWhenItWasRefused) {
  Request transaction;
  transaction.add({"MULTI"}).add({"SET", "k", "v"}).add({"EXEC"});
  const auto after = [&](const std::vector<std::string>& replies) {
    return next_step(transaction, reply_of(array_bytes(replies)).view());
  };
  EXPECT_EQ(after({ok, ask, "-EXECABORT\r\n"}), (Redirect{NextStep::follow_ask, 1, "h", 1}));
  EXPECT_EQ(after({ok, moved, "-EXECABORT\r\n"}), (Redirect{NextStep::follow_moved, 1, "h", 1}));
  EXPECT_EQ(after({ok, "+QUEUED\r\n", list_bytes({"OK"})}), std::nullopt);
  transaction = Request();
  transaction.add({"MULTI"}).add({"SET", "k", "v"}).add({"SET", "l", "v"}).add({"EXEC"});
  EXPECT_EQ(after({ok, "+QUEUED\r\n", ask, "-EXECABORT\r\n"}), Redirect{NextStep::try_again});
}

}  // namespace
}  // namespace cartd::redis
