// What every store must do when all that it keeps is read, and when whole carts are put into it.
#include "contract/store_under_test.h"
#include "domain/kept_carts.h"
#include "store/kept.h"
#include "support/parameter_name.h"
#include "support/sanitized.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::cart_id;
using test::make_store;
using test::store_kinds;
using test::StoreUnderTest;
using test::user_id;

class ScanTest : public testing::TestWithParam<std::string> {
 protected:
  /// FerretDB looks at every cart there is in each update.
  static bool is_slow() { return GetParam() == "mongodb"; }

  ScanTest() : store_(make_store(GetParam(), Policy{})) { store_->clock.freeze(); }

  Time now() const { return now_ms(store_->clock); }
  Millis horizon() const { return store_->policy.limits.replay_horizon; }

  /// All pages, from whichever of the two processes has its turn.
  std::map<CartId, KeptCart> scan(std::size_t most = 500) {
    std::map<CartId, KeptCart> carts;
    unreadable_.clear();
    pages_ = 0;
    ScanRequest request{"", most};
    do {
      request.deadline = StoreUnderTest::soon();
      CartStore& store = pages_ % 2 == 0 ? store_->carts() : store_->other_carts();
      CartPage page = store_->run(store.scan(request)).value();
      for (KeptCart& kept : page.carts) {
        const CartId id = kept.record.cart.id;
        carts.insert_or_assign(id, kept_at(std::move(kept), now(), horizon()));
      }
      unreadable_.insert(unreadable_.end(), page.unreadable.begin(), page.unreadable.end());
      request.cursor = page.next;
      if (++pages_ > 10'000) throw std::runtime_error("the scan does not end");
    } while (!request.cursor.empty());
    return carts;
  }

  std::map<UserId, UserFields> scan_users(std::size_t most) {
    std::map<UserId, UserFields> users;
    ScanRequest request{"", most};
    do {
      request.deadline = StoreUnderTest::soon();
      UserPage page = store_->run(store_->users().scan(request)).value();
      for (KeptUser& user : page.users) users.insert_or_assign(user.id, std::move(user.fields));
      request.cursor = page.next;
    } while (!request.cursor.empty());
    return users;
  }

  Result<PutOutcome> put(CartStore& carts, const KeptCart& kept, MayReplace may_replace = {}) {
    return store_->run(put_kept(carts, kept, std::move(may_replace), store_->policy, now(), StoreUnderTest::soon()));
  }
  Result<PutOutcome> put(const KeptCart& kept, MayReplace may_replace = {}) {
    return put(store_->carts(), kept, std::move(may_replace));
  }

  Result<Applied> apply(const CartId& id, Change change) {
    return store_->apply({id, std::move(change), CommandId{7, ++sequence_}, Answer::full, StoreUnderTest::soon()});
  }
  Result<Applied> add(const CartId& id, std::int64_t quantity = 2) {
    return apply(id, Change{Batch{{Add{test::sku("A"), quantity}}}});
  }

  std::unique_ptr<StoreUnderTest> store_;
  std::vector<Unreadable> unreadable_{};
  std::size_t pages_ = 0;
  std::uint64_t sequence_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
};

TEST_P(ScanTest, NothingIsThereAtFirst) { EXPECT_TRUE(scan().empty()); }

TEST_P(ScanTest, EveryCartIsInSomePage) {
  std::map<CartId, KeptCart> expected;
  for (int i = 0; i < 300; ++i) {
    const CartId id = cart_id("c" + std::to_string(i));
    ASSERT_TRUE(add(id, 1 + i));
  }
  const auto found = scan(16);
  EXPECT_GT(pages_, 3U);
  ASSERT_EQ(found.size(), 300U);
  for (const auto& [id, kept] : found) {
    EXPECT_EQ(kept.record.cart, store_->show(id)->cart);
    EXPECT_EQ(kept.record.applied_sequences, store_->show(id)->applied_sequences);
  }
  EXPECT_TRUE(unreadable_.empty());
}

TEST_P(ScanTest, WhatIsPutIsThereAsItWas) {
  std::uint64_t number = 0;
  const bool held = rc::check("a random cart comes back", [&] {
    if (number == (is_slow() || test::is_sanitized ? 15 : 100)) return;
    const CartId id = cart_id("random-" + std::to_string(++number));
    const KeptCart kept = *test::any_kept_cart(id, now());
    RC_ASSERT(put(kept).value() == PutOutcome::written);
    const auto found = scan();
    RC_ASSERT(found.contains(id));
    RC_ASSERT(is_same(found.at(id), kept));
    RC_ASSERT(found.at(id).record.forget_at >= kept.record.forget_at - 1ms);
    RC_ASSERT(put(store_->unseen_carts(), kept).value() == PutOutcome::same);
    // Another state of it is not written over, but where that is meant.
    KeptCart next = *test::any_kept_cart(id, now());
    ++next.record.applied_sequences.front().sequence;
    RC_ASSERT(put(next).value() == PutOutcome::other);
    RC_ASSERT(put(store_->other_carts(), next, [&](const KeptCart& there) { return is_same(there, next); }).value() ==
              PutOutcome::other);
    RC_ASSERT(is_same(scan().at(id), kept));
    RC_ASSERT(put(store_->other_carts(), next, [&](const KeptCart& there) { return is_same(there, kept); }).value() ==
              PutOutcome::written);
    RC_ASSERT(is_same(scan().at(id), next));
    const Cart shown = store_->show(id).value().cart;
    RC_ASSERT(shown == next.record.cart);
  });
  EXPECT_TRUE(held);
}

TEST_P(ScanTest, ARetriedCommandIsKnownAfterTheMove) {
  const auto source = make_store("memory", Policy{});
  source->clock.freeze();
  const CartId id = cart_id("123");
  Change change{Batch{{Add{test::sku("A"), 3}}}};
  change.idempotency = Idempotency{"0123456789abcdef", "0123456789A"};
  const ApplyRequest first{id, change, CommandId{9, 1}, Answer::full, StoreUnderTest::soon()};
  ASSERT_TRUE(source->apply(first));
  const CartPage page = source->run(source->carts().scan({"", 10, 1 << 20, StoreUnderTest::soon()})).value();
  ASSERT_EQ(page.carts.size(), 1U);
  ASSERT_EQ(put(page.carts.front()).value(), PutOutcome::written);

  const auto same_id = store_->apply({id, change, CommandId{9, 1}, Answer::full, StoreUnderTest::soon()});
  ASSERT_TRUE(same_id);
  EXPECT_EQ(same_id->cart.version, 1U);
  const auto same_key = apply(id, change);
  ASSERT_TRUE(same_key);
  EXPECT_EQ(same_key->cart.version, 1U);
  EXPECT_EQ(same_key->cart.lines.front().quantity, 3);
}

TEST_P(ScanTest, ACartThatIsInUseIsNotWrittenOver) {
  const CartId id = cart_id("123");
  ASSERT_TRUE(add(id));
  const KeptCart before = scan().at(id);
  ASSERT_TRUE(add(id));
  EXPECT_EQ(put(before).value(), PutOutcome::other);
  EXPECT_EQ(store_->show(id)->cart.lines.front().quantity, 4);
}

TEST_P(ScanTest, ACartThatWasDeletedHereDoesNotComeBack) {
  const CartId id = cart_id("123");
  ASSERT_TRUE(add(id));
  const KeptCart before = scan().at(id);
  ASSERT_TRUE(apply(id, Change{Delete{}}));
  EXPECT_FALSE(has_content(scan().at(id)));
  EXPECT_EQ(put(before).value(), PutOutcome::other);
  EXPECT_TRUE(store_->show(id)->cart.lines.empty());
}

TEST_P(ScanTest, WhatIsGoneTakesThePlaceOfWhatItWasAndOfNothingElse) {
  const CartId id = cart_id("123");
  ASSERT_TRUE(add(id));
  const KeptCart before = scan().at(id);
  KeptCart gone{before.record};
  gone.record.cart = without_content(before.record.cart);
  ++gone.record.cart.version;
  ++gone.record.applied_sequences.front().sequence;
  EXPECT_EQ(put(gone).value(), PutOutcome::other);
  EXPECT_EQ(put(gone, [&](const KeptCart& there) { return is_same(there, before); }).value(), PutOutcome::written);
  EXPECT_TRUE(store_->show(id)->cart.lines.empty());
  EXPECT_EQ(store_->show(id)->cart.version, 2U);
  gone.record.cart.id = cart_id("124");
  EXPECT_EQ(put(gone).value(), PutOutcome::too_late);
  EXPECT_FALSE(scan().contains(cart_id("124")));
}

TEST_P(ScanTest, OrdersOutliveTheirCartInTheScanToo) {
  const CartId id = cart_id("123");
  ASSERT_TRUE(add(id));
  const auto begun = apply(id, Change{BeginCheckout{store_->carts().new_checkout_id(id)}}).value();
  ASSERT_TRUE(apply(id, Change{CompleteCheckout{begun.outcome.checkout->content, "pi_1"}}));
  ASSERT_TRUE(apply(id, Change{Delete{}}));
  const auto found = scan();
  ASSERT_TRUE(found.contains(id));
  EXPECT_TRUE(has_content(found.at(id)));
  ASSERT_EQ(found.at(id).checkouts.size(), 1U);
  EXPECT_EQ(found.at(id).checkouts.front()->order->payment_ref, "pi_1");
}

TEST_P(ScanTest, AnExpiredCartIsEmptyInTheScan) {
  store_ = make_store(GetParam(), [] {
    Policy policy;
    policy.ttl.standard = 1s;
    return policy;
  }());
  const CartId id = cart_id("123");
  ASSERT_TRUE(add(id));
  const KeptCart before = scan().at(id);
  store_->wait_for_expiry(id);
  const auto found = scan();
  EXPECT_FALSE(found.contains(id) && has_content(found.at(id)));
  EXPECT_EQ(put(before).value(), PutOutcome::same) << "its time is over there and here";
  // A later state of it is welcome: nobody has used it here since.
  KeptCart later = before;
  later.record.cart.expires_at = now() + 1h;
  ++later.record.cart.version;
  EXPECT_EQ(put(later).value(), PutOutcome::written);
  EXPECT_EQ(store_->show(id)->cart.lines.front().quantity, 2);
}

TEST_P(ScanTest, PagesAreBoundedInBytes) {
  const std::string large = "{\"a\":\"" + std::string(4000, 'x') + "\"}";
  const std::size_t count = is_slow() ? 60 : 600;
  for (std::size_t i = 0; i < count; ++i)
    ASSERT_TRUE(apply(cart_id("c" + std::to_string(i)), Change{Annotate{large, {}}}));
  ScanRequest request{"", 500, 16'000, StoreUnderTest::soon()};
  const CartPage page = store_->run(store_->carts().scan(request)).value();
  EXPECT_LE(page.carts.size(), count / 2);
  EXPECT_FALSE(page.next.empty());
}

TEST_P(ScanTest, WhatIsNoCursorIsRefused) {
  const bool goes_by_id = GetParam().starts_with("embedded") || GetParam() == "postgres" || GetParam() == "mongodb";
  if (goes_by_id) GTEST_SKIP() << "each text is some id there";
  for (const char* cursor : {"x", "1", "1.", ".", "0.0.0", "0.99999.0..", "9.0.0..", "0.0.-1..", "0.0.0...", "1.2.3"})
    EXPECT_EQ(store_->run(store_->carts().scan({cursor, 10, 1000, StoreUnderTest::soon()})).error().code, Errc::invalid)
        << cursor;
}

TEST_P(ScanTest, EveryUserIsInSomePage) {
  std::map<UserId, UserFields> expected;
  for (int i = 0; i < 100; ++i) {
    const UserId id = user_id("u" + std::to_string(i));
    expected[id] = {{"name", "Ada"}, {"number", std::to_string(i)}};
    ASSERT_TRUE(store_->run(store_->users().put(id, expected[id], StoreUnderTest::soon())));
  }
  EXPECT_EQ(scan_users(7), expected);
}

TEST_P(ScanTest, AUserIsReplacedOnlyIfItIsWhatIsExpected) {
  const UserId id = user_id("u");
  const auto replace = [&](UserFields before, UserFields after) {
    return store_->run(store_->users().replace(id, std::move(before), std::move(after), StoreUnderTest::soon()))
        .value();
  };
  const UserFields ada{{"name", "Ada"}, {"city", "London"}};
  EXPECT_FALSE(replace(ada, {{"name", "Eve"}}));
  EXPECT_TRUE(replace({}, ada));
  EXPECT_FALSE(replace({}, {{"name", "Eve"}}));
  EXPECT_FALSE(replace({{"name", "Ada"}}, {{"name", "Eve"}}));
  EXPECT_EQ(store_->run(store_->users().find(id, StoreUnderTest::soon())).value(), ada);
  EXPECT_TRUE(replace(ada, {{"name", "Eve"}}));
  EXPECT_EQ(store_->run(store_->users().find(id, StoreUnderTest::soon())).value(), (UserFields{{"name", "Eve"}}));
}

TEST_P(ScanTest, ACartOfPlainClientsIsMovedAndGetsTimes) {
  if (!store_->plain({"HSET", "cart:plain", "A", "3"})) GTEST_SKIP() << "no plain clients";
  ASSERT_TRUE(add(cart_id("123")));
  const auto found = scan();
  ASSERT_EQ(found.size(), 2U);
  const KeptCart plain = found.at(cart_id("plain"));
  EXPECT_EQ(plain.record.cart.lines.front().quantity, 3);
  const auto target = make_store("memory", Policy{});
  const auto put = [&] {
    return target->run(put_kept(target->carts(), plain, {}, target->policy, now(), StoreUnderTest::soon())).value();
  };
  EXPECT_EQ(put(), PutOutcome::written);
  EXPECT_EQ(put(), PutOutcome::same);
  const Cart moved = target->show(cart_id("plain"))->cart;
  EXPECT_EQ(moved.lines.front().quantity, 3);
  EXPECT_EQ(moved.version, 0U);
  EXPECT_EQ(moved.expires_at, now() + target->policy.ttl.standard);
}

TEST_P(ScanTest, WhatOtherProgramsWroteIsListedAndEndsNothing) {
  if (!store_->plain({"SET", "cart:text", "{}"})) GTEST_SKIP() << "no plain clients";
  ASSERT_TRUE(add(cart_id("123")));
  ASSERT_TRUE(add(cart_id("damaged")));
  ASSERT_TRUE(store_->plain({"HSET", "{cart:damaged}:meta", "v", "nonsense"}));
  ASSERT_TRUE(store_->plain({"SET", "cart:two words", "not a cart of ours"}));
  const auto found = scan();
  EXPECT_EQ(found.size(), 1U);
  std::map<std::string, std::string> unreadable;
  for (const Unreadable& one : unreadable_) unreadable[one.id] = one.why;
  EXPECT_EQ(unreadable.size(), 2U);
  EXPECT_TRUE(unreadable.contains("text"));
  EXPECT_TRUE(unreadable.contains("damaged"));
}

INSTANTIATE_TEST_SUITE_P(Stores, ScanTest, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
