// An order of a cart whose lines are on their way to another one.
#include "domain/cart_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using test::cart_id;
using test::sku;
using testing::ElementsAre;
using testing::IsEmpty;

/// The fixture's cart has a checkout, and then sends two mugs to another cart.
class OrderInATransfer : public test::CartFixture {
 protected:
  OrderInATransfer() {
    apply(Add{sku("MUG"), 3});
    apply(Add{sku("TEE"), 1});
    const Command begin = BeginCheckout{CheckoutId::parse("checkout-10000001").value()};
    checkout_ = apply(begin)->checkout->content;
    const std::vector<WantedLine> mugs{{sku("MUG"), 2}};
    apply(Command(BeginTransfer{transfer_id(cart().id, "one"), cart_id("target"), MergePolicy::sum, mugs}));
  }

  std::vector<LineDifference> shortfall(bool strict = false) {
    const Command command = CompleteCheckout{checkout_, "", strict};
    const auto outcome = apply(command);
    if (!outcome) return *outcome.error().lines;
    return outcome->checkout->content->order->shortfall;
  }
  void finish(bool was_taken) { apply(Command(FinishTransfer{record.transfer, was_taken})); }

 private:
  std::shared_ptr<const Checkout> checkout_;
};

TEST_F(OrderInATransfer, TakesNoPiecesThatTheTargetMayHave) {
  EXPECT_THAT(shortfall(), ElementsAre(LineDifference{sku("MUG"), 3, 1}));
  EXPECT_EQ(quantity("MUG"), 2);
  EXPECT_EQ(quantity("TEE"), 0);
  finish(true);
  EXPECT_THAT(cart().lines, IsEmpty());
}

TEST_F(OrderInATransfer, LeavesPiecesThatTheTargetDidNotTake) {
  EXPECT_THAT(shortfall(), ElementsAre(LineDifference{sku("MUG"), 3, 1}));
  finish(false);
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(OrderInATransfer, TakesWhatWasAddedMeanwhile) {
  apply(Add{sku("MUG"), 2});
  EXPECT_THAT(shortfall(), IsEmpty());
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(OrderInATransfer, TakesNothingWhereTheCartHoldsEvenLessThanIsOnItsWay) {
  apply(Remove{sku("MUG"), 2});
  EXPECT_THAT(shortfall(), ElementsAre(LineDifference{sku("MUG"), 3, 0}));
  EXPECT_EQ(quantity("MUG"), 1);
}

TEST_F(OrderInATransfer, IsRefusedWhereItIsStrict) {
  EXPECT_THAT(shortfall(true), ElementsAre(LineDifference{sku("MUG"), 3, 1}));
  EXPECT_EQ(quantity("MUG"), 3);
  EXPECT_EQ(quantity("TEE"), 1);
}

}  // namespace
}  // namespace cartd
