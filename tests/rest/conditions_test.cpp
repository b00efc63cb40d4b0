#include "api/rest/conditions.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::rest {
namespace {

Cart cart_of_version(std::uint64_t version) {
  Cart cart{*CartId::parse("c")};
  cart.version = version;
  if (version > 0) cart.created_at = Time(Millis(1));
  return cart;
}

/// Whether a cart of `version` keeps what If-Match says.
bool matches(const std::string& if_match, std::uint64_t version) {
  const auto tags = http::EntityTags::parse(if_match);
  EXPECT_TRUE(tags) << if_match;
  return tags && holds(condition_of(*tags), cart_of_version(version));
}

/// Whether a client that sends If-None-Match has the cart of `version`.
bool knows(const std::string& if_none_match, std::uint64_t version) {
  const auto tags = http::EntityTags::parse(if_none_match);
  EXPECT_TRUE(tags) << if_none_match;
  return tags && is_known(*tags, cart_of_version(version));
}

TEST(IfMatch, AStrongTagMatchesItsVersionOnly) {
  EXPECT_TRUE(matches("\"7\"", 7));
  EXPECT_FALSE(matches("\"7\"", 8));
}

TEST(IfMatch, AWeakTagNeverMatches) {
  EXPECT_FALSE(matches("W/\"7\"", 7));
  EXPECT_TRUE(matches("W/\"7\", \"7\"", 7));
}

TEST(IfMatch, AStarMatchesACartThatExists) {
  EXPECT_TRUE(matches(" * ", 7));
  EXPECT_FALSE(matches(" * ", 0));
}

TEST(IfMatch, AListMatchesWhenOneOfThemDoes) {
  EXPECT_TRUE(matches("\"6\", W/\"7\",\"8\"", 8));
  EXPECT_FALSE(matches("\"6\", W/\"7\",\"8\"", 7));
}

TEST(IfMatch, NeedsNoLookAtTheCartWhereOneTagOfOursIsAll) {
  for (const char* field : {"\"7\"", ", \"7\",", "\"7\", W/\"8\"", "\"7\", \"foreign\""})
    EXPECT_EQ(only_version(condition_of(*http::EntityTags::parse(field))), 7U) << field;
  EXPECT_EQ(only_version(condition_of(*http::EntityTags::parse("\"7\", \"8\""))), std::nullopt);
}

TEST(IfNoneMatch, ATagIsKnownWhetherItIsWeakOrNot) {
  EXPECT_TRUE(knows("W/\"7\"", 7));
  EXPECT_TRUE(knows("\"6\", \"7\"", 7));
  EXPECT_FALSE(knows("\"6\", \"7\"", 8));
}

TEST(IfNoneMatch, AStarIsACartThatExists) {
  EXPECT_TRUE(knows("*", 7));
  EXPECT_FALSE(knows("*", 0));
}

TEST(EntityTagsOfOthers, NeverMatch) {
  for (const char* foreign : {"\"abc\"", "\"\"", "\"07\"", "\"-7\"", "\"7,8\"", "\"99999999999999999999\""}) {
    EXPECT_FALSE(matches(foreign, 7)) << foreign;
    EXPECT_FALSE(knows(foreign, 7)) << foreign;
  }
}

TEST(IdempotencyKeyField, IsTheSameKeyWithAndWithoutQuotes) {
  const auto key = [](const std::string& field) {
    const auto parsed = parse_idempotency_key(field);
    return parsed ? parsed->str() : "(refused) " + parsed.error().detail;
  };
  EXPECT_EQ(key("x"), "x");
  EXPECT_EQ(key("\"x\""), "x");
  EXPECT_EQ(key("\"8e03978e-40d5-43dd-bc93-6894a57f9324\""), "8e03978e-40d5-43dd-bc93-6894a57f9324");
  EXPECT_EQ(key(R"("a\"b\\c")"), R"(a"b\c)");
  EXPECT_EQ(key(R"(a"b\c)"), R"(a"b\c)");
  EXPECT_EQ(key("\"two words\""), "two words");
  EXPECT_EQ(key("\"" + std::string(255, 'k') + "\""), std::string(255, 'k'));
  EXPECT_EQ(key(std::string(255, 'k')), std::string(255, 'k'));
  EXPECT_EQ(key("k;a=1"), "k;a=1");
}

TEST(IdempotencyKeyField, ThatIsNoKeyIsRefused) {
  for (const std::string& bad :
       {std::string(), std::string("\""), std::string("\"\""), std::string("\"x"), std::string("\"x\"y"),
        std::string("\"x\";a=1"), std::string("\"x\", \"y\""), std::string("\"a\\b\""), std::string("\"a\\"),
        std::string("\"a\\\""), std::string("two words"), std::string("a\tb"), std::string("\"a\tb\""),
        std::string("\"\xC3\xA4\""), "\"" + std::string(256, 'k') + "\"", std::string(256, 'k')}) {
    const auto key = parse_idempotency_key(bad);
    ASSERT_FALSE(key) << bad;
    EXPECT_FALSE(key.error().detail.empty()) << bad;
  }
}

}  // namespace
}  // namespace cartd::rest
