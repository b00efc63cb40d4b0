// What every store must do with the checkouts beside its carts.
#include "contract/store_under_test.h"
#include "support/parameter_name.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::make_store;
using test::store_kinds;
using test::StoreUnderTest;

class CheckoutStoreTest : public testing::TestWithParam<std::string> {
 protected:
  CheckoutStoreTest() : store_(make_store(GetParam(), Policy{})) {}

  Result<Applied> apply(CartStore& carts, Command command) {
    const ApplyRequest request{id_, Change{std::move(command)}, CommandId{7, ++sequence_}, Answer::version,
                               StoreUnderTest::soon()};
    return store_->run(execute(carts, request, store_->policy, store_->clock));
  }
  Result<Applied> apply(Command command) { return apply(store_->carts(), std::move(command)); }
  Result<Applied> add(const char* sku) { return apply(Batch{{Add{*Sku::parse(sku), 2}}}); }

  std::shared_ptr<const Checkout> begin() {
    return apply(BeginCheckout{store_->carts().new_checkout_id(id_)}).value().outcome.checkout->content;
  }
  std::shared_ptr<const Checkout> find(CartStore& carts, const CheckoutId& id) {
    return store_->run(carts.find_checkout(id, StoreUnderTest::soon())).value();
  }

  std::unique_ptr<StoreUnderTest> store_;
  CartId id_ = *CartId::parse("123");
  std::uint64_t sequence_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
};

class ForgettingStoreTest : public CheckoutStoreTest {};

TEST_P(CheckoutStoreTest, ACheckoutAndItsOrderAreFoundByEveryProcess) {
  ASSERT_TRUE(add("A"));
  const auto begun = begin();
  for (CartStore* carts : {&store_->carts(), &store_->other_carts(), &store_->unseen_carts()})
    EXPECT_EQ(*find(*carts, begun->id), *begun);
  const auto completed = apply(store_->other_carts(), CompleteCheckout{begun, "pi_1"});
  ASSERT_TRUE(completed);
  const auto order = find(store_->carts(), begun->id);
  EXPECT_EQ(*order, *completed->outcome.checkout->content);
  EXPECT_EQ(order->order->payment_ref, "pi_1");
}

TEST_P(CheckoutStoreTest, TwoProcessesMakeOneOrder) {
  ASSERT_TRUE(add("A"));
  const auto begun = begin();
  ASSERT_TRUE(apply(store_->other_carts(), CompleteCheckout{begun, "one"}));
  ASSERT_TRUE(add("A"));
  const auto again = apply(CompleteCheckout{begun, "two"});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcome.effect, Effect::unchanged);
  EXPECT_EQ(find(store_->carts(), begun->id)->order->payment_ref, "one");
  EXPECT_EQ(store_->show(id_)->cart.lines.front().quantity, 2);
}

TEST_P(CheckoutStoreTest, NobodysCheckoutIsNotFound) {
  EXPECT_EQ(find(store_->carts(), store_->carts().new_checkout_id(id_)), nullptr);
}

TEST_P(CheckoutStoreTest, EachIdIsAnother) {
  EXPECT_NE(store_->carts().new_checkout_id(id_), store_->carts().new_checkout_id(id_));
}

TEST_P(CheckoutStoreTest, NoIdLooksLikeAnOption) {
  for (int i = 0; i < 1000; ++i) {
    const CheckoutId id = store_->carts().new_checkout_id(*CartId::parse("c" + std::to_string(i)));
    ASSERT_NE(id.str().front(), '-') << id.str();
  }
}

TEST_P(CheckoutStoreTest, AnOrderOutlivesItsCart) {
  ASSERT_TRUE(add("A"));
  const auto begun = begin();
  ASSERT_TRUE(apply(CompleteCheckout{begun}));
  ASSERT_TRUE(apply(Delete{}));
  EXPECT_NE(find(store_->other_carts(), begun->id), nullptr);
  const auto again = apply(store_->unseen_carts(), CompleteCheckout{begun});
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcome.effect, Effect::unchanged) << "the record still knows it";
  EXPECT_EQ(store_->show(id_)->cart, [&] {
    Cart gone{id_};
    gone.version = store_->show(id_)->cart.version;
    return gone;
  }());
}

TEST_P(CheckoutStoreTest, WhatMakesRoomIsForgotten) {
  store_->policy.limits.max_checkouts = 1;
  ASSERT_TRUE(add("A"));
  const auto first = begin();
  ASSERT_TRUE(add("A"));
  const auto second = begin();
  EXPECT_EQ(find(store_->other_carts(), first->id), nullptr);
  EXPECT_EQ(*find(store_->other_carts(), second->id), *second);
}

TEST_P(ForgettingStoreTest, AnOrderIsForgottenWhenItsTimeIsOver) {
  store_->clock.freeze();
  ASSERT_TRUE(add("A"));
  const auto begun = begin();
  ASSERT_TRUE(apply(CompleteCheckout{begun}));
  store_->clock.advance(store_->policy.limits.order_retention - 1ms);
  EXPECT_NE(find(store_->carts(), begun->id), nullptr);
  store_->clock.advance(1ms);
  EXPECT_EQ(find(store_->carts(), begun->id), nullptr);
}

TEST_P(CheckoutStoreTest, ManyLinesAreTakenAsASnapshotAndOutOfTheCart) {
  store_->policy.limits.max_lines = 2000;
  Batch batch;
  for (int i = 0; i < 1500; ++i) batch.commands.emplace_back(Add{*Sku::parse("SKU" + std::to_string(i)), 1});
  ASSERT_TRUE(apply(std::move(batch)));
  const auto begun = begin();
  ASSERT_EQ(begun->lines.size(), 1500U);
  ASSERT_TRUE(add("NEW"));
  ASSERT_TRUE(apply(store_->unseen_carts(), CompleteCheckout{begun}));
  const Cart cart = store_->show(id_)->cart;
  ASSERT_EQ(cart.lines.size(), 1U);
  EXPECT_EQ(cart.lines.front().id.str(), "NEW");
}

/// Stores that forget by the test's clock; Redis does not travel in time.
std::vector<std::string> forgetting_stores() {
  std::vector<std::string> kinds = store_kinds();
  std::erase_if(kinds, [](const std::string& kind) { return kind.ends_with("-server"); });
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Stores, ForgettingStoreTest, testing::ValuesIn(forgetting_stores()), test::parameter_name);
INSTANTIATE_TEST_SUITE_P(Stores, CheckoutStoreTest, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
