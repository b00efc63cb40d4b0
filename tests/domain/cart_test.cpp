#include "domain/cart.h"

#include "domain/command.h"
#include "domain/error.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <vector>

namespace cartd {
namespace {

using test::cart_id;
using test::sku;

Line detailed(std::string_view name, std::int64_t ms) {
  return {sku(name), 1, std::make_shared<const LineDetails>(LineDetails{"x", {}, "", Time(Millis(ms))})};
}

TEST(DisplayOrder, ShowsDetailedLinesByAgeThenBareOnesBySku) {
  std::vector<Line> lines{Line{sku("b"), 1}, detailed("z", 5), Line{sku("B"), 1},
                          detailed("a", 5),  detailed("m", 4), Line{sku("é"), 1}};
  std::sort(lines.begin(), lines.end(), shown_before);
  std::vector<std::string> order;
  for (const Line& line : lines) order.push_back(line.id.str());
  EXPECT_EQ(order, (std::vector<std::string>{"m", "a", "z", "B", "b", "é"}));
}

TEST(DisplayOrder, IsStrict) {
  const Line line = detailed("a", 5);
  EXPECT_FALSE(shown_before(line, line));
  EXPECT_FALSE(shown_before(Line{sku("a"), 1}, Line{sku("a"), 2}));
}

TEST(Lines, AreEqualByWhatTheySayNotByWhereItIsKept) {
  EXPECT_EQ(detailed("a", 5), detailed("a", 5));
  EXPECT_NE(detailed("a", 5), detailed("a", 6));
  EXPECT_NE(detailed("a", 5), (Line{sku("a"), 1}));
  EXPECT_NE((Line{sku("a"), 1}), detailed("a", 5));
  EXPECT_NE((Line{sku("a"), 1}), (Line{sku("a"), 2}));
}

TEST(Details, ThatSayNothingAreEmptyWhateverTheirAge) {
  EXPECT_TRUE((LineDetails{"", {}, "", Time(Millis(7))}).empty());
  EXPECT_FALSE((LineDetails{"n", {}, "", {}}).empty());
  EXPECT_FALSE((LineDetails{"", test::money(0, "EUR"), "", {}}).empty());
  EXPECT_FALSE((LineDetails{"", {}, "{\"a\":1}", {}}).empty());
}

TEST(ACart, ExistsOnceWrittenToByAnyone) {
  Cart cart{cart_id("c")};
  EXPECT_FALSE(exists(cart));
  cart.version = 7;
  EXPECT_FALSE(exists(cart)) << "a version alone is what a deleted cart leaves behind";
  cart.lines = {Line{sku("a"), 1}};
  EXPECT_TRUE(exists(cart)) << "a plain Redis client wrote it";
  cart.lines.clear();
  cart.created_at = Time(Millis(1));
  EXPECT_TRUE(exists(cart)) << "it was cleared";
}

TEST(CommandKind, IsTheOneOfASingleLineCommandOrBatch) {
  const Sku a = sku("a");
  EXPECT_STREQ(to_string(kind(Batch{{Add{a, 1}}})), "add");
  EXPECT_STREQ(to_string(kind(Batch{{Remove{a, 1}}})), "remove");
  EXPECT_STREQ(to_string(kind(Batch{{RemoveLine{a}}})), "remove_line");
  EXPECT_STREQ(to_string(kind(Batch{{Set{a, 1}}})), "set");
  EXPECT_STREQ(to_string(kind(Batch{{Clear{}}})), "clear");
  EXPECT_STREQ(to_string(kind(Batch{{Add{a, 1}, Add{a, 1}}})), "batch");
  EXPECT_STREQ(to_string(kind(Annotate{})), "annotate");
  EXPECT_STREQ(to_string(kind(Delete{})), "delete");
  EXPECT_STREQ(to_string(kind(Touch{})), "touch");
}

TEST(AnUncheckedError, IsAProgrammersMistake) {
  const Result<int> failed = Error{Errc::unavailable, "no store"};
  try {
    static_cast<void>(failed.value());
    FAIL() << "value() of an error must throw";
  } catch (const std::logic_error& error) {
    EXPECT_STREQ(error.what(), "unchecked result: unavailable: no store");
  }
}

}  // namespace
}  // namespace cartd
