#include "redis/protocol/redirect.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace cartd::redis {
namespace {

TEST(Redirect, FollowsMovedAndAsk) {
  EXPECT_EQ(redirect("MOVED 3999 127.0.0.1:6381"), (Redirect{NextStep::follow_moved, 3999, "127.0.0.1", 6381}));
  EXPECT_EQ(redirect("ASK 16383 redis-1.example.com:7000"),
            (Redirect{NextStep::follow_ask, 16383, "redis-1.example.com", 7000}));
}

TEST(Redirect, SplitsAnIpv6AddressAtItsLastColon) {
  EXPECT_EQ(redirect("MOVED 0 2001:db8::1:6379"), (Redirect{NextStep::follow_moved, 0, "2001:db8::1", 6379}));
}

TEST(Redirect, TakesAnEmptyHostAsTheOneThatAnswered) {
  EXPECT_EQ(redirect("MOVED 7 :6380"), (Redirect{NextStep::follow_moved, 7, "", 6380}));
}

TEST(Redirect, DoesNotFollowAMovedThatMakesNoSense) {
  for (const char* error : {"MOVED", "MOVED ", "MOVED 1", "MOVED 1 ", "MOVED 1 h", "MOVED 1 h:", "MOVED 1 h:0",
                            "MOVED 1 h:65536", "MOVED 16384 h:1", "MOVED -1 h:1", "MOVED x h:1", "MOVED 1 h/../:1",
                            "MOVED 1 h:1x", "MOVED  1 h:1", "ASK 99999999999 h:1", "MOVED 1 h@x:1"}) {
    EXPECT_EQ(redirect(error), Redirect{NextStep::unknown}) << error;
  }
}

TEST(Redirect, RetriesWhatPasses) {
  for (const char* error :
       {"LOADING Redis is loading the dataset in memory", "BUSY Redis is busy running a script.",
        "CLUSTERDOWN The cluster is down", "MASTERDOWN Link with MASTER is down",
        "NOREPLICAS Not enough good replicas to write.", "MISCONF Redis is configured to save RDB snapshots"}) {
    EXPECT_EQ(redirect(error), Redirect{NextStep::retry_later}) << error;
  }
}

TEST(Redirect, KeepsAnUnknownHostAsWhatItIs) {
  EXPECT_EQ(redirect("MOVED 1 ?:6380"),
            (Redirect{NextStep::follow_moved, 1, std::string(Redirect::unknown_host), 6380}));
}

TEST(Redirect, KnowsEveryOtherErrorThatHasItsOwnStep) {
  EXPECT_EQ(redirect("NOSCRIPT No matching script."), Redirect{NextStep::load_script});
  EXPECT_EQ(redirect("TRYAGAIN Multiple keys request during rehashing of slot"), Redirect{NextStep::try_again});
  EXPECT_EQ(redirect("READONLY You can't write against a read only replica."), Redirect{NextStep::find_primary});
  EXPECT_EQ(redirect("OOM command not allowed when used memory > 'maxmemory'."), Redirect{NextStep::out_of_memory});
  EXPECT_EQ(redirect("NOAUTH Authentication required."), Redirect{NextStep::denied});
  EXPECT_EQ(redirect("WRONGPASS invalid username-password pair"), Redirect{NextStep::denied});
  EXPECT_EQ(redirect("NOPERM this user has no permissions"), Redirect{NextStep::denied});
  EXPECT_EQ(redirect("WRONGTYPE Operation against a key"), Redirect{NextStep::wrong_type});
}

TEST(Redirect, TakesAnythingElseForTheStateOfAServer) {
  for (const char* error : {"", " ", "ERR syntax error", "CROSSSLOT Keys in request don't hash to the same slot",
                            "LOADINGS", "loading", "-LOADING x"}) {
    EXPECT_EQ(redirect(error), Redirect{NextStep::unknown}) << error;
  }
}

TEST(Redirect, LooksIntoScriptErrorsOfOldServers) {
  EXPECT_EQ(redirect("ERR Error running script (call to f_a4d2): @user_script:1: @user_script: 1: -OOM command not "
                     "allowed when used "
                     "memory > 'maxmemory'."),
            Redirect{NextStep::out_of_memory});
  EXPECT_EQ(redirect("ERR Error running script (call to f_a4d2): @user_script:3: attempt to call a nil value"),
            Redirect{NextStep::unknown});
}

TEST(Redirect, KnowsThatACommandWhichIsNotOfferedWasNotDone) {
  for (const char* error :
       {"ERR unknown command 'EVALSHA', with args beginning with: ",
        "ERR unknown command `EVAL`, with args beginning with: ", "ERR unknown subcommand 'ID'. Try CLIENT HELP.",
        "ERR unsupported command 'client'",
        "ERR Error running script (call to f_a4d2): @user_script:1: @user_script: 1: -ERR unknown command"}) {
    EXPECT_EQ(redirect(error), Redirect{NextStep::denied}) << error;
  }
}

TEST(Redirect, NamesTheCodeOfAnError) {
  EXPECT_EQ(error_code("OOM command not allowed"), "OOM");
  EXPECT_EQ(error_code("ERR internal error"), "ERR");
  EXPECT_EQ(error_code("EXECABORT"), "EXECABORT");
  EXPECT_EQ(error_code("ERR Error running script (call to f_a): @user_script:1: @user_script: 1: -OOM x"), "OOM");
  for (const char* error : {"", " ", "oops", "<b>", "Ah yes", "A-B c", "\xff\xfe", "-ERR x"})
    EXPECT_EQ(error_code(error), "other") << error;
  EXPECT_EQ(error_code(std::string(33, 'A')), "other");
}

TEST(Redirect, ShowsNoArgumentsThatAServerRepeats) {
  EXPECT_EQ(
      without_arguments(
          "ERR unknown command 'EVALSHA', with args beginning with: 'sha' '1' 'user:u' 'email' 'ada@example.org' "),
      "ERR unknown command 'EVALSHA'");
  EXPECT_EQ(without_arguments("OOM command not allowed"), "OOM command not allowed");
}

TEST(Redirect, IsTotal) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    for (const char* prefix : {"", "MOVED ", "ASK 1 ", "ERR Error running script "}) {
      const Redirect result = redirect(prefix + text);
      if (result.step == NextStep::follow_moved || result.step == NextStep::follow_ask)
        RC_ASSERT(result.port != 0 && result.slot < 16384);
    }
  }));
}

}  // namespace
}  // namespace cartd::redis
