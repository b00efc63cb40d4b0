// What cartctl shows of the server's answers.
#include "apps/cartctl/money_text.h"
#include "apps/cartctl/show.h"
#include "apps/cartctl/show_checkout.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cartd::cartctl {
namespace {

using testing::EndsWith, testing::HasSubstr, testing::Not, testing::StartsWith;

TEST(MoneyText, HasTheCurrencysDecimals) {
  EXPECT_EQ(money_text("1299", "EUR"), "12.99 EUR");
  EXPECT_EQ(money_text("5", "USD"), "0.05 USD");
  EXPECT_EQ(money_text("0", "GBP"), "0.00 GBP");
  EXPECT_EQ(money_text("1299", "JPY"), "1299 JPY");
  EXPECT_EQ(money_text("1299", "KWD"), "1.299 KWD");
  EXPECT_EQ(money_text("1", "CLF"), "0.0001 CLF");
  EXPECT_EQ(money_text("340282366920938463463374607431768211455", "EUR"),
            "3402823669209384634633746074317682114.55 EUR");
}

TEST(MoneyText, OfAnUnknownCurrencySaysThatItIsMinorUnits) {
  EXPECT_EQ(money_text("1299", "XTS"), "1299 XTS (minor units)");
  EXPECT_EQ(money_text("1299", "UR "), "1299 UR  (minor units)");
}

TEST(ShownCarts, AreATable) {
  const std::string text = show_cart(
      R"({"id":"123","user_id":"u","version":7,"items":[{"sku":"MUG","quantity":2,"name":"Müsli",)"
      R"("unit_price":{"amount_minor":1299,"currency":"EUR"},)"
      R"("subtotal":{"amount_minor":2598,"currency":"EUR"}},{"sku":"LONGER-SKU","quantity":1}],"item_count":3,)"
      R"("line_count":2,)"
      R"("totals":[{"amount_minor":2598,"currency":"EUR"}],"expires_at":"2026-11-22T10:00:00.000Z",)"
      R"("durability":"primary","degraded":false})");
  EXPECT_EQ(text,
            "cart 123 of user u, version 7, expires 2026-11-22T10:00:00.000Z\n"
            "SKU         QUANTITY  NAME       PRICE   SUBTOTAL\n"
            "MUG                2  Müsli  12.99 EUR  25.98 EUR\n"
            "LONGER-SKU         1\n"
            "3 pieces in 2 lines\n"
            "total 25.98 EUR\n");
}

TEST(ShownCarts, ShowLinesAndOptionsWhereThereAreSome) {
  const std::string text =
      show_cart(R"({"id":"123","version":2,"items":[{"sku":"MUG","line":"x1","options":{"size":"L"},"quantity":2},)"
                R"({"sku":"MUG","quantity":1}],"item_count":3,"line_count":2,"totals":[]})");
  EXPECT_EQ(text,
            "cart 123, version 2\n"
            "SKU  LINE  OPTIONS       QUANTITY  NAME  PRICE  SUBTOTAL\n"
            "MUG  x1    {\"size\":\"L\"}         2\n"
            "MUG                             1\n"
            "3 pieces in 2 lines\n");
}

TEST(ShownCarts, CannotMoveTheCursor) {
  const std::string text = show_cart(
      "{\"id\":\"c\",\"version\":1,\"items\":[{\"sku\":\"a\",\"quantity\":1,\"name\":\"\\u001b[2J\\u009b\"}]}");
  EXPECT_THAT(text, HasSubstr("\\x1b[2J\\xc2\\x9b"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ShownCarts, OfAMergeSayWhatALimitLeftOut) {
  const std::string cart = R"({"id":"user","version":2,"items":[{"sku":"MUG","quantity":4}]})";
  EXPECT_EQ(show_merge(R"({"cart":)" + cart + R"(,"capped":[]})"), show_cart(cart));
  const std::string text =
      show_merge(R"({"cart":)" + cart + R"(,"capped":[{"sku":"MUG","quantity":6,"available":4}]})");
  EXPECT_THAT(text, HasSubstr("a limit allowed less of:\nSKU  WANTED  NOW\nMUG       6    4\n"));
  EXPECT_EQ(show_merge("[]"), "[]\n");
}

TEST(ShownCarts, InvalidCartsAreShownSafely) {
  EXPECT_EQ(show_cart("\x1b[2J\xff"), "\\x1b[2J\\xff\n");
  EXPECT_EQ(show_cart("[]"), "[]\n");
}

TEST(ShownCarts, ShowThePriceBeforeTheShopsLast) {
  EXPECT_EQ(show_cart(R"({"id":"123","version":2,"items":[{"sku":"MUG","quantity":1,)"
                      R"("unit_price":{"amount_minor":999,"currency":"EUR"},)"
                      R"("subtotal":{"amount_minor":999,"currency":"EUR"},)"
                      R"("price_was":{"amount_minor":1299,"currency":"EUR"}}],"item_count":1,"line_count":1})"),
            "cart 123, version 2\n"
            "SKU  QUANTITY  NAME     PRICE  PRICE WAS  SUBTOTAL\n"
            "MUG         1        9.99 EUR  12.99 EUR  9.99 EUR\n"
            "1 pieces in 1 lines\n");
}

const std::string bought =
    R"("id":"abcdefghijklmnop","cart_id":"123","user_id":"u","items":[{"sku":"MUG","quantity":2,)"
    R"("unit_price":{"amount_minor":1299,"currency":"EUR"},"subtotal":{"amount_minor":2598,"currency":"EUR"}}],)"
    R"("item_count":2,"line_count":1,"totals":[{"amount_minor":2598,"currency":"EUR"}],"metadata":{"a":"\u001b"},)";
const std::string completion = R"("payment_ref":"pi_1","completed_at":"2026-11-22T10:00:00.000Z","late":true,)"
                               R"("shortfall":[{"sku":"MUG","quantity":2,"available":1}])";

TEST(ShownCheckouts, SayWhatIsBoughtAndWhatBecameOfIt) {
  const std::string open = show_checkout("{" + bought +
                                         R"("state":"open","begun_at":"2026-11-22T09:00:00.000Z",)"
                                         R"("expires_at":"2026-11-22T10:00:00.000Z"})");
  EXPECT_EQ(open,
            "checkout abcdefghijklmnop of cart 123 of user u, open, begun 2026-11-22T09:00:00.000Z, expires "
            "2026-11-22T10:00:00.000Z\n"
            "SKU  QUANTITY  NAME      PRICE   SUBTOTAL\n"
            "MUG         2        12.99 EUR  25.98 EUR\n"
            "2 pieces in 1 lines\n"
            "total 25.98 EUR\n"
            "metadata {\"a\":\"\\u001b\"}\n");
  EXPECT_THAT(show_checkout("{" + bought + R"("state":"completed","order":{)" + completion + "}}"),
              EndsWith("order completed 2026-11-22T10:00:00.000Z, payment pi_1, late: the checkout was not open any "
                       "more\n"
                       "the cart no longer held all of it:\n"
                       "SKU  ASKED FOR  AVAILABLE\n"
                       "MUG          2          1\n"));
}

TEST(ShownCheckouts, AreATableOfStates) {
  EXPECT_EQ(show_checkouts(R"({"checkouts":[{"id":"abcdefghijklmnop","state":"open",)"
                           R"("begun_at":"b","expires_at":"e"}]})"),
            "ID                STATE  BEGUN  EXPIRES\n"
            "abcdefghijklmnop  open   b      e\n");
  EXPECT_EQ(show_checkouts(R"({"checkouts":[]})"), "no checkouts\n");
}

TEST(ShownOrders, SayWhatWasBought) {
  const std::string order = "{" + bought + completion + "}";
  EXPECT_THAT(show_order(order), StartsWith("order abcdefghijklmnop of cart 123 of user u, completed "
                                            "2026-11-22T10:00:00.000Z, payment pi_1, late: the checkout was not open "
                                            "any more\nSKU "));
  EXPECT_THAT(show_order(order), HasSubstr("the cart no longer held all of it:\n"));
  EXPECT_EQ(show_orders(R"({"orders":[)" + order + "]}"),
            "ID                COMPLETED                 PIECES      TOTAL  PAYMENT  NOTES\n"
            "abcdefghijklmnop  2026-11-22T10:00:00.000Z       2  25.98 EUR  pi_1     late, shortfall\n");
  EXPECT_EQ(show_orders(R"({"orders":[]})"), "no orders\n");
}

TEST(ShownOrders, InvalidOnesAreShownSafely) {
  for (const auto show : {show_checkout, show_checkouts, show_order, show_orders}) {
    EXPECT_EQ(show("\x1b[2J\xff"), "\\x1b[2J\\xff\n");
    EXPECT_EQ(show("[]"), "[]\n");
  }
  EXPECT_EQ(show_orders(R"({"orders":[1]})"), "ID  COMPLETED  PIECES  TOTAL  PAYMENT  NOTES\n");
}

TEST(ShownProblems, NameTheLinesAtFault) {
  EXPECT_EQ(show_problem_lines(R"({"title":"x","lines":[{"sku":"MUG","quantity":2,"available":1},)"
                               R"({"sku":"PEN","line":"a\nb","quantity":1,)"
                               R"("unit_price":{"amount_minor":299,"currency":"EUR"},)"
                               R"("price_was":{"amount_minor":199,"currency":"EUR"}}]})"),
            "SKU  LINE    ASKED FOR  AVAILABLE  PRICE NOW  PRICE WAS\n"
            "MUG                  2          1\n"
            "PEN  a\\x0ab          1              2.99 EUR   1.99 EUR\n");
  for (const char* none : {"<html>", "[]", "{}", R"({"lines":[]})", R"({"lines":1})"})
    EXPECT_EQ(show_problem_lines(none), "") << none;
}

TEST(ShownProblems, AreOneLine) {
  EXPECT_EQ(show_problem(412, R"({"title":"The cart has another version","detail":"expected 3","current_version":7})"),
            "The cart has another version: expected 3; the current version is 7 (412)");
  EXPECT_EQ(show_problem(502, "<html>"), "the server answered an error (502)");
  EXPECT_THAT(show_problem(500, "{\"title\":\"a\\nb\"}"), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace cartd::cartctl
