#include "domain/user.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd {
namespace {

const Limits limits{};

UserFields many(std::size_t count) {
  UserFields fields;
  for (std::size_t i = 0; i < count; ++i) fields["f" + std::to_string(i)] = "v";
  return fields;
}

TEST(AUser, HasOneToSixtyFourFields) {
  EXPECT_FALSE(validate(UserFields{}, limits));
  EXPECT_TRUE(validate(many(1), limits));
  EXPECT_TRUE(validate(many(64), limits));
  const auto refused = validate(many(65), limits);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
  EXPECT_EQ(refused.error().limit, "user_fields");
}

TEST(AUser, HasFieldNamesOfVisibleText) {
  EXPECT_TRUE(validate(UserFields{{std::string(128, 'n'), ""}, {"Größe/m²", ""}}, limits));
  for (const std::string& name : {std::string(), std::string(129, 'n'), std::string("a\n"), std::string("\xff")}) {
    EXPECT_EQ(validate(UserFields{{name, "v"}}, limits).error().code, Errc::invalid);
    EXPECT_EQ(validate(UserPatch{{name, "v"}}, limits).error().code, Errc::invalid);
    EXPECT_EQ(validate(UserPatch{{name, std::nullopt}}, limits).error().code, Errc::invalid);
  }
}

TEST(AUser, HasValuesOfBoundedText) {
  EXPECT_TRUE(validate(UserFields{{"bio", std::string(4096, 'v')}, {"note", "two\nlines"}}, limits));
  const auto too_long = validate(UserFields{{"a/b~c", std::string(4097, 'v')}}, limits);
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, Errc::limit_exceeded);
  EXPECT_EQ(too_long.error().limit, "user_value_bytes");
  EXPECT_EQ(too_long.error().pointer, "/a~1b~0c");
  const auto bad = validate(UserFields{{"bio", "\xC3("}}, limits);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().code, Errc::invalid);
  EXPECT_EQ(bad.error().pointer, "/bio");
}

TEST(AUsersPatch, IsJudgedLikeTheProfile) {
  EXPECT_TRUE(validate(UserPatch{}, limits));
  EXPECT_TRUE(validate(UserPatch{{"a", "v"}, {"b", std::nullopt}}, limits));
  EXPECT_EQ(validate(UserPatch{{"a", std::string(4097, 'v')}}, limits).error().limit, "user_value_bytes");
  UserPatch wide;
  for (const auto& [name, value] : many(65)) wide[name] = value;
  EXPECT_EQ(validate(wide, limits).error().limit, "user_fields");
}

TEST(AUsersPatch, ReplacesAddsAndTakesAway) {
  const UserFields before{{"name", "Zoë"}, {"email", "z@example.org"}};
  EXPECT_EQ(patched(before, {{"email", std::nullopt}, {"name", "Z"}, {"city", "Ulm"}, {"gone", std::nullopt}}, limits)
                .value(),
            (UserFields{{"name", "Z"}, {"city", "Ulm"}}));
  EXPECT_EQ(patched(before, {}, limits).value(), before);
  EXPECT_EQ(patched({{"a", "1"}}, {{"a", std::nullopt}}, limits).value(), UserFields{});
}

TEST(AUsersPatch, MayNotMakeTheProfileTooWide) {
  EXPECT_EQ(patched(many(64), {{"one more", "v"}}, limits).error().limit, "user_fields");
  EXPECT_TRUE(patched(many(64), {{"f0", std::nullopt}, {"one more", "v"}}, limits));
}

TEST(AUsersPatch, MayChangeAProfileThatAnotherWriterMadeTooWide) {
  EXPECT_TRUE(patched(many(70), {{"f0", "new"}}, limits));
  EXPECT_TRUE(patched(many(70), {{"f0", std::nullopt}}, limits));
  EXPECT_FALSE(patched(many(70), {{"one more", "v"}}, limits));
}

}  // namespace
}  // namespace cartd
