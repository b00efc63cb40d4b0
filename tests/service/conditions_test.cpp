#include "service/conditions.h"

#include <gtest/gtest.h>

namespace cartd {
namespace {

Cart cart_of_version(std::uint64_t version, bool exists) {
  Cart cart{*CartId::parse("c")};
  cart.version = version;
  if (exists) cart.created_at = Time(Millis(1));
  return cart;
}

TEST(CartConditionTest, HoldsForTheCartsThatItNames) {
  const Cart none = cart_of_version(0, false);
  const Cart deleted = cart_of_version(3, false);
  const Cart there = cart_of_version(3, true);
  EXPECT_TRUE(holds(MustExist{}, there));
  EXPECT_FALSE(holds(MustExist{}, none));
  EXPECT_FALSE(holds(MustExist{}, deleted));
  EXPECT_FALSE(holds(MustNotExist{}, there));
  EXPECT_TRUE(holds(MustNotExist{}, none));
  EXPECT_TRUE(holds(MustNotExist{}, deleted));
  EXPECT_TRUE(holds(AnyVersionOf{{1, 3}}, there));
  EXPECT_FALSE(holds(AnyVersionOf{{1, 2}}, there));
  EXPECT_FALSE(holds(AnyVersionOf{}, there));
}

TEST(CartConditionTest, IsAVersionAtOnceWhereTheCartCannotMatter) {
  EXPECT_EQ(only_version(AnyVersionOf{{7}}), 7U);
  ASSERT_TRUE(only_version(AnyVersionOf{}));
  EXPECT_FALSE(holds(AnyVersionOf{}, cart_of_version(*only_version(AnyVersionOf{}), true)));
  EXPECT_EQ(only_version(AnyVersionOf{{7, 8}}), std::nullopt);
  EXPECT_EQ(only_version(MustExist{}), std::nullopt);
  EXPECT_EQ(only_version(MustNotExist{}), std::nullopt);
}

TEST(CartConditionTest, ExpectsTheVersionThatWasSeenOrOneThatNoCartHas) {
  const Cart seen = cart_of_version(3, true);
  EXPECT_EQ(expected_version(MustExist{}, seen), 3U);
  EXPECT_EQ(expected_version(AnyVersionOf{{3, 4}}, seen), 3U);
  EXPECT_EQ(expected_version(MustNotExist{}, seen), *only_version(AnyVersionOf{}));
}

}  // namespace
}  // namespace cartd
