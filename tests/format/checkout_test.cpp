#include "format/checkout.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace cartd::format {
namespace {

bool is_no_checkout(std::string_view bytes) {
  const auto read = checkout_from_bytes(bytes);
  return !read && read.error().code == Errc::corrupt;
}

RC_GTEST_PROP(StoredCheckout, ComesBackAsItWas, ()) {
  const Checkout checkout = *test::any_checkout();
  const std::string bytes = checkout_to_bytes(checkout);
  const auto read = checkout_from_bytes(bytes);
  RC_ASSERT(read.has_value());
  RC_ASSERT(**read == checkout);
  RC_ASSERT(checkout_forget_at(bytes) == checkout.forget_at);
}

RC_GTEST_PROP(StoredCheckout, CutOffAnywhereIsCorruptAndSoIsAByteTooMany, ()) {
  const std::string bytes = checkout_to_bytes(*test::any_checkout());
  for (std::size_t size = 0; size < bytes.size(); ++size) RC_ASSERT(is_no_checkout(bytes.substr(0, size)));
  RC_ASSERT(is_no_checkout(bytes + '\0'));
}

TEST(StoredCheckout, AnotherLayoutIsCorrupt) {
  Checkout checkout{CheckoutId::parse("abcdefghijklmnop").value(), test::cart_id("c")};
  checkout.lines = {{test::sku("A"), 1}};
  std::string bytes = checkout_to_bytes(checkout);
  ASSERT_FALSE(is_no_checkout(bytes));
  for (const char layout : {'\0', '\x02', '\xff'}) {
    bytes[0] = layout;
    EXPECT_TRUE(is_no_checkout(bytes));
    EXPECT_FALSE(checkout_forget_at(bytes));
  }
}

TEST(StoredCheckout, ValuesThatNoneMayHaveAreCorrupt) {
  const auto with = [](auto change) {
    Checkout checkout{CheckoutId::parse("abcdefghijklmnop").value(), test::cart_id("c")};
    checkout.lines = {{test::sku("A"), 3}};
    checkout.order = Order{Time{}, "pi_1", true, {{test::sku("A"), 3, 1}}};
    change(checkout);
    return checkout_to_bytes(checkout);
  };
  EXPECT_FALSE(is_no_checkout(with([](Checkout&) {})));
  EXPECT_TRUE(is_no_checkout(with([](Checkout& c) { c.lines.clear(); })));
  EXPECT_TRUE(is_no_checkout(with([](Checkout& c) { c.metadata = "[]"; })));
  EXPECT_TRUE(is_no_checkout(with([](Checkout& c) { c.order->payment_ref = "\x01"; })));
  EXPECT_TRUE(is_no_checkout(with([](Checkout& c) { c.order->shortfall[0].available = 3; }))) << "nothing is missing";
  EXPECT_TRUE(is_no_checkout(with([](Checkout& c) { c.order->shortfall[0].quantity = 0; })));
}

}  // namespace
}  // namespace cartd::format
