#include "util/base64url.h"

#include <gtest/gtest.h>

#include <array>

namespace cartd::util {
namespace {

TEST(Base64url, WritesAsManyCharactersAsAreAskedFor) {
  // RFC 4648, section 10, and the two characters that make it URL-safe.
  constexpr std::array<unsigned char, 6> foobar{'f', 'o', 'o', 'b', 'a', 'r'};
  EXPECT_EQ(base64url(foobar, 8), "Zm9vYmFy");
  EXPECT_EQ(base64url(foobar, 5), "Zm9vY");
  EXPECT_EQ(base64url(foobar, 0), "");
  constexpr std::array<unsigned char, 3> high{0xFB, 0xFF, 0xFE};
  EXPECT_EQ(base64url(high, 4), "-__-");
}

TEST(Base64url, KnowsItsCharacters) {
  EXPECT_TRUE(is_base64url("azAZ09-_"));
  for (const char* bad : {"a+b", "a/b", "a=", " "}) EXPECT_FALSE(is_base64url(bad)) << bad;
}

TEST(Base64url, BytesComeBackAndOtherTextsAreNone) {
  for (const char* text : {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"}) {
    const auto bytes = from_base64url(text);
    ASSERT_TRUE(bytes) << text;
    EXPECT_EQ(*bytes, std::string_view("foobar").substr(0, bytes->size()));
    EXPECT_EQ(to_base64url(*bytes), text);
  }
  EXPECT_EQ(from_base64url("-__-"), "\xFB\xFF\xFE");
  for (const char* bad : {"Z", "Zh", "Zm9", "Zm9v=", "Zm9vZ", "Zm 9", "+AAA"}) EXPECT_FALSE(from_base64url(bad)) << bad;
}

}  // namespace
}  // namespace cartd::util
