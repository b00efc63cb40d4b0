#include "domain/money.h"

#include "domain/cart.h"
#include "domain/generators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

namespace cartd {
namespace {

using test::cart_id;
using test::money;
using test::sku;

Line priced(std::string_view name, std::int64_t quantity, Money price) {
  return {sku(name), quantity, std::make_shared<const LineDetails>(LineDetails{"", price, "", {}})};
}

TEST(CurrencyCode, IsThreeUpperCaseLetters) {
  EXPECT_EQ(Currency::parse("EUR").value().code(), "EUR");
  for (const char* code : {"", "E", "EU", "EURO", "eur", "EuR", "E R", "E1R", "€", "EU\xC3", "978"}) {
    const auto currency = Currency::parse(code);
    ASSERT_FALSE(currency) << code;
    EXPECT_EQ(currency.error().code, Errc::invalid);
  }
}

TEST(WideAmounts, AreWrittenInDecimal) {
  EXPECT_EQ(to_string(WideAmount{0}), "0");
  EXPECT_EQ(to_string(WideAmount{7}), "7");
  EXPECT_EQ(to_string(WideAmount{-10}), "-10");
  EXPECT_EQ(to_string(WideAmount{std::numeric_limits<std::int64_t>::max()}), "9223372036854775807");
  EXPECT_EQ(to_string(WideAmount{std::numeric_limits<std::int64_t>::max()} + 1), "9223372036854775808");
  const WideAmount greatest = ~(WideAmount{1} << 127);
  EXPECT_EQ(to_string(greatest), "170141183460469231731687303715884105727");
  EXPECT_EQ(to_string(-greatest - 1), "-170141183460469231731687303715884105728");
}

TEST(Subtotal, IsQuantityTimesPrice) {
  EXPECT_EQ(subtotal(priced("A", 3, money(1299, "EUR"))), (Total{3897, Currency::parse("EUR").value()}));
  EXPECT_EQ(subtotal(priced("A", 3, money(0, "EUR"))), (Total{0, Currency::parse("EUR").value()}));
  EXPECT_EQ(subtotal(Line{sku("A"), 3}), std::nullopt);
  EXPECT_EQ(subtotal(Line{sku("A"), 3, std::make_shared<const LineDetails>(LineDetails{"Mug", {}, "", {}})}),
            std::nullopt);
}

TEST(Totals, AreOneACurrencyByCode) {
  Cart cart{cart_id("c")};
  EXPECT_TRUE(totals(cart.lines).empty());
  cart.lines = {priced("A", 2, money(100, "USD")), priced("B", 1, money(5, "JPY")), priced("C", 3, money(7, "USD")),
                priced("D", 1, money(1299, "EUR")), Line{sku("E"), 100}};
  const auto currency = [](std::string_view code) { return Currency::parse(code).value(); };
  EXPECT_THAT(totals(cart.lines), testing::ElementsAre(Total{1299, currency("EUR")}, Total{5, currency("JPY")},
                                                       Total{221, currency("USD")}));
}

TEST(Totals, OfTheGreatestCartDoNotOverflow) {
  Cart cart{cart_id("c")};
  for (int i = 0; i < 500; ++i)
    cart.lines.push_back(priced("L" + std::to_string(i), max_readable_quantity, money(max_unit_price, "EUR")));
  EXPECT_EQ(to_string(totals(cart.lines).front().amount_minor), "499999999999500000000000000");
  EXPECT_EQ(item_count(cart.lines), 500 * max_readable_quantity);
}

}  // namespace
}  // namespace cartd
