// The rules of merges, moves, checkouts and orders, held against histories made by hand: each one catches what breaks
// it, and lets pass what does not.
#include "chaos/checker/purchase_check.h"
#include "chaos/checker/promises.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

OrderView order(std::string id, Quantities quantities, Quantities missing = {}, std::string completed_at = "noon") {
  OrderView view{.id = std::move(id), .quantities = std::move(quantities), .missing = std::move(missing)};
  view.content = view.id;
  for (const auto& [sku, n] : view.quantities) view.content += " " + sku + std::to_string(n);
  view.text = view.content + " " + completed_at;
  view.completed_at = std::move(completed_at);
  return view;
}

using Carts = std::map<std::string, Quantities>;

/// A history of one customer. Each request begins where the one before ended, and takes a millisecond.
class Errands {
 public:
  Errands& record(PurchaseExchange exchange) {
    exchange.customer = "c";
    exchange.start = now_;
    exchange.end = now_ += 1ms;
    if (exchange.status == 0 && exchange.outcome == Outcome::acknowledged) exchange.status = 200;
    if (exchange.status == 0 && exchange.outcome == Outcome::refused) exchange.status = 503;
    history_.push_back(std::move(exchange));
    return *this;
  }
  Errands& add(std::string cart, std::string sku, std::int64_t n, Outcome outcome = Outcome::acknowledged,
               int server = 0) {
    return record({.server = server,
                   .op = PurchaseOp::add,
                   .cart = std::move(cart),
                   .sku = std::move(sku),
                   .n = n,
                   .outcome = outcome});
  }
  Errands& merge(std::string from, std::string to, std::string key, Outcome outcome = Outcome::acknowledged,
                 int server = 0, std::string policy = "") {
    return record({.server = server,
                   .op = PurchaseOp::merge,
                   .cart = std::move(from),
                   .target = std::move(to),
                   .policy = std::move(policy),
                   .key = std::move(key),
                   .outcome = outcome});
  }
  Errands& erase(std::string cart, Outcome outcome = Outcome::acknowledged) {
    return record({.op = PurchaseOp::erase, .cart = std::move(cart), .outcome = outcome});
  }
  Errands& complete(std::string cart, std::vector<OrderView> orders, std::string id = "o", int server = 0) {
    const Outcome outcome = orders.empty() ? Outcome::unknown : Outcome::acknowledged;
    return record({.server = server,
                   .op = PurchaseOp::complete,
                   .cart = std::move(cart),
                   .checkout = std::move(id),
                   .outcome = outcome,
                   .orders = std::move(orders)});
  }
  Errands& read(std::string cart, Quantities quantities, int server = 0) {
    return record({.server = server,
                   .op = PurchaseOp::read,
                   .cart = std::move(cart),
                   .outcome = Outcome::acknowledged,
                   .seen = CartView{.quantities = std::move(quantities), .durability = "primary"}});
  }
  Errands& read_order(std::vector<OrderView> orders, int server = 0, std::string id = "o") {
    const bool is_there = !orders.empty();
    return record({.server = server,
                   .op = PurchaseOp::read_order,
                   .checkout = std::move(id),
                   .outcome = is_there ? Outcome::acknowledged : Outcome::refused,
                   .status = is_there ? 200 : 404,
                   .orders = std::move(orders)});
  }
  Errands& read_orders(std::string cart, std::vector<OrderView> orders) {
    return record({.op = PurchaseOp::read_orders,
                   .cart = std::move(cart),
                   .outcome = Outcome::acknowledged,
                   .orders = std::move(orders)});
  }

  CheckResult ends_with(const Carts& carts, std::vector<OrderView> orders = {}, bool rolls_back = false) const {
    FinalCarts shown{.source = "cartd 0"};
    for (const auto& [id, quantities] : carts) shown.carts[id] = {.quantities = quantities};
    CheckResult result;
    check_purchases(history_, {shown}, {{.source = "cartd 0", .orders = std::move(orders)}},
                    {.store_may_roll_back = rolls_back}, result);
    return result;
  }
  std::vector<std::string> violations(const Carts& carts, std::vector<OrderView> orders = {},
                                      bool rolls_back = false) const {
    return ends_with(carts, std::move(orders), rolls_back).violations;
  }
  std::vector<PurchaseExchange>& history() { return history_; }

 private:
  std::vector<PurchaseExchange> history_;
  Moment now_ = 1s;
};

const auto pieces_lost = HasSubstr("some were lost");
const auto pieces_doubled = HasSubstr("some are there twice");
const auto came_back = HasSubstr("came back");
const auto another_order = HasSubstr("is another order");

TEST(PurchaseCheckTest, PiecesThatAMergeLosesOrDoublesAreFound) {
  const Errands errands = Errands().add("guest", "A", 2).add("account", "A", 1).merge("guest", "account", "k");
  EXPECT_THAT(errands.violations({{"account", {{"A", 3}}}}), IsEmpty());
  EXPECT_EQ(errands.ends_with({{"account", {{"A", 3}}}}).summary.merges, 1u);
  EXPECT_EQ(errands.ends_with({{"account", {{"A", 3}}}}).summary.exact_lines, 1u);
  EXPECT_THAT(errands.violations({{"account", {{"A", 1}}}}),
              ElementsAre(AllOf(pieces_lost, HasSubstr("1 pieces of A"), HasSubstr("least 3"))));
  EXPECT_THAT(errands.violations({{"account", {{"A", 5}}}}), ElementsAre(AllOf(pieces_doubled, HasSubstr("most 3"))));
  EXPECT_THAT(errands.violations({{"account", {{"A", 3}, {"B", 1}}}}), ElementsAre(pieces_doubled));
}

TEST(PurchaseCheckTest, AnUnknownAddIsThereOnceOrNotAtAllAndAnUnknownMergeMovesAllOrNothing) {
  const Errands errands = Errands()
                              .add("guest", "A", 2)
                              .add("guest", "A", 4, Outcome::unknown)
                              .merge("guest", "account", "k", Outcome::unknown);
  for (const std::int64_t n : {2, 6}) {
    EXPECT_THAT(errands.violations({{"guest", {{"A", n}}}}), IsEmpty());
    EXPECT_THAT(errands.violations({{"account", {{"A", n}}}}), IsEmpty());
  }
  EXPECT_THAT(errands.violations({{"guest", {{"A", 6}}}, {"account", {{"A", 6}}}}), ElementsAre(pieces_doubled));
  EXPECT_THAT(errands.violations({}), ElementsAre(pieces_lost));
}

TEST(PurchaseCheckTest, ARefusedAddThatTookEffectIsFound) {
  const Errands errands = Errands().add("guest", "A", 2, Outcome::refused);
  EXPECT_THAT(errands.violations({}), IsEmpty());
  EXPECT_THAT(errands.violations({{"guest", {{"A", 2}}}}), ElementsAre(pieces_doubled));
}

TEST(PurchaseCheckTest, WhatAnOrderTookIsCountedOnceAndOnlyWhatTheCartHeld) {
  const OrderView all = order("o", {{"A", 3}});
  const Errands errands = Errands().add("account", "A", 5).complete("account", {all}).complete("account", {all});
  EXPECT_THAT(errands.violations({{"account", {{"A", 2}}}}, {all, all}), IsEmpty());
  EXPECT_EQ(errands.ends_with({{"account", {{"A", 2}}}}, {all}).summary.orders, 1u);
  EXPECT_THAT(errands.violations({{"account", {{"A", 5}}}}, {all}), ElementsAre(pieces_doubled));
  EXPECT_THAT(errands.violations({}, {all}), ElementsAre(pieces_lost));
  const OrderView short_of_one = order("o", {{"A", 3}}, {{"A", 1}});
  const Errands other = Errands().add("account", "A", 2).complete("account", {short_of_one});
  EXPECT_THAT(other.violations({}, {short_of_one}), IsEmpty());
}

TEST(PurchaseCheckTest, OtherPoliciesMayLeavePiecesOutButNeverDoubleThem) {
  const Errands errands = Errands()
                              .add("guest", "A", 2)
                              .add("account", "A", 1)
                              .merge("guest", "account", "k", Outcome::acknowledged, 0, "max");
  EXPECT_THAT(errands.violations({{"account", {{"A", 2}}}}), IsEmpty());
  EXPECT_THAT(errands.violations({{"account", {{"A", 4}}}}), ElementsAre(pieces_doubled));
}

TEST(PurchaseCheckTest, AMergeThatLeavesWhatWasAcknowledgedBeforeIsFound) {
  const Errands merged = Errands().add("guest", "A", 2).merge("guest", "account", "k");
  EXPECT_THAT(merged.violations({{"guest", {{"A", 2}}}}), ElementsAre(HasSubstr("did not take all")));
  const Errands seen = Errands(merged).read("guest", {{"A", 2}});
  EXPECT_THAT(seen.violations({{"account", {{"A", 2}}}}), ElementsAre(HasSubstr("did not take all")));
}

TEST(PurchaseCheckTest, WhatIsAddedWhileAMergeIsAskedForStaysOrGoesAlong) {
  const Errands errands = Errands()
                              .merge("guest", "account", "k", Outcome::unknown)
                              .add("guest", "A", 2)
                              .merge("guest", "account", "k")
                              .read("guest", {{"A", 2}});
  EXPECT_THAT(errands.violations({{"guest", {{"A", 2}}}}), IsEmpty());
  EXPECT_THAT(errands.violations({{"account", {{"A", 2}}}}), IsEmpty());
}

TEST(PurchaseCheckTest, AMergeNeedNotTakeWhatAnotherCartdHasInItsJournal) {
  Errands errands = Errands().add("guest", "A", 2, Outcome::acknowledged, 1).merge("guest", "account", "k");
  EXPECT_THAT(errands.violations({{"guest", {{"A", 2}}}}), ElementsAre(HasSubstr("did not take all")));
  errands.history().front().degraded = true;
  EXPECT_THAT(errands.violations({{"guest", {{"A", 2}}}}), IsEmpty());
}

TEST(PurchaseCheckTest, ADeletedCartThatComesBackIsFound) {
  const Errands deleted = Errands().add("spare", "A", 2).erase("spare");
  EXPECT_THAT(deleted.violations({}), IsEmpty());
  EXPECT_THAT(deleted.violations({{"spare", {{"A", 2}}}}), ElementsAre(came_back));
  EXPECT_THAT(Errands(deleted).read("spare", {{"A", 2}}).violations({}), ElementsAre(came_back));
  const Errands filled = Errands(deleted).add("spare", "B", 1).read("spare", {{"B", 1}});
  EXPECT_THAT(filled.violations({{"spare", {{"B", 1}}}}), IsEmpty());
  const Errands completed = Errands(deleted).complete("spare", {order("o", {{"A", 2}}, {{"A", 2}})});
  EXPECT_THAT(completed.violations({{"spare", {{"A", 2}}}}, {order("o", {{"A", 2}}, {{"A", 2}})}),
              ElementsAre(came_back));
}

TEST(PurchaseCheckTest, AMergeThatIsStillUnderWayMayFillADeletedTarget) {
  const Errands errands = Errands().add("guest", "A", 2).merge("guest", "spare", "k", Outcome::unknown).erase("spare");
  EXPECT_THAT(errands.violations({{"spare", {{"A", 2}}}}), IsEmpty());
  EXPECT_THAT(errands.violations({}), IsEmpty()) << "deleted with what it had taken";
}

TEST(PurchaseCheckTest, ASecondOrderOfOneCheckoutIsFound) {
  const OrderView first = order("o", {{"A", 2}});
  const OrderView second = order("o", {{"A", 2}}, {}, "one");
  const auto begun = [] { return Errands().add("account", "A", 2); };
  EXPECT_THAT(begun().complete("account", {first}).complete("account", {second}).violations({}, {first}),
              ElementsAre(another_order));
  EXPECT_THAT(begun().complete("account", {first}).read_order({second}, 1).violations({}, {first}),
              ElementsAre(another_order));
  EXPECT_THAT(begun().complete("account", {first}).violations({}, {second}), ElementsAre(another_order));
}

TEST(PurchaseCheckTest, AfterARollbackAnOrderOfSeveralCartdsMayBeCompletedAtAnotherTimeButHasTheSameContent) {
  const auto from = [](int server) {
    return Errands()
        .add("account", "A", 2, Outcome::acknowledged, server)
        .complete("account", {order("o", {{"A", 2}})});
  };
  const OrderView later = order("o", {{"A", 2}}, {}, "one");
  EXPECT_THAT(from(1).violations({}, {later}, true), IsEmpty());
  EXPECT_THAT(from(0).violations({}, {later}, true), ElementsAre(HasSubstr("was completed at one")));
  EXPECT_THAT(from(0).violations({}, {order("o", {{"A", 1}})}, true), ElementsAre(another_order, pieces_lost));
}

TEST(PurchaseCheckTest, AnOrderThatIsGoneIsFound) {
  const OrderView it = order("o", {{"A", 2}});
  const Errands errands = Errands().add("account", "A", 2).complete("account", {it});
  const auto is_missing = HasSubstr("is missing");
  EXPECT_THAT(errands.violations({{"account", {{"A", 2}}}}), ElementsAre(is_missing));
  EXPECT_THAT(Errands(errands).read_order({}, 1).violations({}, {it}), ElementsAre(is_missing));
  EXPECT_THAT(Errands(errands).read_orders("account", {}).violations({}, {it}), ElementsAre(is_missing));
  EXPECT_THAT(Errands(errands).read_orders("account", {it}).violations({}, {it}), IsEmpty());
  EXPECT_THAT(Errands(errands).read_order({}, 1).violations({}, {it}, true), IsEmpty()) << "not yet sent again";
}

TEST(PurchaseCheckTest, AnOrderThatNobodyCompletedIsFound) {
  const OrderView it = order("o", {{"A", 2}});
  const Errands read = Errands().add("account", "A", 2).read_order({it});
  EXPECT_THAT(Errands(read).complete("account", {it}).violations({}, {it}),
              ElementsAre(HasSubstr("nobody completed it")));
  EXPECT_THAT(Errands().add("account", "A", 2).complete("account", {}).read_order({it}).violations({}, {it}),
              IsEmpty());
}

TEST(PurchaseCheckTest, PiecesAreNotCountedWhereTheStoreMayRollBackAMergeThatWasLeftInTheMiddle) {
  const Errands errands =
      Errands().add("guest", "A", 2).merge("guest", "account", "k", Outcome::refused).merge("guest", "account", "k");
  EXPECT_THAT(errands.violations({}), ElementsAre(pieces_lost));
  EXPECT_THAT(errands.violations({}, {}, true), IsEmpty());
}

TEST(PurchaseCheckTest, PiecesOfACustomerOfSeveralCartdsAreNotCountedWhereTheStoreMayRollBack) {
  const auto from = [](int server) {
    return Errands().add("guest", "A", 2, Outcome::acknowledged, server).merge("guest", "account", "k");
  };
  EXPECT_THAT(from(1).violations({}), ElementsAre(pieces_lost));
  EXPECT_THAT(from(1).violations({}, {}, true), IsEmpty());
  EXPECT_THAT(from(0).violations({}, {}, true), ElementsAre(pieces_lost));
}

TEST(PurchaseCheckTest, WhatWasAddedFromMemoryMayBeLostWithItsCartd) {
  Errands errands = Errands().add("guest", "A", 2);
  errands.history().front().degraded = true;
  errands.history().front().seen = CartView{.quantities = {{"A", 2}}, .durability = "memory", .degraded = true};
  EXPECT_THAT(errands.violations({}), ElementsAre(pieces_lost));
  mark_unpromised(errands.history(), {{0, 2s}});
  EXPECT_THAT(errands.violations({}), IsEmpty());
}

TEST(PurchaseCheckTest, AnUnfittingStatusIsFound) {
  Errands errands = Errands().erase("spare");
  errands.history().front().status = 500;
  errands.history().front().outcome = Outcome::unknown;
  EXPECT_THAT(errands.violations({}), ElementsAre(HasSubstr("is 500")));
}

}  // namespace
}  // namespace cartd::test
