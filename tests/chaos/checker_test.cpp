// The checker, held against histories made by hand: each rule catches what breaks it, and lets pass what does not.
#include "chaos/checker/checker.h"
#include "chaos/checker/promises.h"

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
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// A history of one cart. Each request begins where the one before ended, and takes a millisecond.
class Trace {
 public:
  Trace& record(Exchange exchange) {
    exchange.cart = "c";
    exchange.start = now_;
    exchange.end = now_ += 1ms;
    if (exchange.status == 0 && exchange.outcome == Outcome::acknowledged) exchange.status = 200;
    history_.push_back(std::move(exchange));
    return *this;
  }
  Trace& acknowledged(Op op, std::string sku, std::int64_t n, int client = 1, int server = 0) {
    return record({.client = client,
                   .server = server,
                   .op = op,
                   .sku = std::move(sku),
                   .n = n,
                   .outcome = Outcome::acknowledged});
  }
  Trace& unknown(Op op, std::string sku, std::int64_t n) {
    return record({.client = 1, .op = op, .sku = std::move(sku), .n = n, .outcome = Outcome::unknown, .status = 504});
  }
  Trace& refused(Op op, std::string sku, std::int64_t n) {
    return record({.client = 1, .op = op, .sku = std::move(sku), .n = n, .outcome = Outcome::refused, .status = 503});
  }
  Trace& keyed(Op op, std::string sku, std::int64_t n, std::string key, Outcome outcome, int server = 0) {
    return record({.client = 1,
                   .server = server,
                   .op = op,
                   .sku = std::move(sku),
                   .n = n,
                   .key = std::move(key),
                   .outcome = outcome});
  }
  /// A read by a client of its own.
  Trace& read(Quantities quantities, int server = 0, std::uint64_t version = 0) {
    return read_as({.version = version, .quantities = std::move(quantities), .durability = "primary"}, server);
  }
  Trace& read_as(CartView view, int server) {
    return record(
        {.client = 2, .server = server, .op = Op::read, .outcome = Outcome::acknowledged, .seen = std::move(view)});
  }
  /// A change with the cart that its answer showed.
  Trace& answered(Op op, std::string sku, std::int64_t n, CartView view, int server = 0) {
    return record({.client = 1,
                   .server = server,
                   .op = op,
                   .sku = std::move(sku),
                   .n = n,
                   .outcome = Outcome::acknowledged,
                   .seen = std::move(view)});
  }

  /// The result when everybody shows these quantities in the end.
  CheckResult ends_with(Quantities quantities, std::uint64_t version = 0,
                        CheckOptions options = {.versions_count = false}) const {
    const CartView view{.version = version, .quantities = std::move(quantities)};
    return check(history_, {{"cartd 0", {{"c", view}}}}, options);
  }
  std::vector<std::string> violations(Quantities quantities, std::uint64_t version = 0,
                                      CheckOptions options = {.versions_count = false}) const {
    return ends_with(std::move(quantities), version, options).violations;
  }
  const std::vector<Exchange>& history() const { return history_; }

 private:
  std::vector<Exchange> history_;
  Moment now_ = 1s;
};

const auto lost = HasSubstr("something was lost");
const auto doubled = HasSubstr("something was done twice");
const CheckOptions rolling_back{.store_may_roll_back = true, .versions_count = false};

TEST(CheckerTest, ALostAddIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 2).acknowledged(Op::add, "A", 3);
  EXPECT_THAT(trace.violations({{"A", 5}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 3}}), ElementsAre(AllOf(lost, HasSubstr("line A"), HasSubstr("at least 5"))));
  EXPECT_THAT(trace.violations({}), ElementsAre(lost));
}

TEST(CheckerTest, ADoubledAddIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 2);
  EXPECT_THAT(trace.violations({{"A", 4}}), ElementsAre(AllOf(doubled, HasSubstr("at most 2"))));
}

TEST(CheckerTest, ALostOrDoubledRemoveIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 5).acknowledged(Op::remove, "A", 2);
  EXPECT_THAT(trace.violations({{"A", 3}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 5}}), ElementsAre(doubled));
  EXPECT_THAT(trace.violations({{"A", 1}}), ElementsAre(lost));
}

TEST(CheckerTest, ARefusedCommandThatTookEffectIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 1).refused(Op::add, "A", 4);
  EXPECT_THAT(trace.violations({{"A", 1}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 5}}), ElementsAre(HasSubstr("though it was refused")));
}

TEST(CheckerTest, AnUnknownAddMayBeThereOnceAndNotTwice) {
  const Trace trace = Trace().unknown(Op::add, "A", 3);
  EXPECT_THAT(trace.violations({}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 3}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 6}}), ElementsAre(doubled));
}

TEST(CheckerTest, AnUnknownRemoveMayBeThereOnceAndNotTwice) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 9).unknown(Op::remove, "A", 3);
  EXPECT_THAT(trace.violations({{"A", 9}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 6}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 3}}), ElementsAre(lost));
}

TEST(CheckerTest, ACommandRepeatedUnderItsKeyCountsOnce) {
  const Trace trace = Trace()
                          .keyed(Op::add, "A", 3, "k", Outcome::unknown)
                          .keyed(Op::add, "A", 3, "k", Outcome::refused, 1)
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged, 1)
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged);
  EXPECT_THAT(trace.violations({{"A", 3}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 6}}), ElementsAre(doubled));
  EXPECT_THAT(trace.violations({}), ElementsAre(lost));
}

TEST(CheckerTest, ACommandHasToShowFromItsFirstAcknowledgementOn) {
  const Trace trace = Trace()
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged)
                          .read({})
                          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged);
  EXPECT_THAT(trace.violations({{"A", 3}}), ElementsAre(AllOf(lost, HasSubstr("said 0"))));
}

TEST(CheckerTest, AnUnexpectedLineIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 1);
  EXPECT_THAT(trace.violations({{"A", 1}, {"B", 1}}), ElementsAre(HasSubstr("nobody put it there")));
}

TEST(CheckerTest, OtherClientsLinesDoNotHideALoss) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 1, 1).acknowledged(Op::add, "B", 1, 2);
  EXPECT_THAT(trace.violations({{"A", 0}, {"B", 2}}), testing::UnorderedElementsAre(lost, doubled));
}

TEST(CheckerTest, AReadBehindWhatTheSameCartdAcknowledgedIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 2).read({}).read({});
  EXPECT_THAT(trace.violations({{"A", 2}}), ElementsAre(AllOf(lost, HasSubstr("cartd 0 said 0"), HasSubstr("1 more"))));
  EXPECT_THAT(Trace().acknowledged(Op::add, "A", 2).read({{"A", 2}}).violations({{"A", 2}}), IsEmpty());
}

TEST(CheckerTest, AStaleDegradedReadIsFoundAndAPartialOneAllowed) {
  const Trace degraded = Trace().acknowledged(Op::add, "A", 2).read_as({.degraded = true}, 0);
  EXPECT_THAT(degraded.violations({{"A", 2}}), ElementsAre(lost));
  const Trace partial = Trace().acknowledged(Op::add, "A", 2).read_as({.degraded = true, .partial = true}, 0);
  EXPECT_THAT(partial.violations({{"A", 2}}), IsEmpty());
}

TEST(CheckerTest, AnAnswerThatShowsMoreThanWasEverAskedForIsFound) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 2).read({{"A", 4}});
  EXPECT_THAT(trace.violations({{"A", 2}}), ElementsAre(doubled));
}

TEST(CheckerTest, AnAnswerHasToShowItsOwnChange) {
  const Trace trace = Trace().answered(Op::add, "A", 2, {.durability = "primary"});
  EXPECT_THAT(trace.violations({{"A", 2}}), ElementsAre(AllOf(lost, HasSubstr("said 0"))));
}

TEST(CheckerTest, AReadThatOverlapsAnAddMayShowItOrNot) {
  std::vector<Exchange> history = Trace().acknowledged(Op::add, "A", 2).history();
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
  EXPECT_THAT(check(history, {{"cartd 0", {{"c", {.quantities = {{"A", 2}}}}}}}, {.versions_count = false}).violations,
              IsEmpty());
}

TEST(CheckerTest, AnotherCartdShowsWhatTheStoreHasUnlessItMayRollBack) {
  const CartView after{.quantities = {{"A", 2}}, .durability = "primary"};
  const Trace trace = Trace().answered(Op::add, "A", 2, after).read({}, 1);
  EXPECT_THAT(trace.violations({{"A", 2}}), ElementsAre(lost));
  EXPECT_THAT(trace.violations({{"A", 2}}, 0, rolling_back), IsEmpty());
}

TEST(CheckerTest, AnotherCartdNeedNotShowJournaledChanges) {
  const CartView journaled{.quantities = {{"A", 2}}, .durability = "journal", .degraded = true};
  EXPECT_THAT(Trace().answered(Op::add, "A", 2, journaled).read({}, 1).violations({{"A", 2}}), IsEmpty());
  const CartView stored{.quantities = {{"A", 2}}, .durability = "primary"};
  EXPECT_THAT(Trace().answered(Op::add, "A", 2, stored).read_as({.degraded = true}, 1).violations({{"A", 2}}),
              IsEmpty());
  EXPECT_THAT(Trace().answered(Op::add, "A", 2, journaled).violations({}), ElementsAre(lost));
}

TEST(CheckerTest, WhatWasAcknowledgedFromMemoryMayBeLostOnlyWithItsCartd) {
  const CartView kept{.quantities = {{"A", 2}}, .durability = "memory", .degraded = true};
  const CartView stored{.quantities = {{"A", 2}}, .durability = "primary"};
  const auto lost_after = [](const Trace& trace, std::vector<Kill> kills) {
    std::vector<Exchange> history = trace.history();
    for (Exchange& exchange : history) exchange.degraded = exchange.seen && exchange.seen->degraded;
    mark_unpromised(history, kills);
    return check(history, {{"cartd 0", {{"c", CartView{}}}}}, {.versions_count = false}).violations;
  };
  const Trace trace = Trace().answered(Op::add, "A", 2, kept);
  EXPECT_THAT(lost_after(trace, {}), ElementsAre(lost));
  EXPECT_THAT(lost_after(trace, {{0, 2s}}), IsEmpty());
  EXPECT_THAT(lost_after(trace, {{1, 2s}}), ElementsAre(lost)) << "another one was killed";
  EXPECT_THAT(lost_after(trace, {{0, 500ms}}), ElementsAre(lost)) << "it was killed before";
  const Trace delivered = Trace().answered(Op::add, "A", 2, kept).read_as(stored, 0);
  EXPECT_THAT(lost_after(delivered, {{0, 2s}}), testing::Not(IsEmpty())) << "the store had it";
  EXPECT_THAT(lost_after(Trace().answered(Op::add, "A", 2, stored), {{0, 2s}}), ElementsAre(lost));
}

TEST(CheckerTest, AFallenVersionIsFoundUnlessMarkedDegraded) {
  const Trace trace = Trace().read({}, 0, 7).read({}, 0, 6);
  EXPECT_THAT(trace.violations({}, 7), ElementsAre(HasSubstr("fell from 7 to 6")));
  EXPECT_THAT(Trace().read({}, 0, 7).read_as({.version = 6, .degraded = true}, 0).violations({}, 7), IsEmpty());
  EXPECT_THAT(Trace().read({}, 0, 7).read({}, 1, 6).violations({}, 7), IsEmpty());
}

TEST(CheckerTest, AVersionMayFallInARollbackOnlyWhereOtherCartdsWrite) {
  const auto with_writers = [](int second) {
    return Trace()
        .acknowledged(Op::add, "A", 1, 1, 0)
        .acknowledged(Op::add, "A", 1, 3, second)
        .read({{"A", 2}}, 0, 7)
        .read({{"A", 2}}, 0, 6);
  };
  EXPECT_THAT(with_writers(1).violations({{"A", 2}}, 7, rolling_back), IsEmpty());
  EXPECT_THAT(with_writers(0).violations({{"A", 2}}, 7, rolling_back), ElementsAre(HasSubstr("fell")));
}

TEST(CheckerTest, ACartdThatOnlyReadsMaySeeAVersionFallInARollback) {
  const Trace trace = Trace().acknowledged(Op::add, "A", 1, 1, 0).read({{"A", 1}}, 1, 7).read({{"A", 1}}, 1, 6);
  EXPECT_THAT(trace.violations({{"A", 1}}, 7, rolling_back), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 1}}, 7), ElementsAre(HasSubstr("fell")));
}

TEST(CheckerTest, AFinalVersionBelowAnAcknowledgedOneIsFound) {
  const Trace trace = Trace().answered(Op::add, "A", 1, {.version = 4, .quantities = {{"A", 1}}});
  EXPECT_THAT(trace.violations({{"A", 1}}, 4), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 1}}, 3), ElementsAre(HasSubstr("4 was acknowledged")));
}

TEST(CheckerTest, SourcesThatDoNotAgreeInTheEndAreFound) {
  const std::vector<Exchange> history = Trace().unknown(Op::add, "A", 1).history();
  const auto violations_of = [&](CartView one, CartView other) {
    return check(history, {{"cartd 0", {{"c", std::move(one)}}}, {"Redis", {{"c", std::move(other)}}}},
                 {.versions_count = false})
        .violations;
  };
  EXPECT_THAT(violations_of({.quantities = {{"A", 1}}}, {}),
              ElementsAre(AllOf(HasSubstr("cartd 0 and Redis"), HasSubstr("agree"))));
  EXPECT_THAT(violations_of({.version = 1}, {.version = 2}), ElementsAre(HasSubstr("agree")));
  EXPECT_THAT(violations_of({.version = 2}, {.version = 2}), IsEmpty());
}

TEST(CheckerTest, ASetLineEndsAsTheLastAcknowledgedCommandLeftIt) {
  const Trace trace = Trace().acknowledged(Op::set, "A", 7).acknowledged(Op::add, "A", 1);
  EXPECT_THAT(trace.violations({{"A", 8}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 7}}), ElementsAre(HasSubstr("make 8")));
  const Trace overwritten = Trace().acknowledged(Op::set, "A", 7).acknowledged(Op::set, "A", 2);
  EXPECT_THAT(overwritten.violations({{"A", 7}}), ElementsAre(HasSubstr("make 2")));
}

TEST(CheckerTest, ASetLineMayEndAsALaterUnknownCommandLeftIt) {
  const Trace trace = Trace().acknowledged(Op::set, "A", 7).unknown(Op::set, "A", 2);
  EXPECT_THAT(trace.violations({{"A", 7}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 2}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 3}}), ElementsAre(HasSubstr("make 2 or 7")));
  EXPECT_THAT(Trace().acknowledged(Op::set, "A", 7).refused(Op::set, "A", 2).violations({{"A", 2}}),
              ElementsAre(HasSubstr("make 7")));
}

TEST(CheckerTest, AnUnknownCommandMayHaveComeBeforeAnAcknowledgedOne) {
  const Trace trace = Trace().acknowledged(Op::set, "A", 7).unknown(Op::add, "A", 2).acknowledged(Op::add, "A", 1);
  EXPECT_THAT(trace.violations({{"A", 8}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 10}}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 12}}), ElementsAre(HasSubstr("make 8 or 10")));
}

TEST(CheckerTest, AnAnswerHasToShowWhatItsOwnCommandMadeOfASetLine) {
  const Trace trace = Trace().answered(Op::set, "A", 7, {.durability = "primary"});
  EXPECT_THAT(trace.violations({{"A", 7}}), ElementsAre(AllOf(HasSubstr("said 0"), HasSubstr("make 7"))));
}

TEST(CheckerTest, ClearAndDeleteEmptyEveryLineOfTheirCart) {
  for (const Op op : {Op::clear, Op::erase}) {
    const Trace trace = Trace().acknowledged(Op::add, "A", 1).acknowledged(op, "", 0).acknowledged(Op::add, "B", 2);
    EXPECT_THAT(trace.violations({{"B", 2}}), IsEmpty());
    EXPECT_THAT(trace.violations({{"A", 1}, {"B", 2}}), ElementsAre(HasSubstr("line A")));
    EXPECT_THAT(trace.violations({}), ElementsAre(HasSubstr("line B")));
  }
}

TEST(CheckerTest, ARemovedLineIsGoneAndARemoveStopsAtNothing) {
  EXPECT_THAT(Trace().acknowledged(Op::set, "A", 2).acknowledged(Op::remove_line, "A", 0).violations({{"A", 2}}),
              ElementsAre(HasSubstr("make 0")));
  EXPECT_THAT(Trace()
                  .acknowledged(Op::set, "A", 2)
                  .acknowledged(Op::remove, "A", 5)
                  .acknowledged(Op::add, "A", 1)
                  .violations({{"A", 1}}),
              IsEmpty());
}

TEST(CheckerTest, ALineThatIsThereCannotBeMissing) {
  const Exchange missing{.client = 1, .op = Op::describe, .sku = "A", .outcome = Outcome::refused, .status = 404};
  EXPECT_THAT(Trace().record(missing).acknowledged(Op::set, "A", 2).violations({{"A", 2}}), IsEmpty());
  EXPECT_THAT(Trace().unknown(Op::set, "A", 2).record(missing).violations({}), IsEmpty());
  EXPECT_THAT(Trace().acknowledged(Op::set, "A", 2).record(missing).violations({{"A", 2}}),
              ElementsAre(HasSubstr("that it is not there, where the commands make 2")));
  Exchange add = missing;
  add.op = Op::add;
  EXPECT_THAT(Trace().record(add).violations({}), ElementsAre(HasSubstr("answered 404 to add")));
}

TEST(CheckerTest, ARemoveOfMoreThanThereIsIsCheckedInOrder) {
  const Trace trace =
      Trace().acknowledged(Op::remove, "A", 5).acknowledged(Op::add, "A", 1).acknowledged(Op::remove, "A", 3);
  EXPECT_THAT(trace.violations({}), IsEmpty());
  EXPECT_THAT(trace.violations({{"A", 1}}), ElementsAre(HasSubstr("make 0")));
}

TEST(CheckerTest, AStaleReadOfASetLineIsFound) {
  const Trace trace = Trace().acknowledged(Op::set, "A", 7).acknowledged(Op::set, "A", 2).read({{"A", 7}});
  EXPECT_THAT(trace.violations({{"A", 2}}), ElementsAre(AllOf(HasSubstr("said 7"), HasSubstr("make 2"))));
}

TEST(CheckerTest, ALineSetOnAPartlyKnownCartCountsAsUndetermined) {
  const Trace trace = Trace().answered(
      Op::set, "A", 7, {.quantities = {{"A", 7}}, .durability = "journal", .degraded = true, .partial = true});
  const CheckResult result = trace.ends_with({{"A", 9}});
  EXPECT_THAT(result.violations, IsEmpty());
  EXPECT_EQ(result.summary.undetermined, 1u);
}

TEST(CheckerTest, ALineSetByTwoWritersCannotBeChecked) {
  const Trace trace = Trace().acknowledged(Op::set, "A", 7, 1).acknowledged(Op::set, "A", 7, 2);
  EXPECT_THAT(trace.violations({{"A", 7}}), ElementsAre(HasSubstr("cannot be checked")));
}

TEST(CheckerTest, AVersionFallsByALostCommandOfUnknownOutcome) {
  const CartView seen{.version = 2, .quantities = {{"A", 1}, {"B", 1}}, .durability = "primary"};
  const Trace trace = Trace().unknown(Op::add, "A", 1).answered(Op::add, "B", 1, seen);
  EXPECT_THAT(trace.violations({{"B", 1}}, 1, {.store_may_roll_back = true}), IsEmpty());
  EXPECT_THAT(trace.violations({{"B", 1}}, 1, {}), Contains(HasSubstr("has version 1 in the end")));
}

TEST(CheckerTest, AWriteTriedThroughTwoCartdsHasNoSurePlace) {
  const auto violations = [](int first_tried_at) {
    const auto annotate = [](const char* metadata, const char* key, Outcome outcome, int server) {
      return Exchange{
          .client = 1, .server = server, .op = Op::annotate, .metadata = metadata, .key = key, .outcome = outcome};
    };
    const Trace trace = Trace()
                            .record(annotate(R"({"n":1})", "k1", Outcome::acknowledged, 0))
                            .refused(Op::add, "A", 1)
                            .record(annotate(R"({"n":2})", "k2", Outcome::unknown, first_tried_at))
                            .record(annotate(R"({"n":2})", "k2", Outcome::acknowledged, 0));
    const CartView final{.metadata = R"({"n":1})"};
    return check(trace.history(), {{"cartd 0", {{"c", final}}}}, rolling_back).violations;
  };
  EXPECT_THAT(violations(1), IsEmpty());
  EXPECT_THAT(violations(0), ElementsAre(HasSubstr("metadata")));
}

TEST(CheckerTest, ADegradedAnswerDoesNotShowWhatIsBeingRefused) {
  const Exchange refused{.client = 1,
                         .op = Op::add,
                         .cart = "c",
                         .sku = "A",
                         .n = 4,
                         .start = 1000ms,
                         .end = 1010ms,
                         .outcome = Outcome::refused,
                         .status = 503};
  const CartView seen{.quantities = {{"A", 4}}, .durability = "journal", .degraded = true};
  const Exchange read{.client = 2,
                      .op = Op::read,
                      .cart = "c",
                      .start = 1005ms,
                      .end = 1006ms,
                      .outcome = Outcome::acknowledged,
                      .status = 200,
                      .seen = seen};
  EXPECT_THAT(check({refused, read}, {{"cartd 0", {{"c", CartView{}}}}}, rolling_back).violations,
              ElementsAre(HasSubstr("though it was refused")));
}

TEST(CheckerTest, AnUnexpectedStatusIsFound) {
  const Trace trace =
      Trace().record({.client = 1, .op = Op::add, .sku = "A", .n = 1, .outcome = Outcome::refused, .status = 500});
  EXPECT_THAT(trace.violations({}), ElementsAre(HasSubstr("answered 500 to add")));
}

TEST(CheckerTest, TheSummaryCountsWhatHappened) {
  const Trace trace =
      Trace()
          .answered(Op::add, "A", 1, {.quantities = {{"A", 1}}, .durability = "journal", .degraded = true})
          .unknown(Op::add, "B", 1)
          .refused(Op::add, "B", 1)
          .keyed(Op::add, "A", 3, "k", Outcome::unknown)
          .keyed(Op::add, "A", 3, "k", Outcome::acknowledged);
  const Summary summary = trace.ends_with({{"A", 4}}).summary;
  EXPECT_EQ(summary.requests, 5u);
  EXPECT_EQ(summary.acknowledged, 2u);
  EXPECT_EQ(summary.from_journal, 1u);
  EXPECT_EQ(summary.degraded, 1u);
  EXPECT_EQ(summary.unknown, 2u);
  EXPECT_EQ(summary.refused, 1u);
  EXPECT_EQ(summary.repeated, 1u);
  EXPECT_EQ(summary.carts, 1u);
  EXPECT_EQ(summary.views, 6u);  // One answer: two lines, their details, an owner and metadata.
  EXPECT_EQ(summary.exact_lines, 1u);
}

}  // namespace
}  // namespace cartd::test
