#include "util/hex.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::util {
namespace {

TEST(Hex, EveryByteReadsBack) {
  for (int byte = 0; byte < 256; ++byte) {
    std::string out;
    append_hex(out, static_cast<unsigned char>(byte));
    ASSERT_EQ(out.size(), 2U);
    EXPECT_TRUE(is_lower_hex(out));
    EXPECT_EQ(hex_value(out[0]) * 16 + hex_value(out[1]), byte);
  }
}

TEST(Hex, DigitsHaveEitherCase) {
  EXPECT_EQ(hex_value('f'), 15);
  EXPECT_EQ(hex_value('F'), 15);
  for (const char bad : {'g', 'G', '/', ':', '@', '`', ' '}) EXPECT_EQ(hex_value(bad), -1) << bad;
  EXPECT_FALSE(is_lower_hex("0F"));
}

}  // namespace
}  // namespace cartd::util
