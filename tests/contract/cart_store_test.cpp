// What every cart store must do, in examples; the differential test does the same at random.
#include "contract/store_under_test.h"
#include "support/parameter_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::make_store;
using test::store_kinds;
using test::StoreUnderTest;
using testing::UnorderedElementsAre;

class CartStoreTest : public testing::TestWithParam<std::string> {
 protected:
  CartStoreTest() { use(Policy{}); }

  void use(Policy policy) { store_ = make_store(GetParam(), std::move(policy)); }

  Result<Shown> show(const CartId& id) { return store_->show(id); }
  Result<Cart> find(const CartId& id) {
    Result<Shown> shown = show(id);
    return shown ? Result<Cart>(std::move(shown->cart)) : shown.error();
  }

  CommandId next_command_id() { return {producer_, ++sequence_}; }

  Result<Applied> apply(Change change, Answer answer = Answer::full) {
    return apply(std::move(change), next_command_id(), answer);
  }

  Result<Applied> apply(Change change, CommandId command_id, Answer answer = Answer::full) {
    const ApplyRequest request{id_, std::move(change), command_id, answer, StoreUnderTest::soon()};
    return store_->apply(request);
  }

  /// By another process, with its view of the carts.
  Result<Applied> apply(CartStore& carts, Change change) {
    const ApplyRequest request{id_, std::move(change), CommandId{producer_ + 1, ++sequence_}, Answer::full,
                               StoreUnderTest::soon()};
    return store_->run(execute(carts, request, store_->policy, store_->clock));
  }
  Result<Applied> apply_elsewhere(Change change) { return apply(store_->other_carts(), std::move(change)); }

  static Sku sku(const char* text) { return *Sku::parse(text); }
  static Change one(LineCommand command) { return Change{Batch{{std::move(command)}}}; }
  static Change add(const char* text, std::int64_t quantity) { return one(Add{sku(text), quantity}); }

  std::unique_ptr<StoreUnderTest> store_;
  CartId id_ = *CartId::parse("123");
  ProducerId producer_ = 0xABCDEF012345;
  std::uint64_t sequence_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
};

TEST_P(CartStoreTest, AnUnwrittenCartIsEmptyAndReadingCreatesNothing) {
  for (int i = 0; i < 2; ++i) {
    const auto cart = find(id_);
    ASSERT_TRUE(cart);
    EXPECT_EQ(*cart, Cart{id_});
  }
}

TEST_P(CartStoreTest, AddsAddUpAndEachRaisesTheVersionByOne) {
  ASSERT_TRUE(apply(add("SKU123", 2)));
  const auto applied = apply(add("SKU123", 3));
  ASSERT_TRUE(applied);
  ASSERT_EQ(applied->cart.lines.size(), 1u);
  EXPECT_EQ(applied->cart.lines[0].quantity, 5);
  EXPECT_EQ(applied->cart.version, 2u);
  EXPECT_EQ(applied->outcome.effect, Effect::changed);
  EXPECT_EQ(*find(id_), applied->cart);
}

TEST_P(CartStoreTest, RemoveNeverGoesBelowZeroAndTakesTheLineAwayAtZero) {
  ASSERT_TRUE(apply(add("A", 2)));
  const auto applied = apply(one(Remove{sku("A"), 5}));
  ASSERT_TRUE(applied);
  EXPECT_TRUE(applied->cart.lines.empty());
  const auto again = apply(one(Remove{sku("A"), 5}));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcome.effect, Effect::unchanged);
  EXPECT_EQ(again->cart.version, applied->cart.version);
}

TEST_P(CartStoreTest, DetailsRoundTripAndReplacingThemKeepsAddedAt) {
  DetailsPatch details;
  details.name = "Käsemesser \"groß\"";
  details.unit_price = Money{1299, *Currency::parse("EUR")};
  details.metadata = R"({"colour":"blue","n":1.10})";
  const auto first = apply(one(Add{sku("A/1"), 1, details}));
  ASSERT_TRUE(first);
  ASSERT_TRUE(first->cart.lines[0].details);
  const LineDetails kept = *first->cart.lines[0].details;
  EXPECT_EQ(kept.name, details.name);
  EXPECT_EQ(kept.unit_price, *details.unit_price);
  EXPECT_EQ(kept.metadata, details.metadata);
  details.name = "Other";
  const auto second = apply(one(Add{sku("A/1"), 1, details}));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->cart.lines[0].details->name, "Other");
  EXPECT_EQ(second->cart.lines[0].details->added_at, kept.added_at);
  EXPECT_EQ(*find(id_), second->cart);
}

TEST_P(CartStoreTest, ABatchBeyondALimitChangesNothingAndNamesTheLimit) {
  ASSERT_TRUE(apply(add("A", 1)));
  const Cart before = *find(id_);
  const auto refused = apply(Change{Batch{{Add{sku("B"), 1}, Clear{}, Add{sku("A"), 999'999}, Add{sku("A"), 1}}}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
  EXPECT_EQ(refused.error().limit, "quantity");
  EXPECT_EQ(refused.error().pointer, "/3/quantity");
  EXPECT_EQ(*find(id_), before);
}

TEST_P(CartStoreTest, BeyondTheLimitNewLinesAreRefusedAndOldOnesGrow) {
  Policy policy;
  policy.limits.max_lines = 2;
  use(policy);
  ASSERT_TRUE(apply(add("A", 1)));
  ASSERT_TRUE(apply(add("B", 1)));
  const auto refused = apply(add("C", 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().limit, "lines");
  EXPECT_TRUE(apply(add("B", 1)));
}

TEST_P(CartStoreTest, ASkusLimitCountsOverItsLinesWhoeverAdds) {
  Policy policy;
  policy.limits.max_quantity = 10;
  use(policy);
  ASSERT_TRUE(apply(add("mug", 1)));
  ASSERT_TRUE(apply(one(Add{LineId(sku("mug"), *LineLabel::parse("red")), 6})));
  const auto refused = apply_elsewhere(add("mug", 4));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().limit, "quantity");
  EXPECT_TRUE(apply_elsewhere(add("mug", 3)));
}

TEST_P(CartStoreTest, AnotherExpectedVersionIsAMismatchWithTheCurrentOne) {
  ASSERT_TRUE(apply(add("A", 1)));
  Change change = add("A", 1);
  change.expected_version = 7;
  const auto refused = apply(change);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::version_mismatch);
  EXPECT_EQ(refused.error().current_version, 1u);
  change.expected_version = 1;
  EXPECT_TRUE(apply(change));
}

TEST_P(CartStoreTest, TheSameCommandIdAgainChangesNothing) {
  const CommandId command_id = next_command_id();
  ASSERT_TRUE(apply(add("A", 2), command_id));
  const auto again = apply(add("A", 2), command_id);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcome.effect, Effect::duplicate);
  EXPECT_EQ(again->cart.lines[0].quantity, 2);
  EXPECT_EQ(again->cart.version, 1u);
}

TEST_P(CartStoreTest, ALateRetryDoesNotBringADeletedCartBack) {
  const CommandId early = next_command_id();
  ASSERT_TRUE(apply(add("A", 2), early));
  const auto deleted = apply(Change{Delete{}});
  ASSERT_TRUE(deleted);
  EXPECT_EQ(deleted->cart.version, 2u);
  EXPECT_FALSE(exists(deleted->cart));
  const auto late = apply(add("A", 2), early);
  ASSERT_TRUE(late);
  EXPECT_EQ(late->outcome.effect, Effect::duplicate);
  EXPECT_FALSE(exists(*find(id_)));
  EXPECT_EQ(apply(add("A", 1))->cart.version, 3u);
}

// docs/semantics.md says how many.
TEST_P(CartStoreTest, AKeyIsRememberedUntil32OthersHaveComeByWhicheverProcess) {
  const auto keyed = [](int number) {
    Change change = add("A", 1);
    change.idempotency = Idempotency{"key-" + std::to_string(1000 + number) + "--------", "fingerprin1"};
    return change;
  };
  const auto effect = [](const Result<Applied>& applied) {
    return applied ? applied->outcome.effect : Effect::unchanged;
  };
  ASSERT_TRUE(apply(keyed(0)));
  for (int i = 1; i < 32; ++i)
    ASSERT_EQ(effect(i % 3 == 0 ? apply(keyed(i)) : apply(store_->unseen_carts(), keyed(i))), Effect::changed);
  EXPECT_EQ(effect(apply(keyed(0))), Effect::replayed);
  EXPECT_EQ(effect(apply(store_->unseen_carts(), keyed(0))), Effect::replayed);
  EXPECT_EQ(effect(apply(store_->unseen_carts(), keyed(32))), Effect::changed);
  EXPECT_EQ(effect(apply(keyed(0))), Effect::changed);
  EXPECT_EQ(effect(apply(keyed(2))), Effect::replayed);
}

TEST_P(CartStoreTest, AnIdempotencyKeyTakesEffectOnceForOneCommand) {
  Change change = add("A", 2);
  change.idempotency = Idempotency{"0123456789abcdef", "0123456789a"};
  EXPECT_EQ(apply(change)->outcome.effect, Effect::changed);
  producer_ = 42;  // the client tries again at another server
  const auto again = apply(change);
  ASSERT_TRUE(again);
  EXPECT_EQ(again->outcome.effect, Effect::replayed);
  EXPECT_EQ(again->cart.lines[0].quantity, 2);
  change.idempotency->fingerprint = "another-cmd";
  EXPECT_EQ(apply(change).error().code, Errc::idempotency_mismatch);
}

TEST_P(CartStoreTest, AnExpiredCartIsEmptyAndItsVersionGoesOn) {
  Policy policy;
  policy.ttl.standard = 150ms;
  use(policy);
  Change annotate{Annotate{R"({"gift":true})", std::optional(*UserId::parse("u1"))}};
  ASSERT_TRUE(apply(annotate));
  const auto added = apply(add("A", 1));
  ASSERT_TRUE(added);
  store_->wait_for_expiry(id_);
  const auto cart = find(id_);
  ASSERT_TRUE(cart);
  Cart empty{id_};
  empty.version = 2;
  EXPECT_EQ(*cart, empty);
  const auto anew = apply(add("B", 1));
  ASSERT_TRUE(anew);
  EXPECT_TRUE(anew->outcome.found_expired);
  EXPECT_EQ(anew->cart.version, 3u);
  EXPECT_FALSE(anew->cart.owner);
  EXPECT_EQ(anew->cart.lines.size(), 1u);
}

TEST_P(CartStoreTest, CommandsMoveTheExpiryAndReadingDoesNot) {
  store_->clock.freeze();
  const auto added = apply(add("A", 1));
  ASSERT_TRUE(added);
  const Time first = *added->cart.expires_at;
  EXPECT_EQ(first, now_ms(store_->clock) + 7 * 24h);
  store_->clock.advance(1h);  // less than 1 % of the ttl: not worth a write
  EXPECT_EQ(apply(Change{Touch{}})->cart.expires_at, first);
  store_->clock.advance(1h);
  EXPECT_EQ(find(id_)->expires_at, first);
  EXPECT_EQ(apply(Change{Touch{}})->cart.expires_at, first + 2h);
  EXPECT_EQ(find(id_)->version, 1u);
}

TEST_P(CartStoreTest, AVersionIsAllThatIsAnsweredWhenNoMoreIsWanted) {
  ASSERT_TRUE(apply(add("A", 1)));
  const auto applied = apply(add("A", 1), Answer::version);
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->cart.version, 2u);
  EXPECT_EQ(find(id_)->lines[0].quantity, 2);
}

TEST_P(CartStoreTest, TellsWhichCommandsTheCartHasWhenThatIsWanted) {
  const std::uint64_t first = sequence_ + 1;
  ASSERT_TRUE(apply(add("A", 1), {7, first}));
  const AppliedSequence of_others{7, first};
  for (const Change& change : {add("A", 1), one(Remove{sku("A"), 1})}) {
    const auto applied = apply(change);
    EXPECT_THAT(applied->applied_sequences, UnorderedElementsAre(of_others, AppliedSequence{producer_, sequence_}));
    EXPECT_THAT(show(id_)->applied_sequences, UnorderedElementsAre(of_others, AppliedSequence{producer_, sequence_}));
  }
  const auto late = apply(add("A", 1), {7, first - 1});
  EXPECT_EQ(late->outcome.effect, Effect::duplicate);
  EXPECT_THAT(late->applied_sequences, UnorderedElementsAre(of_others, AppliedSequence{producer_, sequence_}));
  ASSERT_TRUE(apply(Change{Delete{}}));
  EXPECT_THAT(show(id_)->applied_sequences, UnorderedElementsAre(of_others, AppliedSequence{producer_, sequence_}))
      << "they outlive the cart";
}

TEST_P(CartStoreTest, ACommandIsNotAppliedWhileEarlierOnesAreLost) {
  ASSERT_TRUE(apply(add("A", 1), {7, 100}));
  ASSERT_TRUE(apply(add("A", 1), {8, 200}));
  const auto after = [&](std::vector<AppliedSequence> required) {
    const ApplyRequest request{
        id_, add("A", 1), next_command_id(), Answer::full, StoreUnderTest::soon(), std::move(required)};
    return store_->apply(request);
  };
  EXPECT_EQ(after({{producer_, sequence_}}).error().code, Errc::rolled_back);
  EXPECT_EQ(after({{7, 101}, {8, 200}}).error().code, Errc::rolled_back);
  EXPECT_EQ(after({{7, 100}, {8, 201}}).error().code, Errc::rolled_back);
  EXPECT_EQ(after({{9, 1}}).error().code, Errc::rolled_back);
  EXPECT_EQ(find(id_)->lines[0].quantity, 2);
  EXPECT_TRUE(after({{7, 100}, {8, 200}}));
  EXPECT_TRUE(after({{producer_, sequence_}, {8, 199}}));
  EXPECT_EQ(find(id_)->lines[0].quantity, 4);
}

TEST_P(CartStoreTest, ARepetitionUnderItsKeyLeavesItsAppliedSequence) {
  Change change = add("A", 2);
  change.idempotency = Idempotency{"0123456789abcdef", "0123456789a"};
  ASSERT_TRUE(apply(change, {7, sequence_ + 1}));
  const auto again = apply(change);
  EXPECT_EQ(again->outcome.effect, Effect::replayed);
  EXPECT_THAT(again->applied_sequences, testing::Contains(AppliedSequence{producer_, sequence_}));
  EXPECT_EQ(apply(change, {producer_, sequence_})->outcome.effect, Effect::duplicate);
}

TEST_P(CartStoreTest, AddsOfTwoProcessesAtOnceAreAllThere) {
  constexpr int each = 200;
  int done = 0;
  const auto adder = [](StoreUnderTest& store, CartStore& carts, CartId id, ProducerId producer,
                        int& finished) -> boost::asio::awaitable<void> {
    for (std::uint64_t sequence = 1; sequence <= each; ++sequence) {
      const ApplyRequest request{id, Change{Batch{{Add{*Sku::parse("A"), 1}}}}, CommandId{producer, sequence},
                                 Answer::version, store.soon()};
      const auto applied = co_await execute(carts, request, store.policy, store.clock);
      EXPECT_TRUE(applied);
    }
    ++finished;
  };
  boost::asio::co_spawn(store_->io(), adder(*store_, store_->carts(), id_, 1, done), boost::asio::detached);
  boost::asio::co_spawn(store_->io(), adder(*store_, store_->other_carts(), id_, 2, done), boost::asio::detached);
  while (done < 2) store_->io().run_one();
  EXPECT_EQ(find(id_)->lines[0].quantity, 2 * each);
  EXPECT_EQ(find(id_)->version, 2u * each);
}

TEST_P(CartStoreTest, ACommitOnAnOldRecordWritesNothingAndShowsWhatThereIs) {
  ASSERT_TRUE(apply(add("A", 1)));
  const auto load = [&](CartStore& carts) { return store_->run(carts.load(id_, StoreUnderTest::soon())); };
  const auto old = load(store_->carts());
  ASSERT_TRUE(old);
  ASSERT_TRUE(apply_elsewhere(add("A", 1)));
  const auto decision =
      decide(old->snapshot->record, add("A", 1), {next_command_id(), now_ms(store_->clock), 1h, store_->policy.limits});
  ASSERT_TRUE(decision);
  const auto committed =
      store_->run(store_->carts().commit({id_, old->snapshot, decision->edits, true, StoreUnderTest::soon()}));
  ASSERT_TRUE(committed) << committed.error().detail;
  EXPECT_FALSE(committed->was_current);
  EXPECT_EQ(committed->snapshot->record.cart.version, 2U);
  EXPECT_EQ(committed->snapshot->record.cart.lines[0].quantity, 2);
  EXPECT_EQ(find(id_)->lines[0].quantity, 2);
}

TEST_P(CartStoreTest, ARefusalIsNotDecidedOnARememberedRecord) {
  ASSERT_TRUE(apply(add("A", 1)));
  ASSERT_TRUE(apply_elsewhere(add("A", 1)));
  Change change = add("A", 1);
  change.expected_version = 2;
  EXPECT_TRUE(apply(change)) << "this process saw version 1 last";
  ASSERT_TRUE(apply_elsewhere(one(RemoveLine{sku("A")})));
  const auto set = apply(one(Set{sku("A"), 3}));
  ASSERT_TRUE(set);
  EXPECT_EQ(set->outcome.effect, Effect::changed) << "this process saw three pieces last";
  EXPECT_EQ(find(id_)->lines[0].quantity, 3);
}

TEST_P(CartStoreTest, AKeyThatAnotherProcessRememberedIsKnown) {
  ASSERT_TRUE(apply(add("A", 1)));
  Change change = add("A", 2);
  change.idempotency = Idempotency{"0123456789abcdef", "0123456789a"};
  ASSERT_TRUE(apply_elsewhere(change));
  EXPECT_EQ(apply(change)->outcome.effect, Effect::replayed);
  EXPECT_EQ(find(id_)->lines[0].quantity, 3);
}

TEST_P(CartStoreTest, TheStoreSaysThatItIsReady) {
  EXPECT_TRUE(store_->run(store_->carts().check(StoreUnderTest::soon())).ready);
}

INSTANTIATE_TEST_SUITE_P(Stores, CartStoreTest, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
