#include "redis/protocol/asking.h"

#include "replies.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::redis {
namespace {

using namespace std::string_literals;

TEST(Asking, PrecedesEachCommand) {
  Request request;
  request.add({"SET", "k\r\n*1\r\n"s + '\0', ""}).add({"GET", "k"});
  Request expected;
  expected.add({"ASKING"}).add({"SET", "k\r\n*1\r\n"s + '\0', ""}).add({"ASKING"}).add({"GET", "k"});
  EXPECT_EQ(with_asking(request).bytes(), expected.bytes());
  EXPECT_EQ(with_asking(request).commands(), 4U);
}

TEST(Asking, PrecedesATransactionOnce) {
  Request request;
  request.add({"MULTI"}).add({"GET", "k"}).add({"EXEC"});
  Request expected;
  expected.add({"ASKING"}).add({"MULTI"}).add({"GET", "k"}).add({"EXEC"});
  EXPECT_EQ(with_asking(request).bytes(), expected.bytes());
}

TEST(Asking, LeavesNoTraceInTheReply) {
  const Reply one = without_asking(Request{"GET", "k"}, reply_of(array_bytes({"+OK\r\n", list_bytes({"a", "b"})})));
  ASSERT_EQ(one.view().size(), 2U);
  EXPECT_EQ(one.view()[1].text(), "b");

  Request two;
  two.add({"GET", "a"}).add({"GET", "b"});
  const Reply both =
      without_asking(two, reply_of(array_bytes({"+OK\r\n", bulk_bytes("1"), "+OK\r\n", list_bytes({"2", "3"})})));
  ASSERT_EQ(both.view().size(), 2U);
  EXPECT_EQ(both.view()[0].text(), "1");
  EXPECT_EQ(both.view()[1][1].text(), "3");

  Request transaction;
  transaction.add({"MULTI"}).add({"GET", "k"}).add({"EXEC"});
  const Reply done =
      without_asking(transaction, reply_of(array_bytes({"+OK\r\n", "+OK\r\n", "+QUEUED\r\n", list_bytes({"v"})})));
  ASSERT_EQ(done.view().size(), 3U);
  EXPECT_EQ(done.view()[2][0].text(), "v");
}

TEST(Asking, AnswersItsOwnRefusal) {
  const std::string refused = "-NOPERM asking\r\n";
  EXPECT_EQ(without_asking(Request{"GET", "k"}, reply_of(array_bytes({refused, "-MOVED 1 h:1\r\n"}))).view().text(),
            "NOPERM asking");
  Request transaction;
  transaction.add({"MULTI"}).add({"EXEC"});
  EXPECT_EQ(without_asking(transaction, reply_of(array_bytes({refused, "+OK\r\n", "*0\r\n"}))).view().text(),
            "NOPERM asking");
}

}  // namespace
}  // namespace cartd::redis
