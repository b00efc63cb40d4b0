// `cartctl outbox` without a server.
#include "apps/cartctl/outbox.h"
#include "apps/cartctl/show.h"
#include "apps/parsed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

namespace cartd::cartctl {
namespace {

using test::value_of;
using testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::Not, testing::StartsWith;

const Environment no_environment = [](const std::string&) { return std::nullopt; };

Options options(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "outbox");
  return value_of(parse_options(arguments, no_environment));
}

const std::string first =
    R"({"id":"1-2","cart":"a","command":[{"op":"add","sku":"S","quantity":2,)"
    R"("metadata":{"dead_letters":[{"x":1.0}],"y":"]}\"{"}}],)"
    R"("reason":"r1","accepted_at":"2026-11-22T10:00:00.000Z","dead_lettered_at":"2026-11-22T10:00:01.000Z"})";
const std::string second = R"({"id":"1-3","cart":"b","command":{"op":"delete"},"reason":"r2",)"
                           R"("accepted_at":"2026-11-22T11:00:00.000Z","dead_lettered_at":"2026-11-22T11:00:01.000Z"})";

std::string outbox(const std::string& letters, const std::string& next = "") {
  return R"({"depth":3,"unconfirmed":4,"oldest_seconds":5,"journal":{"state":"working","records":7,"bytes":800,)"
         R"("max_bytes":9000,"dead_letters":2},)"
         R"("dead_letters":[)" +
         letters + "]" + (next.empty() ? "" : R"(,"next_cursor":")" + next + "\"") + "}";
}

/// A server with two dead letters, a page each, of which the second cannot be changed.
class OutboxCommands : public testing::Test {
 protected:
  int run(const std::vector<std::string>& arguments) {
    const Ask ask = [this](const HttpRequest& request) -> std::optional<HttpAnswer> {
      asked.push_back(request.method + " " + request.target);
      if (request.target == "/v1/outbox?limit=1000") return HttpAnswer{200, outbox(first, "1-2")};
      if (request.target == "/v1/outbox?limit=1000&cursor=1-2") return HttpAnswer{200, outbox(second)};
      if (request.target.find("9-9") != std::string::npos) return HttpAnswer{404, R"({"title":"Not found"})"};
      if (request.method == "GET") return HttpAnswer{200, request.target.ends_with("1-2") ? first : second};
      if (request.target.find("1-3") != std::string::npos) return HttpAnswer{507, R"({"title":"The journal is full"})"};
      return HttpAnswer{204, ""};
    };
    return run_outbox(options(arguments), ask, out, err);
  }

  std::vector<std::string> asked;
  std::ostringstream out;
  std::ostringstream err;
};

TEST(OutboxOptions, AloneMeansShow) {
  EXPECT_EQ(options({}).verb, Verb::outbox_show);
  EXPECT_EQ(options({"show"}).verb, Verb::outbox_show);
  EXPECT_EQ(options({"export"}).verb, Verb::outbox_export);
  EXPECT_TRUE(options({"--json"}).json);
  EXPECT_EQ(options({"drop", "1-2"}).verb, Verb::outbox_drop);
  EXPECT_THAT(options({"retry", "1-2", "1-3"}).letters, ElementsAre("1-2", "1-3"));
  EXPECT_TRUE(options({"retry", "--all"}).all_letters);
}

TEST(OutboxOptions, SayWhichLettersAreMeant) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"outbox", "retry"},
                                             {"outbox", "retry", "1-2", "--all"},
                                             {"outbox", "drop"},
                                             {"outbox", "drop", "1-2", "1-3"},
                                             {"outbox", "burn"}})
    EXPECT_FALSE(parse_options(arguments, no_environment)) << testing::PrintToString(arguments);
}

TEST(DeadLetters, AreKeptAsTheServerWroteThem) {
  const auto page = read_letters(outbox(first + ", " + second, "1-3"));
  ASSERT_TRUE(page);
  ASSERT_EQ(page->letters.size(), 2U);
  EXPECT_EQ(page->letters[0].text, first);
  EXPECT_EQ(page->letters[1].text, second);
  EXPECT_EQ(page->letters[1].id, "1-3");
  EXPECT_EQ(page->next_cursor, "1-3");
  const auto empty = read_letters(R"({"x":"dead_letters","dead_letters":[],"y":[{}]})");
  ASSERT_TRUE(empty);
  EXPECT_THAT(empty->letters, IsEmpty());
  EXPECT_EQ(empty->next_cursor, "");
}

TEST(DeadLetters, AreNotSeenInWhatIsNoOutbox) {
  for (const char* body :
       {"", "[]", "{}", R"({"dead_letters":{}})", R"({"dead_letters":[1]})", R"({"dead_letters":[{})", "<html>"})
    EXPECT_FALSE(read_letters(body)) << body;
}

TEST(ShownOutbox, IsATable) {
  EXPECT_EQ(show_outbox(outbox(first + "," + second)),
            "3 changes are not in Redis yet, the oldest for 5 s; 4 are in Redis, not yet safely replicated\n"
            "journal working; 7 changes, 800 of 9000 bytes\n"
            "2 dead letters\n"
            "ID   CART  CHANGE   ACCEPTED                  DEAD-LETTERED             REASON\n"
            "1-2  a     add 2 S  2026-11-22T10:00:00.000Z  2026-11-22T10:00:01.000Z  r1\n"
            "1-3  b     delete   2026-11-22T11:00:00.000Z  2026-11-22T11:00:01.000Z  r2\n");
  EXPECT_EQ(show_outbox(R"({"depth":0,"unconfirmed":0,"oldest_seconds":0,"dead_letters":[]})"),
            "0 changes are not in Redis yet; 0 are in Redis, not yet safely replicated\n"
            "no journal: waiting changes are in this server's memory\n"
            "no dead letters\n");
  EXPECT_THAT(show_outbox(outbox(first, "1-2")),
              HasSubstr("the first 1 of 2 dead letters; cartctl outbox export prints all\n"));
  EXPECT_THAT(show_outbox(R"({"depth":0,"unconfirmed":0,"oldest_seconds":0,"dead_letters":[],)"
                          R"("journal":{"state":"full","detail":"no space","records":1,"bytes":2,"dead_letters":0}})"),
              HasSubstr("journal full: no space; 1 changes, 2 bytes\n"));
}

TEST(ShownOutbox, CannotMoveTheCursor) {
  EXPECT_THAT(show_outbox(outbox(R"({"id":"1-2","cart":"a","reason":"\u001b[2J"})")), HasSubstr("\\x1b[2J"));
  EXPECT_EQ(show_outbox("\x1b[2J"), "\\x1b[2J\n");
}

TEST_F(OutboxCommands, ExportPrintsOneLetterALineOfAllPages) {
  EXPECT_EQ(run({"export"}), 0);
  EXPECT_THAT(asked, ElementsAre("GET /v1/outbox?limit=1000", "GET /v1/outbox?limit=1000&cursor=1-2"));
  EXPECT_EQ(out.str(), first + "\n" + second + "\n");
}

TEST_F(OutboxCommands, RetryGoesOnAfterOneThatFailsAndSaysSo) {
  EXPECT_EQ(run({"retry", "1-3", "1-2"}), 1);
  EXPECT_THAT(asked, ElementsAre("POST /v1/outbox/dead-letters/1-3/retry", "POST /v1/outbox/dead-letters/1-2/retry"));
  EXPECT_EQ(out.str(), "retried: 1-2\n");
  EXPECT_EQ(err.str(), "cartctl: 1-3: The journal is full (507)\n");
}

TEST_F(OutboxCommands, RetryOfAllTakesWhatThereIs) {
  EXPECT_EQ(run({"retry", "--all"}), 1);
  EXPECT_THAT(asked, ElementsAre("GET /v1/outbox?limit=1000", "GET /v1/outbox?limit=1000&cursor=1-2",
                                 "POST /v1/outbox/dead-letters/1-2/retry", "POST /v1/outbox/dead-letters/1-3/retry"));
}

TEST_F(OutboxCommands, DropPrintsWhatItDropped) {
  EXPECT_EQ(run({"drop", "1-2"}), 0);
  EXPECT_THAT(asked, ElementsAre("GET /v1/outbox/dead-letters/1-2", "DELETE /v1/outbox/dead-letters/1-2"));
  EXPECT_EQ(out.str(), "dropped: " + first + "\n");
}

TEST_F(OutboxCommands, ALetterThatIsNotThereIsExitCodeOne) {
  for (const char* verb : {"drop", "retry"}) {
    asked.clear();
    err.str("");
    EXPECT_EQ(run({verb, "9-9"}), 1);
    EXPECT_EQ(asked.size(), 1U);
    EXPECT_EQ(err.str(), "cartctl: dead letter not found: 9-9\n");
  }
  EXPECT_THAT(out.str(), IsEmpty());
}

TEST_F(OutboxCommands, ADropThatIsRefusedPrintsNothingAsDropped) {
  EXPECT_EQ(run({"drop", "1-3"}), 1);
  EXPECT_THAT(out.str(), IsEmpty());
  EXPECT_THAT(err.str(), StartsWith("cartctl: 1-3: "));
}

TEST(OutboxCommand, SaysWhatIsNotCartd) {
  std::ostringstream out;
  std::ostringstream err;
  const Ask other = [](const HttpRequest&) { return HttpAnswer{200, "<html>"}; };
  EXPECT_EQ(run_outbox(options({"export"}), other, out, err), 1);
  EXPECT_THAT(err.str(), HasSubstr("not cartd"));
  const Ask silent = [](const HttpRequest&) { return std::nullopt; };
  EXPECT_EQ(run_outbox(options({}), silent, out, err), 1);
  EXPECT_THAT(out.str(), IsEmpty());
}

}  // namespace
}  // namespace cartd::cartctl
