#include "redis/protocol/request.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cartd::redis {
namespace {

using namespace std::string_literals;

TEST(Request, IsAnArrayOfBulkStrings) {
  const Request request{"HINCRBY", "cart:1", "SKU", "2"};
  EXPECT_EQ(request.bytes(), "*4\r\n$7\r\nHINCRBY\r\n$6\r\ncart:1\r\n$3\r\nSKU\r\n$1\r\n2\r\n");
  EXPECT_EQ(request.commands(), 1U);
}

TEST(Request, KeepsEveryByteOfAnArgument) {
  const std::string binary = "\0\r\n$5\xff"s;
  EXPECT_EQ((Request{"SET", binary, ""}.bytes()), "*3\r\n$3\r\nSET\r\n$6\r\n"s + binary + "\r\n$0\r\n\r\n");
}

TEST(Request, TakesWordsOneByOneAndNumbersAsDecimals) {
  Request request;
  request.begin(4).word("HINCRBY").word("cart:1").word("SKU").word(-2);
  EXPECT_EQ(request.bytes(), (Request{"HINCRBY", "cart:1", "SKU", "-2"}.bytes()));
  EXPECT_TRUE(request.is_whole());
  Request extremes;
  extremes.begin(2).word(std::numeric_limits<std::int64_t>::min()).word(std::numeric_limits<std::uint32_t>::max());
  EXPECT_EQ(extremes.bytes(), (Request{"-9223372036854775808", "4294967295"}.bytes()));
}

TEST(Request, IsWholeOnceEachCommandHasItsWords) {
  EXPECT_FALSE(Request().is_whole());
  Request lacking;
  lacking.begin(2).word("GET");
  EXPECT_FALSE(lacking.is_whole());
  EXPECT_TRUE(lacking.word("k").is_whole());
  EXPECT_FALSE(lacking.word("more").is_whole());
  EXPECT_FALSE(Request().begin(0).is_whole());
}

TEST(Request, JoinsCommandsInOrder) {
  Request request;
  const std::vector<std::string_view> second = {"EXEC"};
  request.add({"MULTI"}).add(second).add(Request{"PING"});
  EXPECT_EQ(request.bytes(), "*1\r\n$5\r\nMULTI\r\n*1\r\n$4\r\nEXEC\r\n*1\r\n$4\r\nPING\r\n");
  EXPECT_EQ(request.commands(), 3U);
}

}  // namespace
}  // namespace cartd::redis
