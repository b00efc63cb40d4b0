// What RESP3 adds to the replies of RESP2.
#include "redis/protocol/reply_reader.h"
#include "redis/protocol/resp_parser.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

using Type = ReplyType;

ReplyReader reader_of_resp3() { return ReplyReader(ReplyReader::max_reply_bytes, RespVersion::resp3); }

// Each whole reply of `bytes`, or the error.
std::vector<Reply> replies_of(std::string_view bytes, std::size_t together = 1) {
  ReplyReader reader = reader_of_resp3();
  reader.feed(bytes);
  std::vector<Reply> replies;
  for (;;) {
    auto next = reader.next(together);
    if (!next) throw std::runtime_error(next.error());
    if (!*next) return replies;
    replies.push_back(std::move(**next));
  }
}

Reply reply_of(std::string_view bytes) { return std::move(replies_of(bytes).at(0)); }

std::string error_of(std::string_view bytes) {
  try {
    replies_of(bytes);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "";
}

TEST(Resp3, ReadsEveryTypeOfValue) {
  const Reply reply = reply_of(
      "*13\r\n_\r\n#t\r\n#f\r\n,-1.5e3\r\n,inf\r\n,nan\r\n(-123456789012345678901234567890\r\n=7\r\ntxt:a\r\n\r\n"
      "!6\r\nERR\r\nx\r\n%1\r\n+k\r\n:1\r\n~2\r\n:1\r\n:2\r\n%0\r\n$-1\r\n");
  const ReplyView all = reply.view();
  ASSERT_EQ(all.size(), 13U);
  EXPECT_TRUE(all[0].is_nil());
  EXPECT_TRUE(all[1].boolean());
  EXPECT_EQ(all[2].type(), Type::boolean);
  EXPECT_FALSE(all[2].boolean());
  EXPECT_EQ(all[3].real(), -1500);
  EXPECT_EQ(all[3].text(), "-1.5e3");
  EXPECT_TRUE(std::isinf(all[4].real()));
  EXPECT_TRUE(std::isnan(all[5].real()));
  EXPECT_EQ(all[6].type(), Type::big_number);
  EXPECT_EQ(all[6].text(), "-123456789012345678901234567890");
  EXPECT_EQ(all[7].type(), Type::string);
  EXPECT_EQ(all[7].text(), "a\r\n");
  EXPECT_TRUE(all[8].is_error());
  EXPECT_EQ(all[8].text(), "ERR\r\nx");
  EXPECT_EQ(all[9].type(), Type::map);
  ASSERT_EQ(all[9].size(), 2U);
  EXPECT_EQ(all[9][0].text(), "k");
  EXPECT_EQ(all[9][1].integer(), 1);
  EXPECT_EQ(all[10].type(), Type::set);
  EXPECT_EQ(all[10].size(), 2U);
  EXPECT_EQ(all[11].size(), 0U);
  EXPECT_TRUE(all[12].is_nil());
}

TEST(Resp3, LeavesAttributesOut) {
  const Reply reply =
      reply_of("|1\r\n+ttl\r\n*2\r\n:1\r\n%1\r\n:2\r\n:3\r\n*2\r\n:1\r\n|1\r\n+a\r\n|1\r\n+b\r\n+c\r\n+d\r\n:2\r\n");
  ASSERT_EQ(reply.view().size(), 2U);
  EXPECT_EQ(reply.view()[0].integer(), 1);
  EXPECT_EQ(reply.view()[1].integer(), 2);
}

TEST(Resp3, GivesPushMessagesApartFromReplies) {
  const std::string push = ">2\r\n+invalidate\r\n*1\r\n+k\r\n";
  for (const std::string& bytes :
       {push + ":1\r\n:2\r\n", ":1\r\n" + push + ":2\r\n", "|1\r\n+a\r\n+b\r\n:1\r\n" + push + ":2\r\n"}) {
    const std::vector<Reply> replies = replies_of(bytes, 2);
    ASSERT_EQ(replies.size(), 2U) << bytes;
    EXPECT_EQ(replies[0].view().type(), Type::push);
    EXPECT_EQ(replies[0].view()[0].text(), "invalidate");
    EXPECT_EQ(replies[0].view()[1][0].text(), "k");
    ASSERT_EQ(replies[1].view().size(), 2U);
    EXPECT_EQ(replies[1].view()[0].integer(), 1);
    EXPECT_EQ(replies[1].view()[1].integer(), 2);
  }
}

TEST(Resp3, RefusesPushMessagesWithinAReply) {
  const std::string why = "the server sent a push message within a reply";
  EXPECT_EQ(error_of("*2\r\n:1\r\n>1\r\n:1\r\n"), why);
  EXPECT_EQ(error_of(">1\r\n>1\r\n:1\r\n"), why);
  EXPECT_EQ(error_of("|1\r\n+a\r\n>1\r\n:1\r\n"), why);
}

TEST(Resp3, RefusesWhatItIsNot) {
  for (const std::string bytes :
       {"#x\r\n", "#\r\n", "_x\r\n", ",\r\n", ",1.5x\r\n", ",++1\r\n", "(\r\n", "(1x\r\n", "(-\r\n", "%-1\r\n",
        "~-1\r\n", "=3\r\nabc\r\n", "=4\r\ntxt.\r\n", "!-1\r\n", "$?\r\n", "*?\r\n", ";4\r\n", ".\r\n", "$-2\r\n"}) {
    EXPECT_EQ(error_of(bytes), "the server sent something that is not RESP3") << bytes;
  }
}

TEST(Resp3, IsNotReadWhereResp2IsSpoken) {
  for (const std::string bytes : {"_\r\n", "#t\r\n", ",1\r\n", "(1\r\n", "=5\r\ntxt:a\r\n", "!1\r\na\r\n", "%0\r\n",
                                  "~0\r\n", ">1\r\n:1\r\n", "|0\r\n:1\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    const auto next = reader.next();
    ASSERT_FALSE(next) << bytes;
    EXPECT_EQ(next.error(), "the server sent something that is not RESP2");
  }
}

TEST(Resp3, BoundsMapsAttributesAndDepthAsItDoesArrays) {
  const std::string too_large = "the server announced a reply that is too large";
  EXPECT_EQ(error_of("%524289\r\n"), too_large);
  EXPECT_EQ(error_of("%9223372036854775807\r\n"), too_large);
  EXPECT_EQ(error_of("|524289\r\n"), too_large);
  EXPECT_EQ(error_of("*1\r\n|524288\r\n"), too_large);
  EXPECT_EQ(error_of("|1\r\n+a\r\n*1048575\r\n"), too_large);
  std::string nested;
  for (std::size_t i = 0; i <= ReplyReader::max_depth; ++i) nested += "%1\r\n+k\r\n";
  EXPECT_EQ(error_of(nested + ":1\r\n"), "the server sent a reply that is nested too deeply");
}

TEST(Resp3, ReadsTheSameHoweverTheBytesAreCut) {
  const std::string bytes =
      "%1\r\n+k\r\n,1.5\r\n|1\r\n+a\r\n~1\r\n_\r\n#t\r\n>1\r\n(12\r\n=6\r\ntxt:ab\r\n!3\r\nERR\r\n";
  EXPECT_TRUE(rc::check([&] {
    ReplyReader reader = reader_of_resp3();
    std::vector<Type> types;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t piece = *rc::gen::inRange<std::size_t>(1, bytes.size() - at + 1);
      reader.feed(std::string_view(bytes).substr(at, piece));
      at += piece;
      for (auto next = reader.next();; next = reader.next()) {
        RC_ASSERT(next.has_value());
        if (!*next) break;
        types.push_back((*next)->view().type());
      }
    }
    RC_ASSERT((types == std::vector<Type>{Type::map, Type::boolean, Type::push, Type::string, Type::error}));
    RC_ASSERT(reader.empty());
  }));
}

TEST(Resp3, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([] {
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "*", "$", ":", "+", "-", "\r\n", "1", "3", "-1", "99999999999999999999", "abc", std::string(1, '\0'), "%1\r\n",
        "_\r\n", "|1\r\n", ">1\r\n", "~2\r\n", ",1\r\n", "#t\r\n", "(1\r\n", "=4\r\n", "txt:\r\n", "!1\r\n"));
    const auto together = *rc::gen::inRange<std::size_t>(1, 4);
    ReplyReader reader = reader_of_resp3();
    for (const std::string& piece : pieces) {
      reader.feed(piece);
      for (auto next = reader.next(together); next && *next; next = reader.next(together)) {
        const ReplyView reply = (*next)->view();
        RC_ASSERT(reply.type() == Type::push || together == 1 || reply.size() == together);
      }
    }
  }));
}

// --- Without a tree
// ------------------------------------------------------------------------------------------------------

TEST(RespParser, GivesViewsOfTheBytesAndBuildsNothing) {
  const std::string_view bytes = "*2\r\n$3\r\nSKU\r\n:12\r\n+rest";
  RespParser parser(RespVersion::resp2);
  RespToken token;
  std::size_t at = 0;
  const auto next = [&] {
    const auto status = parser.next(bytes.substr(at), bytes.size(), token);
    at += parser.taken();
    return status;
  };
  ASSERT_EQ(next(), RespParser::Status::token);
  EXPECT_EQ(token.type, Type::array);
  EXPECT_EQ(token.elements, 2U);
  ASSERT_EQ(next(), RespParser::Status::token);
  EXPECT_EQ(token.text, "SKU");
  EXPECT_EQ(token.text.data(), bytes.data() + 8);
  ASSERT_EQ(next(), RespParser::Status::token);
  EXPECT_EQ(token.number, 12);
  EXPECT_EQ(next(), RespParser::Status::more_bytes);
  EXPECT_EQ(bytes.substr(at), "+rest");
}

TEST(RespParser, TakesTheAnnouncementOfAStringThatIsNotThereYet) {
  RespParser parser(RespVersion::resp2);
  RespToken token;
  EXPECT_EQ(parser.next("$5\r\nab", 100, token), RespParser::Status::more_bytes);
  EXPECT_EQ(parser.taken(), 4U);
  EXPECT_EQ(parser.next("abcde\r", 100, token), RespParser::Status::more_bytes);
  EXPECT_EQ(parser.taken(), 0U);
  ASSERT_EQ(parser.next("abcde\r\n", 100, token), RespParser::Status::token);
  EXPECT_EQ(token.text, "abcde");
}

}  // namespace
}  // namespace cartd::redis
