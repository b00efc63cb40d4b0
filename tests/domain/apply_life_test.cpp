// Versions, expiry, deletion: the life of a cart.
#include "domain/cart_fixture.h"

namespace cartd {
namespace {

using test::sku;
using test::user_id;

using VersionOf = test::CartFixture;
using ExpiryOf = test::CartFixture;
using DeletionOf = test::CartFixture;

TEST_F(VersionOf, ACartIsNotMovedByWhatChangesNothing) {
  effect(Add{sku("A"), 1});
  effect(Touch{});
  effect(Remove{sku("B"), 1});
  effect(Set{sku("A"), 1});
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(VersionOf, ACartCanBeDemanded) {
  EXPECT_TRUE(apply(Change{Batch{{Add{sku("A"), 1}}}, 0}));
  EXPECT_TRUE(apply(Change{Batch{{Add{sku("A"), 1}}}, 1}));
  const CartRecord before = record;
  const auto refused = apply(Change{Batch{{Add{sku("A"), 1}}}, 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::version_mismatch);
  EXPECT_EQ(refused.error().current_version, 2U);
  EXPECT_EQ(record.cart, before.cart);
  EXPECT_EQ(record.applied_sequences, before.applied_sequences);
}

TEST_F(VersionOf, ACartIsJudgedBeforeItsLimits) {
  effect(Set{sku("A"), 999'999});
  EXPECT_EQ(apply(Change{Batch{{Add{sku("A"), 1}}}, 9}).error().code, Errc::version_mismatch);
  EXPECT_EQ(apply(Change{Batch{{Add{sku("A"), 1}}}, 1}).error().code, Errc::limit_exceeded);
}

TEST_F(ExpiryOf, ACartIsThatOfItsState) {
  const CartTtl by_state{ttl, std::chrono::hours(1), std::chrono::hours(90)};
  const auto after = [&](Command command) {
    const ApplyContext context{CommandId{producer, ++sequence}, now, by_state, limits};
    EXPECT_TRUE(cartd::apply(record, Change{std::move(command)}, context));
    return *cart().expires_at - now;
  };
  EXPECT_EQ(after(Batch{{Add{sku("A"), 1}}}), ttl);
  EXPECT_EQ(after(Annotate{{}, user_id("u1")}), std::chrono::hours(90));
  EXPECT_EQ(after(Batch{{Clear{}}}), std::chrono::hours(1)) << "an owner alone is no reason to keep it";
  EXPECT_EQ(after(Batch{{Add{sku("A"), 1}}}), std::chrono::hours(90));
  EXPECT_EQ(after(Annotate{{}, std::optional<UserId>()}), ttl);
}

TEST(TtlPolicy, HasAPrefixBeforeTheState) {
  TtlPolicy policy;
  policy.by_prefix = {{"guest-", std::chrono::hours(3)}};
  EXPECT_EQ(policy.ttl_of(test::cart_id("c")).of(false, false), std::chrono::days(7));
  policy.empty = std::chrono::hours(2);
  policy.owned = std::chrono::days(90);
  const CartTtl its = policy.ttl_of(test::cart_id("c"));
  EXPECT_EQ(its.of(true, false), std::chrono::days(7));
  EXPECT_EQ(its.of(false, false), std::chrono::hours(2));
  EXPECT_EQ(its.of(false, true), std::chrono::hours(2));
  EXPECT_EQ(its.of(true, true), std::chrono::days(90));
  EXPECT_EQ(policy.ttl_of(test::cart_id("guest-1")).of(false, true), std::chrono::hours(3));
  EXPECT_EQ(policy.least(), std::chrono::hours(2));
}

TEST_F(VersionOf, ACartNeverFallsThroughClearDeleteAndExpiry) {
  effect(Add{sku("A"), 1});
  effect(Clear{});
  EXPECT_EQ(cart().version, 2U);
  effect(Delete{});
  EXPECT_EQ(cart().version, 3U);
  effect(Add{sku("A"), 1});
  EXPECT_EQ(cart().version, 4U);
  now += ttl;
  EXPECT_EQ(visible(record, now).version, 4U);
  effect(Add{sku("A"), 1});
  EXPECT_EQ(cart().version, 5U);
}

TEST_F(DeletionOf, ACartKeepsOnlyItsVersionAndAppliedSequences) {
  effect(Add{sku("A"), 1});
  effect(Annotate{R"({"a":1})", user_id("u1")});
  EXPECT_EQ(effect(Delete{}), Effect::changed);
  Cart grave{test::cart_id("c1")};
  grave.version = 3;
  EXPECT_EQ(cart(), grave);
  EXPECT_FALSE(exists(cart()));
  EXPECT_EQ(record.applied_sequences, (std::vector<AppliedSequence>{{producer, sequence}}));
  EXPECT_EQ(record.forget_at, now + limits.replay_horizon);
}

TEST_F(DeletionOf, ACartIsNotUndoneByALateRetry) {
  effect(Add{sku("A"), 1});
  const CommandId add{producer, sequence};
  effect(Delete{});
  EXPECT_EQ(apply(Change{Batch{{Add{sku("A"), 1}}}}, add).value().effect, Effect::duplicate);
  EXPECT_FALSE(exists(cart()));
}

TEST_F(DeletionOf, ACartThatIsGoneChangesNothing) {
  EXPECT_EQ(effect(Delete{}), Effect::unchanged);
  EXPECT_TRUE(record.applied_sequences.empty());
  effect(Add{sku("A"), 1});
  effect(Delete{});
  EXPECT_EQ(effect(Delete{}), Effect::unchanged);
  EXPECT_EQ(cart().version, 2U);
}

TEST_F(DeletionOf, ACartLetsANewOneBegin) {
  effect(Add{sku("A"), 1});
  effect(Annotate{std::nullopt, user_id("u1")});
  effect(Delete{});
  now += Millis(5);
  effect(Add{sku("B"), 1});
  EXPECT_EQ(order(), std::vector<std::string>{"B"});
  EXPECT_EQ(cart().owner, std::nullopt);
  EXPECT_EQ(cart().created_at, now);
  EXPECT_EQ(cart().expires_at, now + ttl);
}

TEST_F(ExpiryOf, ACartSlidesWithEveryCommandEvenOneThatChangesNothing) {
  effect(Add{sku("A"), 1});
  for (const Command& command : {Command(Touch{}), Command(Batch{{Remove{sku("B"), 1}}}),
                                 Command(Batch{{Add{sku("B"), 1}}}), Command(Annotate{"", std::nullopt})}) {
    now += ttl / 2;
    effect(command);
    EXPECT_EQ(cart().expires_at, now + ttl);
    EXPECT_EQ(record.forget_at, now + ttl + limits.replay_horizon);
  }
}

TEST_F(ExpiryOf, ACartIsNotRenewedForOnePercentOrLess) {
  effect(Add{sku("A"), 1});
  const Time first = now + ttl;
  now += ttl / 100;
  effect(Add{sku("A"), 1});
  EXPECT_EQ(cart().expires_at, first);
  EXPECT_EQ(record.forget_at, first + limits.replay_horizon);
  now += Millis(1);
  effect(Add{sku("A"), 1});
  EXPECT_EQ(cart().expires_at, now + ttl);
}

TEST_F(ExpiryOf, ACartComesNearerWhenTheTimeToLiveWasShortened) {
  effect(Add{sku("A"), 1});
  const Change touch{Touch{}};
  ASSERT_TRUE(cartd::apply(record, touch, ApplyContext{{producer, ++sequence}, now, std::chrono::minutes(5), limits}));
  EXPECT_EQ(cart().expires_at, now + std::chrono::minutes(5));
}

TEST_F(ExpiryOf, ACartIsNotRenewedByWhatIsRefusedOrKnown) {
  effect(Set{sku("A"), 999'999});
  const CommandId first{producer, sequence};
  const auto expires = cart().expires_at;
  now += ttl / 2;
  EXPECT_FALSE(apply(Add{sku("A"), 1}));
  EXPECT_EQ(apply(Change{Touch{}}, first).value().effect, Effect::duplicate);
  EXPECT_EQ(cart().expires_at, expires);
}

TEST_F(ExpiryOf, ACartMakesItReadAsEmptyAtOnce) {
  effect(Add{sku("A"), 1});
  effect(Annotate{R"({"a":1})", user_id("u1")});
  now += ttl - Millis(1);
  EXPECT_EQ(visible(record, now), cart());
  now += Millis(1);
  Cart empty{test::cart_id("c1")};
  empty.version = 2;
  EXPECT_EQ(visible(record, now), empty);
}

TEST_F(ExpiryOf, ACartStartsItAfreshWithTheNextCommand) {
  effect(Add{sku("A"), 4});
  effect(Annotate{R"({"a":1})", user_id("u1")});
  now += ttl;
  const auto outcome = apply(Add{sku("A"), 1}).value();
  EXPECT_EQ(outcome.effect, Effect::changed);
  EXPECT_TRUE(outcome.found_expired);
  EXPECT_EQ(quantity("A"), 1);
  EXPECT_EQ(cart().metadata, "");
  EXPECT_EQ(cart().owner, std::nullopt);
  EXPECT_EQ(cart().created_at, now);
  EXPECT_EQ(cart().expires_at, now + ttl);
  EXPECT_FALSE(apply(Add{sku("A"), 1}).value().found_expired);
}

TEST_F(ExpiryOf, ACartLeavesNothingForCommandsThatNeedSomething) {
  for (const Command& command : {Command(Touch{}), Command(Delete{}), Command(Batch{{Remove{sku("A"), 1}}}),
                                 Command(Batch{{Clear{}}}), Command(Batch{{Set{sku("A"), 0}}})}) {
    record = CartRecord{Cart{test::cart_id("c1")}};
    effect(Add{sku("A"), 4});
    now += ttl;
    const auto outcome = apply(command).value();
    EXPECT_EQ(outcome.effect, Effect::unchanged);
    EXPECT_TRUE(outcome.found_expired);
    EXPECT_FALSE(exists(cart()));
    EXPECT_EQ(cart().version, 1U);
  }
}

TEST_F(ExpiryOf, ACartDoesNotMakeRoomForACommandThatIsRefused) {
  effect(Add{sku("A"), 4});
  now += ttl;
  limits.max_lines = 0;
  const Cart before = cart();
  EXPECT_FALSE(apply(Add{sku("B"), 1}));
  EXPECT_EQ(cart(), before);
}

TEST_F(ExpiryOf, ACartStillHonoursADemandedVersion) {
  effect(Add{sku("A"), 4});
  now += ttl;
  EXPECT_EQ(apply(Change{Batch{{Add{sku("A"), 1}}}, 0}).error().current_version, 1U);
  EXPECT_TRUE(apply(Change{Batch{{Add{sku("A"), 1}}}, 1}));
}

TEST_F(ExpiryOf, ACartOfAnotherWriterBeginsWithTheFirstCommand) {
  record.cart.lines = {Line{sku("A"), 4}};  // by a plain Redis client: no times, no version
  EXPECT_EQ(effect(Touch{}), Effect::unchanged);
  EXPECT_EQ(cart().expires_at, now + ttl);
  EXPECT_EQ(effect(Add{sku("A"), 1}), Effect::changed);
  EXPECT_EQ(quantity("A"), 5);
  EXPECT_EQ(cart().created_at, now);
}

TEST_F(ExpiryOf, ACartThatAnotherWriterEmptiedBeginsAnew) {
  record.cart.expires_at = now + ttl / 2;  // of lines that a plain Redis client wrote and took away again
  record.cart.version = 3;
  Cart empty{test::cart_id("c1")};
  empty.version = 3;
  EXPECT_EQ(visible(record, now), empty);
  now += ttl / 1000;
  EXPECT_EQ(effect(Add{sku("A"), 1}), Effect::changed);
  EXPECT_EQ(cart().version, 4U);
  EXPECT_EQ(cart().created_at, now);
  EXPECT_EQ(cart().expires_at, now + ttl);

  record = CartRecord{Cart{test::cart_id("c1")}};
  record.cart.expires_at = now + ttl - Millis(1);  // near enough to be left alone, if it were this cart's
  effect(Add{sku("A"), 1});
  EXPECT_EQ(cart().expires_at, now + ttl);
}

TEST_F(ExpiryOf, ATouchCreatesNothing) {
  EXPECT_EQ(effect(Touch{}), Effect::unchanged);
  EXPECT_EQ(cart(), Cart{test::cart_id("c1")});
  EXPECT_TRUE(record.applied_sequences.empty());
}

}  // namespace
}  // namespace cartd
