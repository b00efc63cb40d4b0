// Checkouts and orders.
#include "domain/cart_fixture.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::money;
using test::sku;
using testing::ElementsAre;
using testing::IsEmpty;

class CheckoutOf : public test::CartFixture {
 protected:
  CheckoutOf() {
    effect(Add{sku("MUG"), 2, {{}, money(1200, "EUR")}});
    effect(Add{sku("TEE"), 1});
  }

  CheckoutId fresh_id() { return CheckoutId::parse("checkout-" + std::to_string(10'000'000 + ++ids_)).value(); }

  Result<Outcome> begin(std::vector<Offer> offers = {}, bool accepts = false) {
    return apply(Command(BeginCheckout{fresh_id(), std::move(offers), accepts}));
  }
  std::shared_ptr<const Checkout> begun() { return begin().value().checkout->content; }
  Result<Outcome> complete(std::shared_ptr<const Checkout> checkout, std::string payment_ref = "",
                           bool strict = false) {
    return apply(Command(CompleteCheckout{std::move(checkout), std::move(payment_ref), strict}));
  }
  CheckoutState state(const CheckoutId& id) const { return find_note(record.checkouts, id)->state; }

  static Offer price(std::string_view name, std::int64_t amount, std::string_view currency = "EUR") {
    return {sku(name), money(amount, currency)};
  }
  static Offer scarce_and_dear(std::string_view name, std::int64_t amount, std::int64_t quantity) {
    return {sku(name), money(amount, "EUR"), quantity};
  }
  static Offer available(std::string_view name, std::int64_t quantity) { return {sku(name), {}, quantity}; }

 private:
  int ids_ = 0;
};

TEST_F(CheckoutOf, ACartIsASnapshotAndLeavesTheCartAsItIs) {
  const Cart before = cart();
  const auto outcome = begin();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->effect, Effect::changed);
  EXPECT_EQ(cart(), before);
  const Checkout& checkout = *outcome->checkout->content;
  EXPECT_EQ(checkout.lines, before.lines);
  EXPECT_EQ(checkout.cart, before.id);
  EXPECT_EQ(checkout.begun_at, now);
  EXPECT_EQ(checkout.expires_at, now + limits.checkout_ttl);
  EXPECT_FALSE(checkout.order);
}

TEST_F(CheckoutOf, TheCartAsItIsStaysTheOneThatIsOpen) {
  const CheckoutId first = begun()->id;
  const auto again = begin();
  EXPECT_EQ(again->effect, Effect::unchanged);
  EXPECT_EQ(again->checkout->note.id, first);
  EXPECT_EQ(again->checkout->content, nullptr);
  EXPECT_EQ(record.checkouts.size(), 1U);
}

TEST_F(CheckoutOf, AChangedCartSupersedesTheOneThatWasOpen) {
  const CheckoutId first = begun()->id;
  effect(Add{sku("TEE"), 1});
  const CheckoutId second = begun()->id;
  EXPECT_NE(second, first);
  EXPECT_EQ(state(first), CheckoutState::superseded);
  EXPECT_EQ(state(second), CheckoutState::open);
}

TEST_F(CheckoutOf, ACartThatPlainClientsChangedIsAnotherOne) {
  const CheckoutId first = begun()->id;
  record.cart.lines.front().quantity = 7;
  EXPECT_NE(begun()->id, first);
}

TEST_F(CheckoutOf, AnEmptyCartCannotBegin) {
  effect(Clear{});
  EXPECT_EQ(begin().error().code, Errc::nothing_to_buy);
  EXPECT_THAT(record.checkouts, IsEmpty());
}

TEST_F(CheckoutOf, ALowerPriceIsTakenOverAndShown) {
  const auto outcome = begin({price("MUG", 1100)});
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->checkout->content->lines.front().details->unit_price, money(1100, "EUR"));
  EXPECT_EQ(details("MUG")->unit_price, money(1100, "EUR"));
  EXPECT_EQ(details("MUG")->price_was, money(1200, "EUR"));
  EXPECT_EQ(begin({price("MUG", 1100)})->effect, Effect::unchanged) << "and is the same cart the next time";
}

TEST_F(CheckoutOf, AHigherPriceAndAShortageAreRefusedLineByLine) {
  const CartRecord before = record;
  const auto refused = begin({scarce_and_dear("MUG", 1300, 1), available("TEE", 0), price("NONE", 5)});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::lines_differ);
  EXPECT_THAT(*refused.error().lines,
              ElementsAre(LineDifference{sku("MUG"), 2, 1, money(1300, "EUR"), money(1200, "EUR")},
                          LineDifference{sku("TEE"), 1, 0}));
  EXPECT_EQ(record, before);
}

TEST_F(CheckoutOf, WhatIsAcceptedIsTakenOver) {
  const auto outcome = begin({scarce_and_dear("MUG", 1300, 1), available("TEE", 0)}, true);
  ASSERT_TRUE(outcome);
  const std::vector<Line>& lines = outcome->checkout->content->lines;
  ASSERT_EQ(lines.size(), 1U);
  EXPECT_EQ(lines.front().quantity, 1);
  EXPECT_EQ(lines.front().details->unit_price, money(1300, "EUR"));
  EXPECT_EQ(quantity("MUG"), 2) << "the cart keeps its pieces";
  EXPECT_EQ(quantity("TEE"), 1);
}

TEST_F(CheckoutOf, NothingThatIsAvailableCannotBegin) {
  EXPECT_EQ(begin({available("MUG", 0), available("TEE", 0)}, true).error().code, Errc::nothing_to_buy);
}

TEST_F(CheckoutOf, APriceInAnotherCurrencyIsRefusedEvenIfAccepted) {
  const CartRecord before = record;
  EXPECT_EQ(begin({price("MUG", 1, "USD")}, true).error().code, Errc::invalid);
  EXPECT_EQ(record, before);
}

TEST_F(CheckoutOf, ALineWithoutAPriceGetsOne) {
  ASSERT_TRUE(begin({price("TEE", 900)}));
  EXPECT_EQ(details("TEE")->unit_price, money(900, "EUR"));
  EXPECT_FALSE(details("TEE")->price_was);
}

TEST_F(CheckoutOf, ItsOrderTakesThePiecesAndWhatWasAddedMeanwhileStays) {
  const auto checkout = begun();
  effect(Add{sku("TEE"), 4});
  effect(Add{sku("NEW"), 1});
  const auto outcome = complete(checkout, "pi_1");
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->effect, Effect::changed);
  const Order& order = *outcome->checkout->content->order;
  EXPECT_EQ(order.payment_ref, "pi_1");
  EXPECT_EQ(order.completed_at, now);
  EXPECT_FALSE(order.is_late);
  EXPECT_THAT(order.shortfall, IsEmpty());
  EXPECT_EQ(outcome->checkout->content->lines, checkout->lines);
  EXPECT_EQ(quantity("MUG"), 0);
  EXPECT_EQ(quantity("TEE"), 4);
  EXPECT_EQ(quantity("NEW"), 1);
  EXPECT_EQ(state(checkout->id), CheckoutState::completed);
}

TEST_F(CheckoutOf, ItIsCompletedOnceHoweverOften) {
  const auto checkout = begun();
  ASSERT_TRUE(complete(checkout, "pi_1"));
  effect(Add{sku("MUG"), 2});
  for (const char* ref : {"pi_1", "", "pi_2"}) {
    const auto again = complete(checkout, ref);
    ASSERT_TRUE(again) << ref;
    EXPECT_EQ(again->effect, Effect::unchanged);
    EXPECT_EQ(again->checkout->content, nullptr) << "the order that is there answers";
  }
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(CheckoutOf, WhatTheCartNoLongerHoldsStandsInTheOrder) {
  const auto checkout = begun();
  effect(Remove{sku("MUG"), 1});
  effect(RemoveLine{sku("TEE")});
  const auto outcome = complete(checkout);
  ASSERT_TRUE(outcome);
  EXPECT_THAT(outcome->checkout->content->order->shortfall,
              ElementsAre(LineDifference{sku("MUG"), 2, 1}, LineDifference{sku("TEE"), 1, 0}));
  EXPECT_EQ(quantity("MUG"), 0);
}

TEST_F(CheckoutOf, AStrictCompletionDoesNothingWhereSomethingIsMissing) {
  const auto checkout = begun();
  effect(Remove{sku("MUG"), 1});
  const CartRecord before = record;
  const auto refused = complete(checkout, "pi_1", true);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::lines_differ);
  EXPECT_THAT(*refused.error().lines, ElementsAre(LineDifference{sku("MUG"), 2, 1}));
  EXPECT_EQ(record, before);
  EXPECT_TRUE(complete(checkout, "pi_1"));
}

TEST_F(CheckoutOf, MoneyThatWasTakenFindsItsOrderLate) {
  const auto expired = begun();
  now += limits.checkout_ttl;
  EXPECT_TRUE(complete(expired)->checkout->content->order->is_late);
  effect(Add{sku("MUG"), 1});
  const auto aborted = begun();
  ASSERT_TRUE(apply(Command(AbortCheckout{aborted->id})));
  EXPECT_EQ(state(aborted->id), CheckoutState::aborted);
  effect(Add{sku("MUG"), 1});
  const auto superseded = begun();
  effect(Add{sku("MUG"), 1});
  begun();
  EXPECT_TRUE(complete(aborted)->checkout->content->order->is_late);
  EXPECT_TRUE(complete(superseded)->checkout->content->order->is_late);
}

TEST_F(CheckoutOf, APaymentBelongsToOneCheckout) {
  const auto first = begun();
  ASSERT_TRUE(complete(first, "pi_1"));
  effect(Add{sku("MUG"), 1});
  const auto second = begun();
  const CartRecord before = record;
  EXPECT_EQ(complete(second, "pi_1").error().code, Errc::payment_ref_used);
  EXPECT_EQ(record, before);
  EXPECT_TRUE(complete(second, "pi_2"));
}

TEST_F(CheckoutOf, ADeletedOrExpiredCartDoesNotComeBackWithItsOrder) {
  const auto first = begun();
  effect(Delete{});
  const auto outcome = complete(first);
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->checkout->content->order->shortfall.size(), 2U);
  EXPECT_FALSE(exists(cart()));
  effect(Add{sku("MUG"), 1});
  const auto second = begun();
  now += ttl;
  ASSERT_TRUE(complete(second)->checkout->content->order);
  EXPECT_FALSE(exists(cart()));
}

TEST_F(CheckoutOf, AForgottenCartStillMakesTheOrderOnce) {
  const auto checkout = begun();
  record = CartRecord{Cart{cart().id}};
  ASSERT_TRUE(complete(checkout));
  EXPECT_FALSE(exists(cart()));
  EXPECT_EQ(complete(checkout)->effect, Effect::unchanged);
}

TEST_F(CheckoutOf, AbortingIsForOpenOnes) {
  const auto checkout = begun();
  EXPECT_EQ(apply(Command(AbortCheckout{fresh_id()})).error().code, Errc::not_found);
  EXPECT_EQ(effect(Command(AbortCheckout{checkout->id})), Effect::changed);
  EXPECT_EQ(effect(Command(AbortCheckout{checkout->id})), Effect::unchanged);
  EXPECT_NE(begun()->id, checkout->id) << "an aborted one is not open";
  ASSERT_TRUE(complete(checkout));
  EXPECT_EQ(apply(Command(AbortCheckout{checkout->id})).error().code, Errc::already_completed);
}

TEST_F(CheckoutOf, TheRecordLivesAsLongAsItsOrders) {
  const auto checkout = begun();
  EXPECT_GE(record.forget_at, checkout->forget_at);
  ASSERT_TRUE(complete(checkout));
  effect(Delete{});
  EXPECT_GE(record.forget_at, now + limits.order_retention);
}

TEST_F(CheckoutOf, TheOldestThatNobodyWaitsForMakeRoom) {
  limits.max_checkouts = 3;
  const auto order = begun();
  ASSERT_TRUE(complete(order));
  effect(Add{sku("MUG"), 5});
  std::vector<CheckoutId> ids;
  for (int i = 0; i < 3; ++i) {
    now += 1ms;
    effect(Add{sku("MUG"), 1});
    ids.push_back(begun()->id);
  }
  EXPECT_EQ(record.checkouts.size(), 3U);
  EXPECT_NE(find_note(record.checkouts, order->id), nullptr);
  EXPECT_EQ(find_note(record.checkouts, ids[0]), nullptr);
  EXPECT_NE(find_note(record.checkouts, ids[2]), nullptr);
}

TEST_F(CheckoutOf, WhatMakesRoomIsForgottenUnlessItIsAnOrder) {
  limits.max_checkouts = 1;
  const auto first = begun();
  effect(Add{sku("MUG"), 1});
  const auto decision = decide(record, Change{BeginCheckout{fresh_id()}}, {{producer, ++sequence}, now, ttl, limits});
  const auto goes = [&](const CheckoutEdit& edit) { return edit.id == first->id && !edit.content; };
  EXPECT_TRUE(std::ranges::any_of(decision->edits.checkout_contents, goes));
  ASSERT_TRUE(complete(first));
  const auto next = decide(record, Change{BeginCheckout{fresh_id()}}, {{producer, ++sequence}, now, ttl, limits});
  EXPECT_FALSE(std::ranges::any_of(next->edits.checkout_contents, goes)) << "an order is found by its id";
}

TEST_F(CheckoutOf, WhatWasAcceptedIsDoneAgainWhateverTheCartHoldsByThen) {
  const auto checkout = begun();
  record = CartRecord{Cart{cart().id}};
  const auto again = [&](Command command) {
    return cartd::apply(record, Change{std::move(command)}, {{producer, ++sequence}, now, ttl, limits, {}, false});
  };
  EXPECT_EQ(again(BeginCheckout{checkout->id})->effect, Effect::unchanged) << "nothing is left to begin with";
  effect(Add{sku("TEE"), 1, {{}, money(900, "EUR")}});
  EXPECT_TRUE(again(BeginCheckout{fresh_id(), {price("TEE", 5, "USD")}}));
  EXPECT_EQ(details("TEE")->unit_price, money(900, "EUR"));
  EXPECT_TRUE(again(CompleteCheckout{checkout, "pi_1", true}));
  EXPECT_TRUE(again(AbortCheckout{checkout->id})) << "the order stays";
  EXPECT_EQ(state(checkout->id), CheckoutState::completed);
}

using Repricing = CheckoutOf;

TEST_F(Repricing, ALineThatIsThereGetsThePriceAndShowsTheOneBefore) {
  EXPECT_EQ(effect(LineCommand(Reprice{sku("MUG"), money(1500, "EUR")})), Effect::changed);
  EXPECT_EQ(details("MUG")->unit_price, money(1500, "EUR"));
  EXPECT_EQ(details("MUG")->price_was, money(1200, "EUR"));
  EXPECT_EQ(quantity("MUG"), 2);
  EXPECT_EQ(effect(LineCommand(Reprice{sku("MUG"), money(1500, "EUR")})), Effect::unchanged);
  EXPECT_EQ(details("MUG")->price_was, money(1200, "EUR"));
}

TEST_F(Repricing, CreatesNoLine) {
  EXPECT_EQ(effect(LineCommand(Reprice{sku("NEW"), money(1, "EUR")})), Effect::unchanged);
  EXPECT_EQ(quantity("NEW"), 0);
}

TEST_F(Repricing, APriceThatAClientGivesIsNotShownAsARise) {
  effect(LineCommand(Reprice{sku("MUG"), money(1500, "EUR")}));
  effect(Add{sku("MUG"), 1, {{}, money(1400, "EUR")}});
  EXPECT_FALSE(details("MUG")->price_was);
}

}  // namespace
}  // namespace cartd
