#include "http/entity_tags.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::http {
namespace {

/// As they are written, with one blank between two; "(malformed)" when they are no tags.
std::string read(const std::string& field) {
  const auto parsed = EntityTags::parse(field);
  if (!parsed) return "(malformed)";
  std::string text = parsed->any ? "*" : "";
  for (const EntityTag& tag : parsed->tags)
    text += (text.empty() ? "" : " ") + std::string(tag.weak ? "W/" : "") + '"' + tag.opaque + '"';
  return text;
}

TEST(EntityTags, AreReadAsTheyAre) {
  EXPECT_EQ(read("\"7\""), "\"7\"");
  EXPECT_EQ(read("\"6\", W/\"a\\\",\"\""), "\"6\" W/\"a\\\" \"\"");
  EXPECT_EQ(read("\"7,8\""), "\"7,8\"");
  EXPECT_EQ(read(" * "), "*");
}

TEST(EntityTags, EmptyElementsOfAListAreIgnoredAnywhere) {
  for (const char* list : {", \"7\"", "\"7\",", "\"7\" ,", ",,\"7\",,", "\t,\t,\"7\"\t,"})
    EXPECT_EQ(read(list), "\"7\"") << list;
  EXPECT_EQ(read(" , \"6\",\t, ,\"7\" , ,"), "\"6\" \"7\"");
}

TEST(EntityTags, KnowWhetherOneOfThemIsWeak) {
  EXPECT_TRUE(EntityTags::parse("\"6\", W/\"7\"")->has_weak());
  EXPECT_FALSE(EntityTags::parse("\"6\", \"7\"")->has_weak());
  EXPECT_FALSE(EntityTags::parse("*")->has_weak());
}

TEST(EntityTags, AnInvalidListIsMalformed) {
  for (const char* bad : {"", ",", " , ,", "*,", ", *", "\"7\", *", ",7", "7", "\"7", "7\"", "w/\"7\"", "*, \"7\"",
                          "\"7\" \"8\"", "\"7\";", "W/7", "\"7 8\""})
    EXPECT_EQ(read(bad), "(malformed)") << bad;
}

}  // namespace
}  // namespace cartd::http
