// The checker, held against histories made by hand: each rule catches what breaks it, and lets pass what does not.
#include "chaos/checker/checker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
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

/// A history of one cart. Each request begins where the one before ended, and takes a millisecond.
class Story {
 public:
  Story& say(Exchange exchange) {
    exchange.cart = "c";
    exchange.start = now_;
    exchange.end = now_ += 1ms;
    if (exchange.status == 0 && exchange.outcome == Outcome::acknowledged) exchange.status = 200;
    history_.push_back(std::move(exchange));
    return *this;
  }
  Story& acknowledged(Op op, std::string sku, std::int64_t n, int client = 1, int server = 0) {
    return say({.client = client, .server = server, .op = op, .sku = std::move(sku), .n = n, .outcome = Outcome::acknowledged});
  }
  Story& unknown(Op op, std::string sku, std::int64_t n) {
    return say({.client = 1, .op = op, .sku = std::move(sku), .n = n, .outcome = Outcome::unknown, .status = 504});
  }
  Story& refused(Op op, std::string sku, std::int64_t n) {
    return say({.client = 1, .op = op, .sku = std::move(sku), .n = n, .outcome = Outcome::refused, .status = 503});
  }
  Story& keyed(Op op, std::string sku, std::int64_t n, std::string key, Outcome outcome, int server = 0) {
    return say({.client = 1, .server = server, .op = op, .sku = std::move(sku), .n = n, .key = std::move(key), .outcome = outcome});
  }
  /// A read by a client of its own.
  Story& seen(Quantities quantities, int server = 0, std::uint64_t version = 0) {
    return shown({.version = version, .quantities = std::move(quantities), .durability = "primary"}, server);
  }
  Story& shown(CartView view, int server) {
    return say({.client = 2, .server = server, .op = Op::read, .outcome = Outcome::acknowledged, .seen = std::move(view)});
  }
  /// A change with the cart that its answer showed.
  Story& told(Op op, std::string sku, std::int64_t n, CartView view, int server = 0) {
    return say({.client = 1,
                .server = server,
                .op = op,
                .sku = std::move(sku),
                .n = n,
                .outcome = Outcome::acknowledged,
                .seen = std::move(view)});
  }

  /// The judgement when everybody shows these quantities in the end.
  Judgement ends_with(Quantities quantities, std::uint64_t version = 0, CheckOptions options = {}) const {
    const CartView view{.version = version, .quantities = std::move(quantities)};
    return check(history_, {{"cartd 0", {{"c", view}}}}, options);
  }
  std::vector<std::string> violations(Quantities quantities, std::uint64_t version = 0, CheckOptions options = {}) const {
    return ends_with(std::move(quantities), version, options).violations;
  }
  const std::vector<Exchange>& history() const { return history_; }

 private:
  std::vector<Exchange> history_;
  Moment now_ = 1s;
};

const auto lost = HasSubstr("something was lost");
const auto doubled = HasSubstr("something was done twice");
const CheckOptions rolling_back{.store_may_roll_back = true};

TEST(CheckerTest, ALostAddIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 2).acknowledged(Op::add, "A", 3);
  EXPECT_THAT(story.violations({{"A", 5}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 3}}), ElementsAre(AllOf(lost, HasSubstr("line A"), HasSubstr("at least 5"))));
  EXPECT_THAT(story.violations({}), ElementsAre(lost));
}

TEST(CheckerTest, ADoubledAddIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 2);
  EXPECT_THAT(story.violations({{"A", 4}}), ElementsAre(AllOf(doubled, HasSubstr("at most 2"))));
}

TEST(CheckerTest, ALostOrDoubledRemoveIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 5).acknowledged(Op::remove, "A", 2);
  EXPECT_THAT(story.violations({{"A", 3}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 5}}), ElementsAre(doubled));
  EXPECT_THAT(story.violations({{"A", 1}}), ElementsAre(lost));
}

TEST(CheckerTest, WhatWasRefusedAndDoneIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 1).refused(Op::add, "A", 4);
  EXPECT_THAT(story.violations({{"A", 1}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 5}}), ElementsAre(HasSubstr("though it was refused")));
}

TEST(CheckerTest, AnUnknownAddMayBeThereOnceAndNotTwice) {
  const Story story = Story().unknown(Op::add, "A", 3);
  EXPECT_THAT(story.violations({}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 3}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 6}}), ElementsAre(doubled));
}

TEST(CheckerTest, AnUnknownRemoveMayBeThereOnceAndNotTwice) {
  const Story story = Story().acknowledged(Op::add, "A", 9).unknown(Op::remove, "A", 3);
  EXPECT_THAT(story.violations({{"A", 9}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 6}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 3}}), ElementsAre(lost));
}

TEST(CheckerTest, ACommandRepeatedUnderItsKeyCountsOnce) {
  const Story story = Story()
                          .keyed(Op::add, "A", 3, "k", Outcome::unknown)
                          .keyed(Op::add, "A", 3, "k", Outcome::refused, 1)
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged, 1)
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged);
  EXPECT_THAT(story.violations({{"A", 3}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 6}}), ElementsAre(doubled));
  EXPECT_THAT(story.violations({}), ElementsAre(lost));
}

TEST(CheckerTest, ACommandHasToShowFromItsFirstAcknowledgementOn) {
  const Story story =
      Story().keyed(Op::add, "A", 3, "k", Outcome::acknowledged).seen({}).keyed(Op::add, "A", 3, "k", Outcome::acknowledged);
  EXPECT_THAT(story.violations({{"A", 3}}), ElementsAre(AllOf(lost, HasSubstr("said 0"))));
}

TEST(CheckerTest, ALineThatNobodyPutThereIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 1);
  EXPECT_THAT(story.violations({{"A", 1}, {"B", 1}}), ElementsAre(HasSubstr("nobody put it there")));
}

TEST(CheckerTest, OtherClientsLinesDoNotHideALoss) {
  const Story story = Story().acknowledged(Op::add, "A", 1, 1).acknowledged(Op::add, "B", 1, 2);
  EXPECT_THAT(story.violations({{"A", 0}, {"B", 2}}), testing::UnorderedElementsAre(lost, doubled));
}

TEST(CheckerTest, AReadBehindWhatTheSameCartdAcknowledgedIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 2).seen({}).seen({});
  EXPECT_THAT(story.violations({{"A", 2}}), ElementsAre(AllOf(lost, HasSubstr("cartd 0 said 0"), HasSubstr("1 more"))));
  EXPECT_THAT(Story().acknowledged(Op::add, "A", 2).seen({{"A", 2}}).violations({{"A", 2}}), IsEmpty());
}

TEST(CheckerTest, AStaleDegradedReadIsFoundButAPartialOneMayMissWhatTheStoreHas) {
  const Story degraded = Story().acknowledged(Op::add, "A", 2).shown({.degraded = true}, 0);
  EXPECT_THAT(degraded.violations({{"A", 2}}), ElementsAre(lost));
  const Story partial = Story().acknowledged(Op::add, "A", 2).shown({.degraded = true, .partial = true}, 0);
  EXPECT_THAT(partial.violations({{"A", 2}}), IsEmpty());
}

TEST(CheckerTest, AnAnswerThatShowsMoreThanWasEverAskedForIsFound) {
  const Story story = Story().acknowledged(Op::add, "A", 2).seen({{"A", 4}});
  EXPECT_THAT(story.violations({{"A", 2}}), ElementsAre(doubled));
}

TEST(CheckerTest, AnAnswerHasToShowItsOwnChange) {
  const Story story = Story().told(Op::add, "A", 2, {.durability = "primary"});
  EXPECT_THAT(story.violations({{"A", 2}}), ElementsAre(AllOf(lost, HasSubstr("said 0"))));
}

TEST(CheckerTest, AReadThatOverlapsAnAddMayShowItOrNot) {
  std::vector<Exchange> history = Story().acknowledged(Op::add, "A", 2).history();
  for (const std::int64_t quantity : {0, 2}) {
    history.push_back({.client = 2,
                       .op = Op::read,
                       .cart = "c",
                       .start = history.front().start,
                       .end = history.front().end,
                       .outcome = Outcome::acknowledged,
                       .status = 200,
                       .seen = CartView{.quantities = {{"A", quantity}}}});
  }
  EXPECT_THAT(check(history, {{"cartd 0", {{"c", {.quantities = {{"A", 2}}}}}}}, {}).violations, IsEmpty());
}

TEST(CheckerTest, AnotherCartdShowsWhatTheStoreHasUnlessItMayRollBack) {
  const CartView after{.quantities = {{"A", 2}}, .durability = "primary"};
  const Story story = Story().told(Op::add, "A", 2, after).seen({}, 1);
  EXPECT_THAT(story.violations({{"A", 2}}), ElementsAre(lost));
  EXPECT_THAT(story.violations({{"A", 2}}, 0, rolling_back), IsEmpty());
}

TEST(CheckerTest, AnotherCartdNeedNotShowWhatIsInAJournalNorAnythingWhileDegraded) {
  const CartView journaled{.quantities = {{"A", 2}}, .durability = "journal", .degraded = true};
  EXPECT_THAT(Story().told(Op::add, "A", 2, journaled).seen({}, 1).violations({{"A", 2}}), IsEmpty());
  const CartView stored{.quantities = {{"A", 2}}, .durability = "primary"};
  EXPECT_THAT(Story().told(Op::add, "A", 2, stored).shown({.degraded = true}, 1).violations({{"A", 2}}), IsEmpty());
  EXPECT_THAT(Story().told(Op::add, "A", 2, journaled).violations({}), ElementsAre(lost));
}

TEST(CheckerTest, AFallenVersionIsFoundUnlessMarkedDegraded) {
  const Story story = Story().seen({}, 0, 7).seen({}, 0, 6);
  EXPECT_THAT(story.violations({}, 7), ElementsAre(HasSubstr("fell from 7 to 6")));
  EXPECT_THAT(Story().seen({}, 0, 7).shown({.version = 6, .degraded = true}, 0).violations({}, 7), IsEmpty());
  EXPECT_THAT(Story().seen({}, 0, 7).seen({}, 1, 6).violations({}, 7), IsEmpty());
}

TEST(CheckerTest, AVersionMayFallInARollbackOnlyWhereOtherCartdsWrite) {
  const auto with_writers = [](int second) {
    return Story()
        .acknowledged(Op::add, "A", 1, 1, 0)
        .acknowledged(Op::add, "A", 1, 3, second)
        .seen({{"A", 2}}, 0, 7)
        .seen({{"A", 2}}, 0, 6);
  };
  EXPECT_THAT(with_writers(1).violations({{"A", 2}}, 7, rolling_back), IsEmpty());
  EXPECT_THAT(with_writers(0).violations({{"A", 2}}, 7, rolling_back), ElementsAre(HasSubstr("fell")));
}

TEST(CheckerTest, ACartdThatOnlyReadsMaySeeAVersionFallInARollback) {
  const Story story = Story().acknowledged(Op::add, "A", 1, 1, 0).seen({{"A", 1}}, 1, 7).seen({{"A", 1}}, 1, 6);
  EXPECT_THAT(story.violations({{"A", 1}}, 7, rolling_back), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 1}}, 7), ElementsAre(HasSubstr("fell")));
}

TEST(CheckerTest, AFinalVersionBelowAnAcknowledgedOneIsFound) {
  const Story story = Story().told(Op::add, "A", 1, {.version = 4, .quantities = {{"A", 1}}});
  EXPECT_THAT(story.violations({{"A", 1}}, 4), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 1}}, 3), ElementsAre(HasSubstr("4 was acknowledged")));
}

TEST(CheckerTest, SourcesThatDoNotAgreeInTheEndAreFound) {
  const std::vector<Exchange> history = Story().unknown(Op::add, "A", 1).history();
  const auto judge = [&](CartView one, CartView other) {
    return check(history, {{"cartd 0", {{"c", std::move(one)}}}, {"Redis", {{"c", std::move(other)}}}}, {}).violations;
  };
  EXPECT_THAT(judge({.quantities = {{"A", 1}}}, {}), ElementsAre(AllOf(HasSubstr("cartd 0 and Redis"), HasSubstr("agree"))));
  EXPECT_THAT(judge({.version = 1}, {.version = 2}), ElementsAre(HasSubstr("agree")));
  EXPECT_THAT(judge({.version = 2}, {.version = 2}), IsEmpty());
}

TEST(CheckerTest, ASetLineEndsAsTheLastAcknowledgedCommandLeftIt) {
  const Story story = Story().acknowledged(Op::set, "A", 7).acknowledged(Op::add, "A", 1);
  EXPECT_THAT(story.violations({{"A", 8}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 7}}), ElementsAre(HasSubstr("make 8")));
  const Story overwritten = Story().acknowledged(Op::set, "A", 7).acknowledged(Op::set, "A", 2);
  EXPECT_THAT(overwritten.violations({{"A", 7}}), ElementsAre(HasSubstr("make 2")));
}

TEST(CheckerTest, ASetLineMayEndAsAnUnknownCommandAfterTheLastAcknowledgedOneLeftIt) {
  const Story story = Story().acknowledged(Op::set, "A", 7).unknown(Op::set, "A", 2);
  EXPECT_THAT(story.violations({{"A", 7}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 2}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 3}}), ElementsAre(HasSubstr("make 2 or 7")));
  EXPECT_THAT(Story().acknowledged(Op::set, "A", 7).refused(Op::set, "A", 2).violations({{"A", 2}}), ElementsAre(HasSubstr("make 7")));
}

TEST(CheckerTest, AnUnknownCommandMayHaveComeBeforeAnAcknowledgedOne) {
  const Story story = Story().acknowledged(Op::set, "A", 7).unknown(Op::add, "A", 2).acknowledged(Op::add, "A", 1);
  EXPECT_THAT(story.violations({{"A", 8}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 10}}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 12}}), ElementsAre(HasSubstr("make 8 or 10")));
}

TEST(CheckerTest, AnAnswerHasToShowWhatItsOwnCommandMadeOfASetLine) {
  const Story story = Story().told(Op::set, "A", 7, {.durability = "primary"});
  EXPECT_THAT(story.violations({{"A", 7}}), ElementsAre(AllOf(HasSubstr("said 0"), HasSubstr("make 7"))));
}

TEST(CheckerTest, ClearAndDeleteEmptyEveryLineOfTheirCart) {
  for (const Op op : {Op::clear, Op::erase}) {
    const Story story = Story().acknowledged(Op::add, "A", 1).acknowledged(op, "", 0).acknowledged(Op::add, "B", 2);
    EXPECT_THAT(story.violations({{"B", 2}}), IsEmpty());
    EXPECT_THAT(story.violations({{"A", 1}, {"B", 2}}), ElementsAre(HasSubstr("line A")));
    EXPECT_THAT(story.violations({}), ElementsAre(HasSubstr("line B")));
  }
}

TEST(CheckerTest, ARemovedLineIsGoneAndARemoveStopsAtNothing) {
  EXPECT_THAT(Story().acknowledged(Op::set, "A", 2).acknowledged(Op::remove_line, "A", 0).violations({{"A", 2}}),
              ElementsAre(HasSubstr("make 0")));
  EXPECT_THAT(Story().acknowledged(Op::set, "A", 2).acknowledged(Op::remove, "A", 5).acknowledged(Op::add, "A", 1).violations({{"A", 1}}),
              IsEmpty());
}

TEST(CheckerTest, ARemoveOfMoreThanThereIsIsJudgedByOrder) {
  const Story story = Story().acknowledged(Op::remove, "A", 5).acknowledged(Op::add, "A", 1).acknowledged(Op::remove, "A", 3);
  EXPECT_THAT(story.violations({}), IsEmpty());
  EXPECT_THAT(story.violations({{"A", 1}}), ElementsAre(HasSubstr("make 0")));
}

TEST(CheckerTest, AStaleReadOfASetLineIsFound) {
  const Story story = Story().acknowledged(Op::set, "A", 7).acknowledged(Op::set, "A", 2).seen({{"A", 7}});
  EXPECT_THAT(story.violations({{"A", 2}}), ElementsAre(AllOf(HasSubstr("said 7"), HasSubstr("make 2"))));
}

TEST(CheckerTest, ALineSetAgainstAPartlyKnownCartIsCountedAsNotJudged) {
  const Story story = Story().told(Op::set, "A", 7, {.quantities = {{"A", 7}}, .durability = "journal", .degraded = true, .partial = true});
  const Judgement judgement = story.ends_with({{"A", 9}});
  EXPECT_THAT(judgement.violations, IsEmpty());
  EXPECT_EQ(judgement.summary.unjudged, 1u);
}

TEST(CheckerTest, ALineSetByTwoWritersIsNotTakenForJudged) {
  const Story story = Story().acknowledged(Op::set, "A", 7, 1).acknowledged(Op::set, "A", 7, 2);
  EXPECT_THAT(story.violations({{"A", 7}}), ElementsAre(HasSubstr("cannot be judged")));
}

TEST(CheckerTest, AnAnswerThatNoAllowedRequestDeservesIsFound) {
  const Story story = Story().say({.client = 1, .op = Op::add, .sku = "A", .n = 1, .outcome = Outcome::refused, .status = 500});
  EXPECT_THAT(story.violations({}), ElementsAre(HasSubstr("answered 500 to add")));
}

TEST(CheckerTest, TheSummaryCountsWhatHappened) {
  const Story story = Story()
                          .told(Op::add, "A", 1, {.quantities = {{"A", 1}}, .durability = "journal", .degraded = true})
                          .unknown(Op::add, "B", 1)
                          .refused(Op::add, "B", 1)
                          .keyed(Op::add, "A", 3, "k", Outcome::unknown)
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged);
  const Summary summary = story.ends_with({{"A", 4}}).summary;
  EXPECT_EQ(summary.requests, 5u);
  EXPECT_EQ(summary.acknowledged, 2u);
  EXPECT_EQ(summary.from_journal, 1u);
  EXPECT_EQ(summary.degraded, 1u);
  EXPECT_EQ(summary.unknown, 2u);
  EXPECT_EQ(summary.refused, 1u);
  EXPECT_EQ(summary.repeated, 1u);
  EXPECT_EQ(summary.carts, 1u);
  EXPECT_EQ(summary.views, 2u);  // One answer, two lines.
  EXPECT_EQ(summary.exact_lines, 1u);
}

}  // namespace
}  // namespace cartd::test
