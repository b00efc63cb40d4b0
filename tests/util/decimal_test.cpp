#include "util/decimal.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

namespace cartd::util {
namespace {

TEST(Digits, AreNothingButDigits) {
  EXPECT_EQ(parse_digits("0"), 0);
  EXPECT_EQ(parse_digits("007"), 7);
  EXPECT_EQ(parse_digits("999999999999999999"), 999999999999999999);
  for (const char* bad : {"", "-1", "+1", "1.0", "1e2", " 1", "1 ", "0x1", "1000000000000000000"})
    EXPECT_FALSE(parse_digits(bad)) << bad;
}

TEST(Digits, AreAllThereIs) {
  EXPECT_TRUE(all_digits("0129"));
  for (const char* bad : {"", "1a", "/", ":", " 1"}) EXPECT_FALSE(all_digits(bad)) << bad;
}

TEST(AppendNumber, WritesEveryNumber) {
  std::string out = "n=";
  append_number(out, std::numeric_limits<std::int64_t>::min());
  append_number(out, 0U);
  append_number(out, std::numeric_limits<std::uint64_t>::max());
  EXPECT_EQ(out, "n=-9223372036854775808018446744073709551615");
}

}  // namespace
}  // namespace cartd::util
