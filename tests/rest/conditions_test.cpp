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

TEST(EntityTags, AStrongTagMatchesItsVersionOnly) {
  const auto tags = http::EntityTags::parse("\"7\"");
  ASSERT_TRUE(tags);
  EXPECT_TRUE(match_strongly(*tags, cart_of_version(7)));
  EXPECT_FALSE(match_strongly(*tags, cart_of_version(8)));
  EXPECT_EQ(only_version(*tags), 7u);
}

TEST(EntityTags, AWeakTagMatchesWeaklyOnly) {
  const auto tags = http::EntityTags::parse("W/\"7\"");
  ASSERT_TRUE(tags);
  EXPECT_FALSE(match_strongly(*tags, cart_of_version(7)));
  EXPECT_TRUE(match_weakly(*tags, cart_of_version(7)));
  EXPECT_EQ(only_version(*tags), std::nullopt);
}

TEST(EntityTags, AStarMatchesACartThatExists) {
  const auto tags = http::EntityTags::parse(" * ");
  ASSERT_TRUE(tags);
  EXPECT_TRUE(match_strongly(*tags, cart_of_version(7)));
  EXPECT_FALSE(match_strongly(*tags, cart_of_version(0)));
}

TEST(EntityTags, AListMatchesWhenOneOfThemDoes) {
  const auto tags = http::EntityTags::parse("\"6\", W/\"7\",\"8\"");
  ASSERT_TRUE(tags);
  EXPECT_TRUE(match_strongly(*tags, cart_of_version(8)));
  EXPECT_FALSE(match_strongly(*tags, cart_of_version(7)));
  EXPECT_TRUE(match_weakly(*tags, cart_of_version(7)));
}

TEST(EntityTags, EmptyElementsOfAListAreIgnoredAnywhere) {
  for (const char* list : {", \"7\"", "\"7\",", "\"7\" ,", ",,\"7\",,", "\t,\t,\"7\"\t,", "\"6\",, \"7\"", " , \"6\",\t, ,\"7\" , ,"}) {
    const auto tags = http::EntityTags::parse(list);
    ASSERT_TRUE(tags) << list;
    EXPECT_TRUE(match_strongly(*tags, cart_of_version(7))) << list;
    EXPECT_FALSE(match_weakly(*tags, cart_of_version(8))) << list;
  }
  EXPECT_EQ(only_version(*http::EntityTags::parse(", \"7\",")), 7u);
}

TEST(EntityTags, KnowWhetherOneOfThemIsWeak) {
  EXPECT_TRUE(http::EntityTags::parse("\"6\", W/\"7\"")->has_weak());
  EXPECT_FALSE(http::EntityTags::parse("\"6\", \"7\"")->has_weak());
  EXPECT_FALSE(http::EntityTags::parse("*")->has_weak());
}

TEST(EntityTags, TagsThatAreNotOursNeverMatch) {
  for (const char* foreign : {"\"abc\"", "\"\"", "\"07\"", "\"-7\"", "\"7,8\"", "\"99999999999999999999\""}) {
    const auto tags = http::EntityTags::parse(foreign);
    ASSERT_TRUE(tags) << foreign;
    EXPECT_FALSE(match_weakly(*tags, cart_of_version(7))) << foreign;
  }
}

TEST(EntityTags, WhatIsNoListOfTagsIsMalformed) {
  for (const char* bad : {"", ",", " , ,", "*,", ", *", "\"7\", *", ",7", "7", "\"7", "7\"", "w/\"7\"", "*, \"7\"", "\"7\" \"8\"", "\"7\";",
                          "W/7", "\"7 8\""})
    EXPECT_FALSE(http::EntityTags::parse(bad)) << bad;
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
  for (const std::string& bad : {std::string(), std::string("\""), std::string("\"\""), std::string("\"x"), std::string("\"x\"y"),
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
