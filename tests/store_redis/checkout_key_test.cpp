// A checkout's key lies in the slot of its cart's keys, so that one script may write both.
#include "redis/protocol/hash_slot.h"
#include "store/redis/cart_layout.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cartd {
namespace {

TEST(CheckoutKey, LiesInTheSlotOfTheCart) {
  std::set<std::uint16_t> slots;
  for (int i = 0; i < 5000; ++i) {
    const CartId cart = CartId::parse("cart-" + std::to_string(i)).value();
    const CheckoutId id = random_checkout_id(tag_in_slot_of(cart_key(cart)));
    ASSERT_EQ(redis::key_slot(checkout_key(id)), redis::key_slot(cart_key(cart))) << id.str();
    ASSERT_EQ(redis::key_slot(cart_key(cart)), redis::key_slot(meta_key(cart)));
    slots.insert(redis::key_slot(cart_key(cart)));
  }
  EXPECT_GT(slots.size(), 4000U);
}

TEST(CheckoutKey, IsTheIdWithItsBeginningInBraces) {
  EXPECT_EQ(checkout_key(CheckoutId::parse("abcdefghijklmnop").value()), "checkout:{abc}defghijklmnop");
}

}  // namespace
}  // namespace cartd
