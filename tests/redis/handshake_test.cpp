#include "redis/connection/handshake.h"

#include "redis/protocol/reply_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::redis {
namespace {

const std::string run_id(40, 'a');
const std::string replication_id(40, 'b');

std::string bulk(const std::string& text) { return "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n"; }

const std::string replication =
    bulk("# Replication\r\nrole:master\r\nconnected_slaves:0\r\nmaster_replid:" + replication_id + "\r\n");
const std::string info =
    bulk("# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\nrun_id:" + run_id + "\r\n") + replication;

std::vector<Reply> replies(const std::string& bytes) {
  ReplyReader reader;
  reader.feed(bytes);
  std::vector<Reply> list;
  for (auto next = reader.next(); next && *next; next = reader.next()) list.push_back(std::move(**next));
  return list;
}

// Of a server without password, SELECT or anything special.
std::string why(const std::string& bytes) {
  const std::vector<Reply> list = replies(bytes);
  EXPECT_EQ(list.size(), greeting(Url{}, "x").commands());
  const auto session = judge_greeting(Url{}, false, list);
  EXPECT_FALSE(session);
  return session ? "" : session.error();
}

TEST(Handshake, SaysOnlyWhatTheUrlNeeds) {
  const std::string always = Request{"CLIENT", "SETNAME", "n"}.bytes() + Request{"CLIENT", "ID"}.bytes() +
                             Request{"INFO", "server"}.bytes() + Request{"INFO", "replication"}.bytes() +
                             Request{"PING"}.bytes();
  EXPECT_EQ(greeting(Url{}, "n").bytes(), always);
  EXPECT_EQ(greeting(Url{.password = "p"}, "n").bytes(), Request({"AUTH", "p"}).bytes() + always);
  EXPECT_EQ(greeting(Url{.user = "u", .password = "p", .database = 2}, "n").bytes(),
            Request({"AUTH", "u", "p"}).bytes() + Request({"SELECT", "2"}).bytes() + always);
}

TEST(Handshake, LearnsServerAndClient) {
  const auto session = judge_greeting(Url{}, false, replies("+OK\r\n:17\r\n" + info + "+PONG\r\n"));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->client_id, 17);
  EXPECT_EQ(session->run_id, run_id);
  EXPECT_EQ(session->mode, "standalone");
  EXPECT_EQ(session->role, Role::primary);
  EXPECT_EQ(session->replication_id, replication_id);
}

TEST(Handshake, DoesWithoutWhatIsNotPermitted) {
  const std::string no = "-NOPERM this user has no permissions to run the command\r\n";
  const auto session = judge_greeting(Url{}, false, replies(no + no + no + no + no));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->client_id, 0);
  EXPECT_EQ(session->run_id, "");
  EXPECT_EQ(session->missing, (std::vector<std::string>{"CLIENT SETNAME", "CLIENT ID", "INFO"}));
  EXPECT_TRUE(judge_greeting(Url{}, false, replies("-ERR unknown command 'CLIENT'\r\n:1\r\n" + info + "+PONG\r\n")));
}

TEST(Handshake, DoesWithoutOptionalCommandsHoweverTheyAreRefused) {
  for (const char* words : {"ERR unsupported command 'client'", "ERR Client names cannot contain spaces", "ODD", "oops",
                            "", "BUSY x", "ERR internal error", "LOADING x", "EXECABORT x"}) {
    const std::string no = std::string("-") + words + "\r\n";
    const auto session = judge_greeting(Url{}, false, replies(no + no + no + no + "+PONG\r\n"));
    ASSERT_TRUE(session) << words;
    EXPECT_EQ(session->missing.size(), 3U);
    for (const std::string& command : session->missing) EXPECT_STRNE(cost_of_missing(command), "");
  }
}

TEST(Handshake, NamesWhatAServerAnswersButDoesNotTell) {
  const auto session = judge_greeting(Url{}, false, replies("+OK\r\n:0\r\n" + bulk("") + bulk("") + "+PONG\r\n"));
  ASSERT_TRUE(session);
  EXPECT_EQ(session->missing, (std::vector<std::string>{"CLIENT ID", "INFO"}));
}

TEST(Handshake, MissesNothingOfAnOrdinaryServer) {
  const auto session = judge_greeting(Url{}, false, replies("+OK\r\n:17\r\n" + info + "+PONG\r\n"));
  ASSERT_TRUE(session);
  EXPECT_TRUE(session->missing.empty());
}

TEST(Handshake, GoesOnWithAServerThatRefusesPing) {
  for (const char* words : {"NOPERM x", "ERR unsupported command 'ping'", "ERR internal error", "CLUSTERDOWN x"})
    EXPECT_TRUE(judge_greeting(Url{}, false, replies("+OK\r\n:1\r\n" + info + "-" + words + "\r\n"))) << words;
}

TEST(Handshake, GoesOnWithAServerThatCannotSave) {
  EXPECT_TRUE(judge_greeting(
      Url{}, false, replies("+OK\r\n:1\r\n" + info + "-MISCONF Redis is configured to save RDB snapshots\r\n")));
}

TEST(Handshake, GoesOnWithABusyServer) {
  EXPECT_TRUE(
      judge_greeting(Url{}, false, replies("+OK\r\n:1\r\n" + info + "-BUSY Redis is busy running a script.\r\n")));
}

TEST(Handshake, SaysClearlyWhyTheServerCannotBeUsed) {
  EXPECT_EQ(why("+OK\r\n:1\r\n" + info + "-LOADING Redis is loading the dataset in memory\r\n"),
            "the server is loading its data");
  EXPECT_EQ(why("-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n"), "the server requires a password");
  EXPECT_EQ(why("-ERR max number of clients reached\r\n+a\r\n+a\r\n+a\r\n+a\r\n"), "the server has too many clients");
  EXPECT_EQ(why("-DENIED Redis is running in protected mode\r\n+a\r\n+a\r\n+a\r\n+a\r\n"),
            "the server is in protected mode");

  const Url with_password{.password = "p", .database = 99};
  const auto refused = judge_greeting(
      with_password, false,
      replies("-WRONGPASS x\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n-NOAUTH x\r\n"));
  EXPECT_EQ(refused.error(), "the server refused the user or the password");
  const auto no_such_database = judge_greeting(
      with_password, false, replies("+OK\r\n-ERR DB index is out of range\r\n+OK\r\n:1\r\n" + info + "+PONG\r\n"));
  EXPECT_EQ(no_such_database.error(), "the server refused SELECT: ERR");
}

TEST(Handshake, EntersAServerWithoutAPasswordWhenThatIsOptional) {
  const Url with_password{.password = "p"};
  const std::string needless = "-ERR AUTH <password> called without any password configured for the default user.\r\n";
  EXPECT_FALSE(judge_greeting(with_password, false, replies(needless + "+OK\r\n:1\r\n" + info + "+PONG\r\n")));
  EXPECT_TRUE(judge_greeting(with_password, true, replies(needless + "+OK\r\n:1\r\n" + info + "+PONG\r\n")));
  const std::string closed = "-NOAUTH x\r\n";
  const auto refused =
      judge_greeting(with_password, true, replies("-WRONGPASS x\r\n" + closed + closed + closed + closed + closed));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "the server refused the user or the password");
}

TEST(Handshake, SaysThatAClusterHasOneDatabase) {
  const auto refused =
      judge_greeting(Url{.database = 2}, false,
                     replies("-ERR SELECT is not allowed in cluster mode\r\n+OK\r\n:1\r\n" + info + "+PONG\r\n"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error(), "the server runs in cluster mode, which has database 0 only");
}

TEST(Handshake, ShowsNothingOfAServersErrorButItsCode) {
  const auto refused = [](const std::string& words) {
    return judge_greeting(Url{.database = 2}, false, replies("-" + words + "\r\n+OK\r\n:1\r\n" + info + "+PONG\r\n"))
        .error();
  };
  EXPECT_EQ(refused("ODD 10.1.2.3:6379 hunter2"), "the server refused SELECT: ODD");
  EXPECT_EQ(refused("<b>x</b>"), "the server refused SELECT: an error");
}

TEST(Handshake, TakesNoEchoForAServer) { EXPECT_EQ(why(greeting(Url{}, "x").bytes()), "the server is not Redis"); }

TEST(Handshake, TakesNothingButARunIdForARunId) {
  const std::vector<std::string> texts = {"\nrun_id:short\r\n", "\nrun_id:" + std::string(40, 'X') + "\r\n",
                                          "no run id at all"};
  for (const std::string& text : texts) {
    const auto session =
        judge_greeting(Url{}, false, replies("+OK\r\n:1\r\n" + bulk(text) + replication + "+PONG\r\n"));
    ASSERT_TRUE(session);
    EXPECT_EQ(session->run_id, "");
  }
}

}  // namespace
}  // namespace cartd::redis
