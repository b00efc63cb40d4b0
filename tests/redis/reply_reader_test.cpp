#include "redis/reply_reader.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace cartd::redis {
namespace {

TEST(ReplyReader, ReadsEveryTypeOfValue) {
  ReplyReader reader;
  reader.feed("*6\r\n+OK\r\n-ERR no\r\n:-7\r\n$3\r\na\r\n\r\n$-1\r\n*0\r\n");
  const auto next = reader.next();
  ASSERT_TRUE(next && *next);
  const ReplyView reply = (*next)->view();
  ASSERT_EQ(reply.type(), ReplyView::Type::array);
  ASSERT_EQ(reply.size(), 6U);
  EXPECT_EQ(reply[0].type(), ReplyView::Type::status);
  EXPECT_EQ(reply[0].text(), "OK");
  EXPECT_TRUE(reply[1].is_error());
  EXPECT_EQ(reply[1].text(), "ERR no");
  EXPECT_EQ(reply[2].integer(), -7);
  EXPECT_EQ(reply[3].text(), "a\r\n");
  EXPECT_TRUE(reply[4].is_nil());
  EXPECT_EQ(reply[5].type(), ReplyView::Type::array);
  EXPECT_EQ(reply[5].size(), 0U);
}

TEST(ReplyReader, AnswersForOtherTypesAreEmpty) {
  ReplyReader reader;
  reader.feed(":1\r\n+a\r\n");
  const auto integer = reader.next();
  const auto status = reader.next();
  EXPECT_EQ((*integer)->view().text(), "");
  EXPECT_EQ((*integer)->view().size(), 0U);
  EXPECT_EQ((*status)->view().integer(), 0);
}

TEST(ReplyReader, ReadsTheSameHoweverTheBytesAreCut) {
  EXPECT_TRUE(rc::check([] {
    const std::string bytes = "+PONG\r\n*2\r\n$5\r\nhello\r\n:12\r\n-ERR x\r\n";
    ReplyReader reader;
    std::size_t replies = 0;
    for (std::size_t at = 0; at < bytes.size();) {
      const std::size_t piece = *rc::gen::inRange<std::size_t>(1, bytes.size() - at + 1);
      reader.feed(std::string_view(bytes).substr(at, piece));
      at += piece;
      for (;;) {
        const auto next = reader.next();
        RC_ASSERT(next.has_value());
        if (!*next) break;
        ++replies;
      }
    }
    RC_ASSERT(replies == 3U);
  }));
}

TEST(ReplyReader, RefusesWhatIsNotRedis) {
  for (const std::string bytes : {"HTTP/1.1 400 Bad Request\r\n", "?\r\n", "$x\r\n", "$-2\r\n", ":1x\r\n", "*-5\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    EXPECT_FALSE(reader.next()) << bytes;
    reader.feed("+OK\r\n");
    EXPECT_FALSE(reader.next()) << "after " << bytes;
  }
}

TEST(ReplyReader, ClaimsNoMemoryForElementsThatAreOnlyAnnounced) {
  for (const std::string bytes : {"*2147483647\r\n", "*1048577\r\n", "*1\r\n*1048577\r\n"}) {
    ReplyReader reader;
    reader.feed(bytes);
    const auto next = reader.next();
    ASSERT_FALSE(next) << bytes;
    EXPECT_EQ(next.error(), "the server announced a reply that is too large");
  }
}

TEST(ReplyReader, RefusesAReplyWithoutEnd) {
  ReplyReader reader;
  reader.feed("$1000000000\r\n");
  const std::string piece(1 << 20, 'x');
  std::size_t fed = 0;
  while (fed <= 2 * ReplyReader::max_reply_bytes) {
    reader.feed(piece);
    fed += piece.size();
    if (!reader.next()) break;
  }
  EXPECT_LE(fed, ReplyReader::max_reply_bytes + 2 * piece.size());
  EXPECT_GE(fed, ReplyReader::max_reply_bytes);
}

TEST(ReplyReader, TakesManySmallRepliesWithoutEnd) {
  ReplyReader reader;
  const std::string bytes = "$1000\r\n" + std::string(1000, 'x') + "\r\n";
  for (std::size_t fed = 0; fed <= ReplyReader::max_reply_bytes + bytes.size(); fed += bytes.size()) {
    reader.feed(bytes);
    const auto next = reader.next();
    ASSERT_TRUE(next && *next);
  }
}

TEST(ReplyReader, SurvivesAnyBytes) {
  EXPECT_TRUE(rc::check([] {
    // Mostly what the protocol is made of: plain noise ends at its first byte.
    const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "*", "$", ":", "+", "-", "\r\n", "1", "3", "-1", "99999999999999999999", "abc", std::string(1, '\0'), "%", "_"));
    ReplyReader reader;
    for (const std::string& piece : pieces) {
      reader.feed(piece);
      while (true) {
        const auto next = reader.next();
        if (!next || !*next) break;
      }
    }
  }));
}

}  // namespace
}  // namespace cartd::redis
