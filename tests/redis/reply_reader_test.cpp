#include "redis/protocol/reply_reader.h"

#include "reply_trees.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
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

TEST(ReplyReader, GivesRepliesTogetherOnceAllAreThere) {
  ReplyReader reader;
  reader.feed("+OK\r\n*1\r\n:1\r\n");
  const auto early = reader.next(3);
  ASSERT_TRUE(early);
  EXPECT_FALSE(*early);
  reader.feed("-ERR\r\n+next\r\n");
  const auto next = reader.next(3);
  ASSERT_TRUE(next && *next);
  const ReplyView replies = (*next)->view();
  ASSERT_EQ(replies.size(), 3U);
  EXPECT_EQ(replies[0].text(), "OK");
  EXPECT_EQ(replies[1][0].integer(), 1);
  EXPECT_TRUE(replies[2].is_error());
  EXPECT_FALSE(reader.empty());
  const auto single = reader.next();
  ASSERT_TRUE(single && *single);
  EXPECT_EQ((*single)->view().text(), "next");
  EXPECT_TRUE(reader.empty());
}

TEST(ReplyReader, BoundsTheDepthOfEachReplyThatIsReadWithOthers) {
  std::string deepest = ":7\r\n";
  for (std::size_t i = 0; i < ReplyReader::max_depth; ++i) deepest = "*1\r\n" + deepest;
  ReplyReader reader;
  reader.feed(deepest + deepest);
  const auto next = reader.next(2);
  EXPECT_TRUE(next && *next);
  ReplyReader other;
  other.feed(":1\r\n*1\r\n" + deepest);
  EXPECT_FALSE(other.next(2));
}

TEST(ReplyReader, ReadsIntoItsOwnRoom) {
  ReplyReader reader;
  const std::string text(100'000, 'x');
  const std::string bytes = "$" + std::to_string(text.size()) + "\r\n" + text + "\r\n+OK\r\n";
  std::size_t replies = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::span<char> room = reader.prepare();
    ASSERT_GE(room.size(), 16U * 1024);
    const std::size_t piece = bytes.copy(room.data(), room.size(), at);
    at += piece;
    reader.commit(piece);
    for (auto next = reader.next(); next && *next; next = reader.next()) {
      EXPECT_EQ((*next)->view().text().size(), replies == 0 ? text.size() : 2);
      ++replies;
    }
  }
  EXPECT_EQ(replies, 2U);
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

std::string error_of(ReplyReader& reader, const std::string& bytes) {
  reader.feed(bytes);
  const auto next = reader.next();
  return next ? "" : next.error();
}

TEST(ReplyReader, RefusesWhatIsAnnouncedTooLargeAtOnce) {
  for (const std::string bytes :
       {"*2147483647\r\n", "*1048577\r\n", "*1\r\n*1048577\r\n", "$67108865\r\n", "*2\r\n*1048575\r\n"}) {
    ReplyReader reader;
    EXPECT_EQ(error_of(reader, bytes), "the server announced a reply that is too large") << bytes;
  }
}

TEST(ReplyReader, ClaimsNoMemoryForElementsThatAreOnlyAnnounced) {
  std::vector<ReplyReader> readers(10'000);
  // 160 GB, if it made room for them.
  for (ReplyReader& reader : readers) EXPECT_EQ(error_of(reader, "*1000000\r\n:1\r\n"), "");
}

TEST(ReplyReader, KeepsNoMoreThanItsBytesJustify) {
  std::string bytes = "*1000000\r\n";
  for (int i = 0; i < 1'000'000; ++i) bytes += "+\r\n";
  const Reply reply = reply_of(bytes);
  EXPECT_EQ(reply.view().size(), 1'000'000U);
  EXPECT_EQ(sizeof(ReplyValue), 16U);
}

std::string nested(std::size_t depth) {
  std::string bytes;
  for (std::size_t i = 0; i < depth; ++i) bytes += "*1\r\n";
  return bytes + ":7\r\n";
}

TEST(ReplyReader, BoundsTheDepth) {
  const Reply reply = reply_of(nested(ReplyReader::max_depth));
  ReplyView innermost = reply.view();
  while (innermost.size() == 1) innermost = innermost[0];
  EXPECT_EQ(innermost.integer(), 7);
  ReplyReader reader;
  EXPECT_EQ(error_of(reader, nested(ReplyReader::max_depth + 1)), "the server sent a reply that is nested too deeply");
  ReplyReader other;
  EXPECT_EQ(error_of(other, nested(1'000'000)), "the server sent a reply that is nested too deeply");
}

TEST(ReplyReader, BoundsALine) {
  ReplyReader reader;
  EXPECT_EQ(error_of(reader, "-" + std::string(ReplyReader::max_line_bytes + 1, 'x')),
            "the server sent something that is not RESP2");
  ReplyReader digits;
  EXPECT_EQ(error_of(digits, ":" + std::string(64, '1')), "the server sent something that is not RESP2");
  EXPECT_EQ(reply_of("-" + std::string(ReplyReader::max_line_bytes - 1, 'x') + "\r\n").view().text().size(),
            ReplyReader::max_line_bytes - 1);
}

TEST(ReplyReader, RefusesAReplyWithoutEnd) {
  ReplyReader reader(1 << 20);
  const std::string element = "+" + std::string(1000, 'x') + "\r\n";
  std::string error = error_of(reader, "*1000000\r\n");
  std::size_t fed = 0;
  for (; error.empty() && fed < (2U << 20); fed += element.size()) error = error_of(reader, element);
  EXPECT_EQ(error, "the server sent a reply that is too large");
  EXPECT_GT(fed, 1U << 20);
  EXPECT_LT(fed, (1U << 20) + 2 * element.size());
}

TEST(ReplyReader, RefusesAReplyThatIsTooLargeThoughItCameWhole) {
  ReplyReader reader(100);
  EXPECT_EQ(error_of(reader, "*2\r\n$60\r\n" + std::string(60, 'x') + "\r\n$60\r\n" + std::string(60, 'x') + "\r\n"),
            "the server announced a reply that is too large");
  ReplyReader other(100);
  EXPECT_EQ(error_of(other, "+" + std::string(100, 'x') + "\r\n"), "the server sent a reply that is too large");
}

TEST(ReplyReader, TakesLargerRepliesOnceItIsAllowedTo) {
  ReplyReader reader(10);
  EXPECT_EQ(error_of(reader, "+OK\r\n"), "");
  reader.allow(100);
  EXPECT_EQ(error_of(reader, "$50\r\n" + std::string(50, 'x') + "\r\n"), "");
}

// --- Whatever tree a server sends is read as it was meant
// ----------------------------------------------------------------

TEST(ReplyReader, ReadsAnyTreesAsTheyWereMeantHoweverTheyAreCut) {
  EXPECT_TRUE(rc::check([] {
    const auto version = *rc::gen::element(RespVersion::resp2, RespVersion::resp3);
    const bool together = *rc::gen::arbitrary<bool>();
    std::vector<Tree> trees;
    std::string bytes;
    for (int i = 0; i < 3; ++i) {
      trees.push_back(any_tree(rc::gen::arbitrary<std::string>(), 0, version));
      bytes += bytes_of(trees.back());
    }
    ReplyReader reader(ReplyReader::max_reply_bytes, version);
    std::vector<Reply> replies;
    for (std::size_t at = 0; at < bytes.size();) {
      const auto piece = *rc::gen::inRange<std::size_t>(1, bytes.size() - at + 1);
      reader.feed(std::string_view(bytes).substr(at, piece));
      at += piece;
      for (auto next = reader.next(together ? trees.size() : 1);; next = reader.next(together ? trees.size() : 1)) {
        RC_ASSERT(next.has_value());
        if (!*next) break;
        replies.push_back(std::move(**next));
      }
    }
    if (together) {
      RC_ASSERT(replies.size() == 1U);
      RC_ASSERT(same(replies[0].view(), Tree{.type = ReplyType::array, .elements = trees}));
      return;
    }
    RC_ASSERT(replies.size() == trees.size());
    for (std::size_t i = 0; i < trees.size(); ++i) RC_ASSERT(same(replies[i].view(), trees[i]));
  }));
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
    const auto pieces = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("*", "$", ":", "+", "-", "\r\n", "1", "3", "-1", "99999999999999999999", "abc",
                                      std::string(1, '\0'), "%", "_"));
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
