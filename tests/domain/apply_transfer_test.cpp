// Merges and moves: what each step does to its cart.
#include "domain/cart_fixture.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::cart_id;
using test::money;
using test::sku;

/// The fixture's cart is the source, or the target of what another cart sends.
class TransferOf : public test::CartFixture {
 protected:
  TransferOf() {
    apply(Add{sku("MUG"), 2, named("Mug")});
    apply(Add{labelled("TEE", "red"), 1});
  }

  std::string fresh_id() { return transfer_id(cart().id, "d" + std::to_string(++ids_)); }

  Result<Outcome> begin(std::optional<std::vector<WantedLine>> lines = {}) {
    return apply(Command(BeginTransfer{fresh_id(), cart_id("target"), MergePolicy::sum, std::move(lines)}));
  }

  std::shared_ptr<const Transfer> incoming(std::vector<Line> lines, MergePolicy policy = MergePolicy::sum,
                                           std::optional<Idempotency> key = {}) {
    Transfer transfer{transfer_id(cart_id("guest"), std::to_string(++ids_)), cart().id, policy, std::move(lines)};
    transfer.key = std::move(key);
    transfer.begun_at = now;
    transfer.forget_at = now + 1h;
    return std::make_shared<const Transfer>(std::move(transfer));
  }
  TransferOutcome take(std::shared_ptr<const Transfer> transfer) {
    return *apply(Command(TakeTransfer{std::move(transfer)})).value().taken;
  }
  TransferOutcome take(std::vector<Line> lines, MergePolicy policy) { return take(incoming(std::move(lines), policy)); }
  Effect finish(std::shared_ptr<const Transfer> transfer, bool was_taken = true) {
    return effect(Command(FinishTransfer{std::move(transfer), was_taken}));
  }
  /// As after a rollback, for a command that was accepted before.
  Effect again(Command command) {
    ApplyContext context{next_command_id(), now, ttl, limits};
    context.enforce_preconditions = false;
    return cartd::apply(record, Change{std::move(command)}, context).value().effect;
  }

  static Line detailed(LineId id, std::int64_t quantity, LineDetails details) {
    return {std::move(id), quantity, std::make_shared<const LineDetails>(std::move(details))};
  }

 private:
  int ids_ = 0;
};

TEST_F(TransferOf, AllLinesLeaveTheCartAsItIs) {
  const Cart before = cart();
  const auto outcome = begin();
  ASSERT_TRUE(outcome);
  EXPECT_EQ(outcome->effect, Effect::changed);
  EXPECT_EQ(outcome->transfer, record.transfer);
  EXPECT_EQ(record.transfer->lines, before.lines);
  EXPECT_EQ(record.transfer->target, cart_id("target"));
  EXPECT_EQ(cart(), before);
}

TEST_F(TransferOf, ChosenLinesTakeNoMorePiecesThanThereAre) {
  ASSERT_TRUE(begin(std::vector<WantedLine>{{labelled("TEE", "red"), 5}, {sku("MUG"), 1}}));
  ASSERT_EQ(record.transfer->lines.size(), 2U);
  EXPECT_EQ(record.transfer->lines[0].id, LineId(sku("MUG")));
  EXPECT_EQ(record.transfer->lines[0].quantity, 1);
  EXPECT_EQ(record.transfer->lines[0].details->name, "Mug");
  EXPECT_EQ(record.transfer->lines[1].quantity, 1);
}

TEST_F(TransferOf, ALineThatIsNotThereIsRefused) {
  const auto refused = begin(std::vector<WantedLine>{{sku("MUG")}, {sku("TEE")}});
  EXPECT_EQ(refused.error().code, Errc::not_found);
  EXPECT_EQ(refused.error().pointer, "/lines/1");
  EXPECT_EQ(record.transfer, nullptr);
}

TEST_F(TransferOf, AnEmptyCartCannotBegin) {
  apply(Clear{});
  EXPECT_EQ(begin().error().code, Errc::not_found);
}

TEST_F(TransferOf, ACartToItselfIsRefused) {
  EXPECT_EQ(apply(Command(BeginTransfer{fresh_id(), cart().id})).error().code, Errc::invalid);
}

TEST_F(TransferOf, OneIsUnderWayAtATime) {
  const auto first = begin()->transfer;
  const auto second = begin();
  ASSERT_TRUE(second);
  EXPECT_EQ(second->effect, Effect::unchanged);
  EXPECT_EQ(second->transfer, first);
}

TEST_F(TransferOf, EveryCommandTellsOfTheOneThatIsUnderWay) {
  begin();
  EXPECT_EQ(apply(Add{sku("A"), 1})->transfer, record.transfer);
  EXPECT_EQ(apply(Command(Touch{}))->transfer, record.transfer);
  EXPECT_EQ(apply(Command(Delete{}))->transfer, record.transfer);
}

TEST_F(TransferOf, ItsLastStepTakesThePiecesAndWhatWasAddedMeanwhileStays) {
  begin();
  apply(Add{sku("MUG"), 3});
  apply(Add{sku("PEN"), 1});
  EXPECT_EQ(finish(record.transfer), Effect::changed);
  EXPECT_EQ(record.transfer, nullptr);
  EXPECT_EQ(quantity("MUG"), 3);
  EXPECT_EQ(order(), (std::vector<std::string>{"MUG", "PEN"}));
}

TEST_F(TransferOf, WhatTheSourceLostMeanwhileIsNotOwed) {
  begin();
  apply(Remove{sku("MUG"), 1});
  finish(record.transfer);
  EXPECT_TRUE(cart().lines.empty());
}

TEST_F(TransferOf, ItsLastStepIsDoneOnce) {
  begin();
  const auto transfer = record.transfer;
  finish(transfer);
  apply(Add{sku("MUG"), 2});
  EXPECT_EQ(finish(transfer), Effect::unchanged);
  EXPECT_EQ(again(Command(FinishTransfer{transfer})), Effect::unchanged);
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(TransferOf, AfterARollbackItsLastStepMayComeFirst) {
  const CartRecord before = record;
  const BeginTransfer first{fresh_id(), cart_id("target")};
  apply(Command(first));
  const auto transfer = record.transfer;
  finish(transfer);
  record = before;
  EXPECT_EQ(again(Command(FinishTransfer{transfer})), Effect::changed);
  EXPECT_TRUE(cart().lines.empty());
  apply(Add{sku("MUG"), 1});
  EXPECT_EQ(again(Command(first)), Effect::unchanged);
  EXPECT_EQ(record.transfer, nullptr);
  EXPECT_EQ(quantity("MUG"), 1);
}

TEST_F(TransferOf, AfterARollbackItsLastStepFindsTheOneBeforeItUnderWay) {
  begin();
  const auto earlier = record.transfer;
  apply(Add{sku("PEN"), 1});
  Transfer later = *earlier;
  later.id = fresh_id();
  later.lines = {{sku("PEN"), 1}};
  EXPECT_EQ(again(Command(FinishTransfer{std::make_shared<const Transfer>(later)})), Effect::changed);
  EXPECT_EQ(record.transfer, earlier);
  EXPECT_EQ(quantity("PEN"), 0);
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(TransferOf, AfterARollbackTheNextOneFindsTheOneBeforeItUnderWay) {
  begin();
  const auto earlier = record.transfer;
  apply(Add{sku("MUG"), 1});
  apply(Add{sku("PEN"), 1});
  const BeginTransfer next{fresh_id(), cart_id("target")};
  EXPECT_EQ(again(Command(next)), Effect::changed);
  const auto later = record.transfer;
  EXPECT_EQ(later->id, next.id);
  ASSERT_EQ(later->lines.size(), 2U) << "without what is on its way already";
  EXPECT_EQ(later->lines[0].quantity, 1);
  EXPECT_EQ(later->lines[1].id, LineId(sku("PEN")));
  EXPECT_EQ(again(Command(next)), Effect::unchanged);
  EXPECT_EQ(finish(earlier), Effect::changed);
  EXPECT_EQ(record.transfer->id, later->id);
  EXPECT_EQ(record.transfer->earlier, nullptr);
  EXPECT_EQ(finish(later), Effect::changed);
  EXPECT_EQ(record.transfer, nullptr);
  EXPECT_TRUE(cart().lines.empty());
}

TEST_F(TransferOf, AfterARollbackNoMoreAreUnderWayThanThereMayBe) {
  for (std::size_t i = 0; i <= max_transfers_under_way; ++i) {
    apply(Add{sku("MUG"), 1});
    again(Command(BeginTransfer{fresh_id(), cart_id("target")}));
  }
  EXPECT_EQ(count_transfers(record.transfer.get()), max_transfers_under_way);
}

TEST_F(TransferOf, ALastStepThatTheSourceKnowsNothingOfDoesNothing) {
  EXPECT_EQ(finish(incoming({{sku("MUG"), 1}})), Effect::unchanged);
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(TransferOf, TheSourceRemembersThatItIsDoneForTheReplayHorizon) {
  begin();
  const auto transfer = record.transfer;
  finish(transfer);
  ASSERT_EQ(record.taken.size(), 1U);
  EXPECT_EQ(record.taken.front(), (TakenTransfer{transfer->id, now + limits.replay_horizon}));
}

TEST_F(TransferOf, WhatTheTargetDidNotTakeStays) {
  const Cart before = cart();
  begin();
  finish(record.transfer, false);
  EXPECT_EQ(record.transfer, nullptr);
  EXPECT_EQ(cart().lines, before.lines);
}

TEST_F(TransferOf, ADeletedSourceDoesNotComeBack) {
  begin();
  apply(Command(Delete{}));
  finish(record.transfer);
  EXPECT_FALSE(exists(cart()));
  EXPECT_EQ(record.transfer, nullptr);
}

TEST_F(TransferOf, AnExpiredSourceStillKnowsIt) {
  begin();
  now += ttl + 1ms;
  const auto touched = apply(Command(Touch{}));
  EXPECT_EQ(touched->transfer, record.transfer);
  EXPECT_EQ(finish(record.transfer), Effect::changed);
  EXPECT_FALSE(exists(cart()));
}

TEST_F(TransferOf, TheRecordLivesAsLongAsTheTransfer) {
  begin();
  EXPECT_GE(record.forget_at, record.transfer->forget_at);
  apply(Command(Delete{}));
  EXPECT_GE(record.forget_at, record.transfer->forget_at);
}

TEST_F(TransferOf, OneThatNobodyFinishedMakesRoom) {
  const auto first = begin()->transfer;
  now = first->forget_at;
  apply(Add{sku("MUG"), 1});
  const auto second = begin();
  ASSERT_TRUE(second);
  EXPECT_NE(second->transfer->id, first->id);
}

TEST_F(TransferOf, OneThatNobodyGoesOnWithIsInterruptedUntilItIsForgotten) {
  const auto transfer = begin()->transfer;
  EXPECT_FALSE(is_interrupted(*transfer, now));
  EXPECT_FALSE(is_interrupted(*transfer, now + 1999ms));
  EXPECT_TRUE(is_interrupted(*transfer, now + 2s));
  EXPECT_TRUE(is_interrupted(*transfer, transfer->forget_at - 1ms));
  EXPECT_FALSE(is_interrupted(*transfer, transfer->forget_at)) << "the target may have forgotten that it took it";
}

TEST_F(TransferOf, TheTargetAddsThePieces) {
  const auto outcome = take({{sku("MUG"), 3}, {sku("PEN"), 1}}, MergePolicy::sum);
  EXPECT_TRUE(outcome.has_it);
  EXPECT_TRUE(outcome.capped.empty());
  EXPECT_EQ(quantity("MUG"), 5);
  EXPECT_EQ(quantity("PEN"), 1);
}

TEST_F(TransferOf, EachPolicyHasItsQuantity) {
  const auto after = [&](MergePolicy policy, std::int64_t incoming) {
    apply(Set{sku("MUG"), 4});
    take({{sku("MUG"), incoming}, {sku("PEN"), 1}}, policy);
    return quantity("MUG");
  };
  EXPECT_EQ(after(MergePolicy::sum, 3), 7);
  EXPECT_EQ(quantity("PEN"), 1) << "nothing of it stood in the way";
  EXPECT_EQ(after(MergePolicy::max, 3), 4);
  EXPECT_EQ(after(MergePolicy::max, 5), 5);
  EXPECT_EQ(after(MergePolicy::keep_target, 9), 4);
  EXPECT_EQ(after(MergePolicy::keep_source, 3), 3);
  EXPECT_EQ(quantity("PEN"), 1);
  EXPECT_EQ(quantity("TEE\x1Fred"), 1);
  EXPECT_EQ(after(MergePolicy::replace, 3), 3);
  EXPECT_EQ(order(), (std::vector<std::string>{"MUG", "PEN"}));
}

TEST_F(TransferOf, LinesAreMatchedByTheirLabel) {
  take({{sku("TEE"), 1}, {labelled("TEE", "red"), 1}}, MergePolicy::sum);
  EXPECT_EQ(quantity("TEE"), 1);
  EXPECT_EQ(quantity("TEE\x1Fred"), 2);
}

TEST_F(TransferOf, IsTakenOnce) {
  const auto transfer = incoming({{sku("MUG"), 3}});
  take(transfer);
  const auto version = cart().version;
  EXPECT_TRUE(take(transfer).has_it);
  EXPECT_EQ(quantity("MUG"), 5);
  EXPECT_EQ(cart().version, version);
}

TEST_F(TransferOf, IsTakenOnceEvenByATargetThatIsGoneSince) {
  const auto transfer = incoming({{sku("MUG"), 3}});
  take(transfer);
  apply(Command(Delete{}));
  EXPECT_TRUE(take(transfer).has_it);
  EXPECT_FALSE(exists(cart()));
}

TEST_F(TransferOf, AKeyOfAnotherOneIsNotTaken) {
  const Idempotency key{"key-1-----------", "fingerprin1"};
  take(incoming({{sku("MUG"), 3}}, MergePolicy::sum, key));
  const TransferOutcome second = take(incoming({{sku("MUG"), 3}}, MergePolicy::sum, key));
  EXPECT_FALSE(second.has_it);
  EXPECT_EQ(quantity("MUG"), 5);
}

TEST_F(TransferOf, MakesTheTarget) {
  record = CartRecord{Cart{cart_id("c1")}};
  take({{sku("MUG"), 3}}, MergePolicy::sum);
  EXPECT_TRUE(exists(cart()));
  EXPECT_EQ(cart().version, 1U);
  EXPECT_EQ(cart().expires_at, now + ttl);
}

TEST_F(TransferOf, NoLimitFailsIt) {
  limits.max_lines = 3;
  limits.max_quantity = 4;
  const auto outcome = take({{sku("MUG"), 3}, {sku("PEN"), 9}, {sku("POT"), 1}}, MergePolicy::sum);
  EXPECT_EQ(quantity("MUG"), 4);
  EXPECT_EQ(quantity("PEN"), 4);
  EXPECT_EQ(quantity("POT"), 0);
  EXPECT_EQ(outcome.capped, (std::vector<LineDifference>{{sku("MUG"), 5, 4}, {sku("PEN"), 9, 4}, {sku("POT"), 1, 0}}));
}

TEST_F(TransferOf, ALimitCountsOverAllLinesOfASku) {
  limits.max_quantity = 4;
  const auto outcome = take({{labelled("MUG", "blue"), 3}}, MergePolicy::sum);
  EXPECT_EQ(quantity("MUG\x1F"
                     "blue"),
            2);
  EXPECT_EQ(outcome.capped, (std::vector<LineDifference>{{labelled("MUG", "blue"), 3, 2}}));
}

TEST_F(TransferOf, ALimitTakesNothingAwayThatWasThere) {
  limits.max_quantity = 1;
  take({{sku("MUG"), 3}}, MergePolicy::sum);
  EXPECT_EQ(quantity("MUG"), 2);
}

TEST_F(TransferOf, DetailsGoAlongAndThePriceOfTheTargetWins) {
  apply(Add{sku("POT"), 1, {"", std::optional(money(900, "EUR")), ""}});
  take({detailed(sku("MUG"), 1, {"Cup", money(700, "EUR"), R"({"gift":true})"}),
        detailed(sku("POT"), 1, {"Pot", money(800, "EUR"), ""}),
        detailed(sku("PEN"), 1, {"Pen", money(100, "EUR"), ""})},
       MergePolicy::sum);
  EXPECT_EQ(details("MUG")->name, "Mug");
  EXPECT_EQ(details("MUG")->unit_price, money(700, "EUR")) << "it had none";
  EXPECT_EQ(details("MUG")->metadata, R"({"gift":true})");
  EXPECT_EQ(details("POT")->name, "Pot");
  EXPECT_EQ(details("POT")->unit_price, money(900, "EUR"));
  EXPECT_EQ(details("PEN")->unit_price, money(100, "EUR"));
}

TEST_F(TransferOf, KeptSourceLinesKeepTheirNames) {
  take({detailed(sku("MUG"), 1, {"Cup", money(700, "EUR"), ""})}, MergePolicy::keep_source);
  EXPECT_EQ(details("MUG")->name, "Cup");
}

TEST_F(TransferOf, KeptTargetLinesStayAsTheyAre) {
  take({detailed(sku("MUG"), 1, {"Cup", money(700, "EUR"), ""})}, MergePolicy::keep_target);
  EXPECT_EQ(details("MUG")->name, "Mug");
  EXPECT_FALSE(details("MUG")->unit_price);
}

TEST_F(TransferOf, WhatWasTakenIsRememberedAndTheOldestMakesRoom) {
  limits.max_taken_transfers = 2;
  std::vector<std::shared_ptr<const Transfer>> transfers;
  for (int i = 0; i < 3; ++i) {
    now += 1s;
    transfers.push_back(incoming({{sku("MUG"), 1}}));
    take(transfers.back());
  }
  EXPECT_EQ(record.taken.size(), 2U);
  EXPECT_FALSE(has_taken(record.taken, transfers[0]->id));
  EXPECT_TRUE(has_taken(record.taken, transfers[2]->id));
  EXPECT_GE(record.forget_at, record.taken.back().forget_at);
}

TEST_F(TransferOf, WhatIsTooOldToComeAgainIsForgotten) {
  const auto transfer = incoming({{sku("MUG"), 1}});
  take(transfer);
  now = transfer->forget_at + limits.replay_horizon;
  take(incoming({{sku("MUG"), 1}}));
  EXPECT_EQ(record.taken.size(), 1U);
}

TEST_F(TransferOf, NamedLinesAreJudgedBeforeTheCartIs) {
  const auto judged = [&](std::vector<WantedLine> lines) {
    return validate(Command(BeginTransfer{fresh_id(), cart_id("t"), MergePolicy::sum, std::move(lines)}), limits);
  };
  EXPECT_EQ(judged({}).error().pointer, "/lines");
  EXPECT_EQ(judged({{sku("A"), 1}, {sku("B"), 0}}).error().pointer, "/lines/1/quantity");
  EXPECT_TRUE(judged({{sku("A"), 1}, {sku("B")}}));
}

TEST_F(TransferOf, IdsTellTheirSource) {
  const std::string id = transfer_id(cart_id("guest"), "v7");
  EXPECT_EQ(id.size(), 16U);
  EXPECT_TRUE(id.starts_with(transfer_prefix(cart_id("guest"))));
  EXPECT_NE(id, transfer_id(cart_id("guest"), "v8"));
  EXPECT_EQ(id, transfer_id(cart_id("guest"), "v7"));
  EXPECT_FALSE(id.starts_with(transfer_prefix(cart_id("guess"))));
}

}  // namespace
}  // namespace cartd
