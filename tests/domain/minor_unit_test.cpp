#include "domain/minor_unit.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace cartd {
namespace {

MinorUnit unit(const char* code) { return *minor_unit_of(code); }

std::int64_t price(const char* amount, const char* code = "EUR") {
  const auto money = price_from_decimal(amount, unit(code));
  if (!money) return -1;
  EXPECT_EQ(money->currency.code(), code);
  return money->amount_minor;
}

std::string refusal(const std::string& amount, const char* code = "EUR") {
  const auto money = price_from_decimal(amount, unit(code));
  return money ? "taken" : money.error().detail;
}

TEST(MinorUnit, IsKnownOfCurrenciesInUse) {
  EXPECT_EQ(unit("EUR").decimals, 2U);
  EXPECT_EQ(unit("JPY").decimals, 0U);
  EXPECT_EQ(unit("KWD").decimals, 3U);
  EXPECT_EQ(unit("CLF").decimals, 4U);
  for (const char* code : {"", "eur", "EURO", "XTS", "UR ", "E€"}) EXPECT_FALSE(minor_unit_of(code)) << code;
}

TEST(MinorUnit, APriceIsTakenExactly) {
  EXPECT_EQ(price("19.99"), 1999);
  EXPECT_EQ(price("0.29"), 29);  // 0.29 * 100 is 28.999999999999996 in floating point.
  EXPECT_EQ(price("20"), 2000);
  EXPECT_EQ(price("20.0"), 2000);
  EXPECT_EQ(price("19.990000000000000000000000000"), 1999);
  EXPECT_EQ(price("1.999e1"), 1999);
  EXPECT_EQ(price("1999E-2"), 1999);
  EXPECT_EQ(price("0.00001999e+6"), 1999);
  EXPECT_EQ(price("0"), 0);
  EXPECT_EQ(price("-0.0"), 0);
  EXPECT_EQ(price("0e400"), 0);
  EXPECT_EQ(price("0.010"), 1);
  EXPECT_EQ(price("500.0", "JPY"), 500);
  EXPECT_EQ(price("1.299", "KWD"), 1299);
  EXPECT_EQ(price("10000000000.00"), max_unit_price);
}

TEST(MinorUnit, APriceThatIsNoneIsRefused) {
  const std::string fraction = "has more decimals than EUR";
  for (const char* amount : {"19.999", "0.001", "0.30000000000000004", "1e-3", "1e-999999999"})
    EXPECT_EQ(refusal(amount), fraction) << amount;
  EXPECT_EQ(refusal("1.5", "JPY"), "has more decimals than JPY");
  for (const char* amount : {"10000000000.01", "1e400", "1e999999999", "99999999999999999999"})
    EXPECT_EQ(refusal(amount), "is larger than a price may be") << amount;
  for (const char* amount : {"-1", "-0.01", "-1e400"}) EXPECT_EQ(refusal(amount), "is negative") << amount;
  for (const char* amount : {"", "-", ".5", "5.", "1e", "1e+", "1e1234567890", "+1", " 1", "1 ", "1,5", "0x1", "NaN",
                             "Infinity", "1.2.3", "--1", "1e1.5"})
    EXPECT_EQ(refusal(amount), "is not a decimal number") << amount;
  EXPECT_EQ(refusal(std::string("1\0", 2)), "is not a decimal number");
}

}  // namespace
}  // namespace cartd
