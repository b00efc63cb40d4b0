#include "util/ascii.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::util {
namespace {

TEST(Ascii, NamesAreMadeOfLettersDigitsDotHyphenAndUnderscore) {
  const std::string letters_and_digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (int byte = 0; byte < 256; ++byte) {
    const char c = static_cast<char>(byte);
    const bool alphanumeric = letters_and_digits.find(c) != std::string::npos;
    EXPECT_EQ(is_alphanumeric(c), alphanumeric) << byte;
    EXPECT_EQ(is_name_character(c), alphanumeric || c == '.' || c == '-' || c == '_') << byte;
  }
}

}  // namespace
}  // namespace cartd::util
