// Command ids and idempotency keys: what makes a command take effect once.
#include "domain/cart_fixture.h"

#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace cartd {
namespace {

using test::sku;

using ACommandId = test::CartFixture;
using AnIdempotencyKey = test::CartFixture;

Change add_one(std::string_view name = "A") { return Change{Batch{{Add{sku(name), 1}}}}; }

Change keyed(std::string key, std::string fingerprint = "f") {
  Change change = add_one();
  change.idempotency = Idempotency{std::move(key), std::move(fingerprint)};
  return change;
}

TEST_F(ACommandId, TakesEffectOnce) {
  effect(Add{sku("A"), 1});
  const CartRecord before = record;
  EXPECT_EQ(apply(add_one(), {producer, sequence}).value().effect, Effect::duplicate);
  EXPECT_EQ(record.cart, before.cart);
  EXPECT_EQ(record.applied_sequences, before.applied_sequences);
}

TEST_F(ACommandId, BelowTheAppliedSequenceIsADuplicateToo) {
  effect(Add{sku("A"), 1});
  effect(Add{sku("A"), 1});
  EXPECT_EQ(apply(add_one(), {producer, sequence - 1}).value().effect, Effect::duplicate);
  EXPECT_EQ(quantity("A"), 2);
}

TEST_F(ACommandId, OfAnotherProducerIsItsOwn) {
  effect(Add{sku("A"), 1});
  EXPECT_EQ(apply(add_one(), {producer + 1, sequence - 100}).value().effect, Effect::changed);
  EXPECT_EQ(apply(add_one(), {producer + 1, sequence - 100}).value().effect, Effect::duplicate);
  EXPECT_EQ(quantity("A"), 2);
  EXPECT_THAT(record.applied_sequences, testing::UnorderedElementsAre(AppliedSequence{producer, sequence},
                                                                      AppliedSequence{producer + 1, sequence - 100}));
}

TEST_F(ACommandId, IsAskedBeforeKeyVersionAndLimits) {
  effect(Set{sku("A"), 999'999});
  Change change = keyed("k");
  change.expected_version = 42;
  EXPECT_EQ(apply(change, {producer, sequence}).value().effect, Effect::duplicate);
}

TEST_F(ACommandId, LeavesItsAppliedSequenceWhenNothingChangedToo) {
  effect(Add{sku("A"), 1});
  EXPECT_EQ(effect(Remove{sku("B"), 1}), Effect::unchanged);
  EXPECT_EQ(record.applied_sequences, (std::vector<AppliedSequence>{{producer, sequence}}));
}

TEST_F(ACommandId, OfARefusedCommandLeavesNoAppliedSequence) {
  effect(Set{sku("A"), 999'999});
  const auto before = record.applied_sequences;
  EXPECT_FALSE(apply(Add{sku("A"), 1}));
  EXPECT_EQ(record.applied_sequences, before);
}

TEST_F(ACommandId, IsRememberedWhileTheProducersAreFew) {
  const std::uint64_t long_ago = 1;
  for (ProducerId other = 100; other < 108; ++other) apply(add_one(), {other, long_ago}).value();
  EXPECT_EQ(record.applied_sequences.size(), limits.max_producers);
  EXPECT_EQ(apply(add_one(), {100, long_ago}).value().effect, Effect::duplicate);
}

TEST_F(ACommandId, OfADeadProducerLeavesWithTheNextCommand) {
  for (const ProducerId other : {100U, 101U, 102U}) apply(add_one(), {other, sequence}).value();
  const std::vector<AppliedSequence> required{{101, sequence}};
  const std::vector<ProducerId> dead{100, 101, 999};
  ApplyContext context{{producer, ++sequence}, now, ttl, limits, required};
  context.dead_producers = dead;
  cartd::apply(record, add_one(), context).value();
  std::vector<ProducerId> left;
  for (const AppliedSequence& last : record.applied_sequences) left.push_back(last.producer);
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<ProducerId>{producer, 101, 102})) << "101 has commands that may have to come again";
}

TEST_F(ACommandId, OlderThanTheHorizonIsDroppedWhenThereAreManyProducers) {
  const auto horizon =
      static_cast<std::uint64_t>(std::chrono::microseconds(now.time_since_epoch() - limits.replay_horizon).count());
  apply(add_one(), {100, horizon - 1}).value();
  apply(add_one(), {101, horizon}).value();
  for (ProducerId other = 102; other < 108; ++other) apply(add_one(), {other, horizon + other}).value();
  EXPECT_EQ(record.applied_sequences.size(), 8U);
  apply(add_one(), {108, horizon + 108}).value();
  EXPECT_EQ(record.applied_sequences.size(), 8U);
  EXPECT_EQ(std::count_if(record.applied_sequences.begin(), record.applied_sequences.end(),
                          [](const AppliedSequence& last) { return last.producer == 100; }),
            0);
  apply(add_one(), {109, horizon + 109}).value();
  EXPECT_EQ(record.applied_sequences.size(), 9U) << "a young sequence is never dropped";
}

TEST_F(AnIdempotencyKey, StandsForOneEffect) {
  EXPECT_EQ(apply(keyed("k")).value().effect, Effect::changed);
  EXPECT_EQ(apply(keyed("k")).value().effect, Effect::replayed);
  EXPECT_EQ(quantity("A"), 1);
  EXPECT_EQ(cart().version, 1U);
  EXPECT_EQ(apply(keyed("other")).value().effect, Effect::changed);
}

TEST_F(AnIdempotencyKey, IsRepeatedUnderAAppliedSequenceOfItsOwn) {
  apply(keyed("k"), {1, 10}).value();
  EXPECT_EQ(apply(keyed("k"), {2, 20}).value().effect, Effect::replayed);
  EXPECT_EQ(apply(keyed("k"), {2, 20}).value().effect, Effect::duplicate);
  EXPECT_EQ(record.applied_sequences, (std::vector<AppliedSequence>{{1, 10}, {2, 20}}));
}

TEST_F(AnIdempotencyKey, IsRefusedForAnotherCommand) {
  apply(keyed("k", "f1")).value();
  const auto refused = apply(keyed("k", "f2"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::idempotency_mismatch);
  EXPECT_EQ(quantity("A"), 1);
}

TEST_F(AnIdempotencyKey, IsAskedBeforeTheVersion) {
  Change change = keyed("k");
  change.expected_version = 0;
  apply(change).value();
  EXPECT_EQ(apply(change).value().effect, Effect::replayed);
}

TEST_F(AnIdempotencyKey, IsNotSpentOnARefusal) {
  effect(Set{sku("A"), 999'999});
  EXPECT_FALSE(apply(keyed("k")));
  EXPECT_TRUE(record.keys.empty());
  effect(Remove{sku("A"), 1});
  EXPECT_EQ(apply(keyed("k")).value().effect, Effect::changed);
}

TEST_F(AnIdempotencyKey, IsRememberedThoughNothingChangedAndNoCartIs) {
  Change change{Batch{{Remove{sku("A"), 1}}}};
  change.idempotency = Idempotency{"k", "f"};
  EXPECT_EQ(apply(change).value().effect, Effect::unchanged);
  EXPECT_FALSE(exists(cart()));
  EXPECT_EQ(record.forget_at, now + limits.replay_horizon);
  effect(Add{sku("A"), 1});
  EXPECT_EQ(apply(change).value().effect, Effect::replayed);
  EXPECT_EQ(quantity("A"), 1);
}

TEST_F(AnIdempotencyKey, OutlivesDeletionAndExpiry) {
  apply(keyed("k")).value();
  effect(Delete{});
  EXPECT_EQ(apply(keyed("k")).value().effect, Effect::replayed);
  apply(keyed("k2")).value();
  now += ttl;
  EXPECT_EQ(apply(keyed("k2")).value().effect, Effect::replayed);
}

TEST_F(AnIdempotencyKey, IsForgottenAfterADay) {
  apply(keyed("k", "f1")).value();
  now += limits.replay_horizon - Millis(1);
  EXPECT_EQ(apply(keyed("k", "f1")).value().effect, Effect::replayed);
  now += Millis(1);
  EXPECT_EQ(apply(keyed("k", "f2")).value().effect, Effect::changed);
  EXPECT_EQ(record.keys, (std::vector<RememberedKey>{{{"k", "f2"}, now}})) << "the old meaning is gone";
}

TEST_F(AnIdempotencyKey, RemovesExpiredOnesWithIt) {
  apply(keyed("k1")).value();
  apply(keyed("k2")).value();
  now += limits.replay_horizon;
  apply(keyed("k3")).value();
  EXPECT_EQ(record.keys, (std::vector<RememberedKey>{{{"k3", "f"}, now}}));
}

TEST_F(AnIdempotencyKey, MakesRoomWhenItIsTheOldestOfThirtyTwo) {
  for (int i = 0; i < 32; ++i) {
    now += Millis(1);
    apply(keyed("k" + std::to_string(i))).value();
  }
  EXPECT_EQ(record.keys.size(), 32U);
  now += Millis(1);
  apply(keyed("one more")).value();
  EXPECT_EQ(record.keys.size(), 32U);
  EXPECT_EQ(apply(keyed("k1")).value().effect, Effect::replayed);
  EXPECT_EQ(apply(keyed("k0")).value().effect, Effect::changed);
}

// --- whatever the commands are ---------------------------------------------------------------------------------------

bool same(const CartRecord& a, const CartRecord& b) {
  return a.cart == b.cart && a.applied_sequences == b.applied_sequences && a.keys == b.keys &&
         a.forget_at == b.forget_at;
}

/// Random commands on one cart, from three producers, over some hours, with small limits so that refusals are common.
struct Story {
  CartRecord record{Cart{test::cart_id("c1")}};
  Time now{Millis(1'800'000'000'000)};
  Limits limits{};
  std::uint64_t sequence = 1'800'000'000'000'000;

  Story() {
    limits.max_lines = 3;
    limits.max_quantity = 12;
    limits.max_idempotency_keys = 3;
    limits.max_producers = 2;
  }

  Change next_change() {
    Change change{*test::any_command()};
    if (*rc::gen::inRange(0, 4) == 0) change.expected_version = *rc::gen::inRange<std::uint64_t>(0, 6);
    if (*rc::gen::inRange(0, 4) == 0)
      change.idempotency = Idempotency{*rc::gen::element<std::string>("k1", "k2", "k3", "k4", "k5"),
                                       *rc::gen::element<std::string>("f1", "f2")};
    return change;
  }
  CommandId next_command_id() {
    now += Millis(*rc::gen::inRange(0, 2'000'000));
    sequence += 1;
    return {*rc::gen::inRange<ProducerId>(1, 4), sequence};
  }
  Result<Outcome> run(const Change& change, CommandId command_id) {
    return apply(record, change, ApplyContext{command_id, now, std::chrono::hours(1), limits});
  }
};

RC_GTEST_PROP(AnyStory, LeavesTheRecordAloneOnARefusal, ()) {
  Story story;
  const int length = *rc::gen::inRange(1, 30);
  for (int i = 0; i < length; ++i) {
    const CommandId command_id = story.next_command_id();
    const Change change = story.next_change();
    const CartRecord before = story.record;
    const auto outcome = story.run(change, command_id);
    if (!outcome) RC_ASSERT(same(story.record, before));
  }
}

RC_GTEST_PROP(AnyStory, IsTheSameWithoutTheSequencesOfDeadProducers, ()) {
  // Two records under the same commands; from one of them the sequences of producers that ask no more are dropped.
  Story story;
  Story forgetful;
  std::vector<ProducerId> dead;
  const int length = *rc::gen::inRange(1, 30);
  for (int i = 0; i < length; ++i) {
    CommandId command_id = story.next_command_id();
    if (*rc::gen::inRange(0, 4) == 0) {
      const ProducerId dies = *rc::gen::inRange<ProducerId>(1, 3);
      if (!std::binary_search(dead.begin(), dead.end(), dies))
        dead.insert(std::lower_bound(dead.begin(), dead.end(), dies), dies);
    }
    if (std::binary_search(dead.begin(), dead.end(), command_id.producer)) command_id.producer = 3;
    const Change change = story.next_change();
    const auto first = story.run(change, command_id);
    ApplyContext context{command_id, story.now, std::chrono::hours(1), story.limits};
    context.dead_producers = dead;
    const auto second = apply(forgetful.record, change, context);
    RC_ASSERT(first.has_value() == second.has_value());
    if (first) RC_ASSERT(first->effect == second->effect);
    if (!first) RC_ASSERT(first.error().code == second.error().code);
    CartRecord with = story.record;
    CartRecord without = forgetful.record;
    with.applied_sequences.clear();
    without.applied_sequences.clear();
    RC_ASSERT(same(with, without));
    if (!second || second->effect == Effect::duplicate) continue;
    for (const AppliedSequence& last : forgetful.record.applied_sequences) {
      const bool is_there = std::binary_search(dead.begin(), dead.end(), last.producer);
      RC_ASSERT(!is_there || last.producer == command_id.producer || second->effect == Effect::unchanged ||
                second->effect == Effect::replayed);
    }
  }
}

RC_GTEST_PROP(AnyStory, CanBeRetriedAtEveryStep, ()) {
  Story story;
  const int length = *rc::gen::inRange(1, 30);
  for (int i = 0; i < length; ++i) {
    const CommandId command_id = story.next_command_id();
    const Change change = story.next_change();
    const auto first = story.run(change, command_id);
    if (!first || story.record.applied_sequences.empty()) continue;
    const bool marked = std::count(story.record.applied_sequences.begin(), story.record.applied_sequences.end(),
                                   AppliedSequence{command_id.producer, command_id.sequence}) > 0;
    if (!marked) continue;
    const CartRecord before = story.record;
    RC_ASSERT(story.run(change, command_id).value().effect == Effect::duplicate);
    RC_ASSERT(same(story.record, before));
  }
}

Cart without_times(Cart cart) {
  cart.created_at.reset();
  cart.updated_at.reset();
  cart.expires_at.reset();
  cart.version = 0;
  return cart;
}

RC_GTEST_PROP(AnyStory, KeepsTheRulesOfACart, ()) {
  Story story;
  const int length = *rc::gen::inRange(1, 40);
  for (int i = 0; i < length; ++i) {
    const CommandId command_id = story.next_command_id();
    const Change change = story.next_change();
    const Cart before = story.record.cart;
    const Cart before_visible = visible(story.record, story.now);
    const auto outcome = story.run(change, command_id);
    const Cart& cart = story.record.cart;

    RC_ASSERT(std::is_sorted(cart.lines.begin(), cart.lines.end(), shown_before));
    RC_ASSERT(cart.lines.size() <= story.limits.max_lines);
    for (const Line& line : cart.lines) {
      RC_ASSERT(line.quantity >= 1);
      RC_ASSERT((!line.details || !line.details->empty()));
      RC_ASSERT(std::count_if(cart.lines.begin(), cart.lines.end(),
                              [&](const Line& other) { return other.id == line.id; }) == 1);
    }
    RC_ASSERT(story.record.keys.size() <= story.limits.max_idempotency_keys);
    RC_ASSERT((!exists(cart) || cart.expires_at.has_value()));
    if (!outcome) continue;
    // What changes nothing but a cart's checkouts and transfers changes nothing that its readers see.
    const bool is_unseen = needs_store(change.command) && without_times(cart) == without_times(before_visible);
    const bool raises_version = outcome->effect == Effect::changed && !is_unseen;
    RC_ASSERT(cart.version == before.version + (raises_version ? 1 : 0));
    if (outcome->effect == Effect::unchanged && !outcome->found_expired) RC_ASSERT(cart.lines == before.lines);
    if (outcome->effect == Effect::changed || exists(cart)) RC_ASSERT(story.record.forget_at >= story.now);
  }
}

RC_GTEST_PROP(AnyStory, ABatchIsItsCommandsOneAfterAnother, ()) {
  Story batched;
  for (int i = 0; i < 5; ++i) {
    const Change change{*test::any_batch()};
    batched.run(change, batched.next_command_id());
  }
  Story single = batched;
  const Batch batch = *test::any_batch();
  const bool whole = batched.run(Change{batch}, {9, 9}).has_value();
  bool each = true;
  std::uint64_t sequence = 100;
  for (const LineCommand& command : batch.commands)
    each = each && single.run(Change{Batch{{command}}}, {9, ++sequence}).has_value();
  RC_ASSERT(whole == each);
  if (whole) RC_ASSERT(batched.record.cart.lines == single.record.cart.lines);
}

}  // namespace
}  // namespace cartd
