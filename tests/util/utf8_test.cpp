#include "util/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::util {
namespace {

/// `code` in UTF-8 by the plain scheme, without asking whether it may be encoded.
std::string encoded(char32_t code) {
  const auto tail = [](char32_t bits) { return static_cast<char>(0x80 | (bits & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(code)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(code >> 6), tail(code)};
  return {static_cast<char>(0xF0 | (code >> 18)), tail(code >> 12), tail(code >> 6), tail(code)};
}

TEST(Utf8, IsEveryCodePointButSurrogates) {
  for (char32_t code = 0; code < 0x140000; ++code) {
    const bool scalar = code <= 0x10FFFF && !(code >= 0xD800 && code <= 0xDFFF);
    ASSERT_EQ(is_utf8(encoded(code)), scalar) << std::hex << static_cast<unsigned>(code);
  }
}

TEST(Utf8, IsNotAnyOfTheKnownFaults) {
  const std::string faults[] = {
      "\x80",              // a continuation alone
      "\xBF",              //
      "\xC0\x80",          // overlong NUL
      "\xC0\xAF",          // overlong /
      "\xC1\xBF",          //
      "\xC2",              // cut off
      "\xC2 ",             //
      "\xE0\x80\xAF",      // overlong
      "\xE0\x9F\xBF",      //
      "\xE2\x82",          // cut off
      "\xE2\x28\xA1",      // a continuation is missing
      "\xE2\x82\x28",      //
      "\xED\xA0\x80",      // surrogates
      "\xED\xBF\xBF",      //
      "\xF0\x80\x80\xAF",  // overlong
      "\xF0\x8F\xBF\xBF",  //
      "\xF0\x9F\x98",      // cut off
      "\xF0\x28\x8C\xBC",  //
      "\xF0\x90\x28\xBC",  //
      "\xF0\x90\x8C\x28",  //
      "\xF4\x90\x80\x80",  // above U+10FFFF
      "\xF5\x80\x80\x80",  //
      "\xF8\x88\x80\x80\x80",
      "\xFC\x84\x80\x80\x80\x80",
      "\xFE",
      "\xFF",
  };
  for (const std::string& fault : faults) {
    EXPECT_FALSE(is_utf8(fault));
    EXPECT_FALSE(is_utf8("before" + fault + "after"));
    EXPECT_FALSE(is_utf8("é" + fault));
  }
}

TEST(Utf8, IsTheEmptyTextAndMixedTexts) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("Grüße, 世界 😀"));
  EXPECT_TRUE(is_utf8(std::string_view("a\0b", 3)));
}

TEST(ControlCharacters, AreThoseOfCategoryCc) {
  for (char32_t code = 0; code < 0x400; ++code) {
    const bool control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    EXPECT_EQ(has_control("a" + encoded(code) + "b"), control) << static_cast<unsigned>(code);
  }
  EXPECT_FALSE(has_control(""));
  EXPECT_FALSE(has_control("Grüße, 世界 😀"));
}

}  // namespace
}  // namespace cartd::util
