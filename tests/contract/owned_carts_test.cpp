// What every store must do when an owner's carts are listed.
#include "contract/store_under_test.h"
#include "domain/generators.h"
#include "store/kept.h"
#include "support/parameter_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>
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
using testing::ElementsAre;
using testing::IsEmpty;

class OwnedCarts : public testing::TestWithParam<std::string> {
 protected:
  OwnedCarts() { use(Policy{}); }

  void use(Policy policy) {
    store_ = make_store(GetParam(), std::move(policy));
    store_->clock.freeze();
  }

  /// FerretDB looks at every cart there is in each update.
  static bool is_slow() { return GetParam() == "mongodb"; }

  Result<Applied> apply(CartStore& carts, std::string_view id, Command command) {
    // Each cart's is another one than those of the other process.
    const ApplyRequest request{cart_id(id), Change{std::move(command)}, CommandId{7, ++sequence_}, Answer::full,
                               StoreUnderTest::soon()};
    return store_->run(execute(carts, request, store_->policy, store_->clock));
  }
  Result<Applied> apply(std::string_view id, Command command) { return apply(store_->carts(), id, std::move(command)); }

  static Command owner(std::optional<std::string_view> user, std::optional<std::string_view> kind = std::nullopt) {
    Annotate annotate;
    annotate.owner = user ? std::optional(user_id(*user)) : std::optional<UserId>();
    if (kind) annotate.kind = kind_from(*kind).value();
    return annotate;
  }
  static Command kind(std::string_view name) {
    Annotate annotate;
    annotate.kind = kind_from(name).value();
    return annotate;
  }
  static Command add(std::string_view sku, std::int64_t quantity) { return Batch{{Add{test::sku(sku), quantity}}}; }

  /// Later than what was made before.
  void next_ms() { store_->clock.advance(1ms); }

  Result<OwnedPage> page(CartStore& carts, OwnedRequest request) {
    request.deadline = StoreUnderTest::soon();
    return store_->run(carts.carts_of(std::move(request)));
  }

  /// All pages, from whichever of the two processes has its turn.
  std::vector<OwnedCart> list(std::string_view user, KindFilter kind = std::nullopt, std::size_t most = 20) {
    std::vector<OwnedCart> carts;
    OwnedRequest request{user_id(user), std::move(kind)};
    request.most = most;
    for (int pages = 0;; ++pages) {
      OwnedPage found = page(pages % 2 == 0 ? store_->carts() : store_->other_carts(), request).value();
      EXPECT_LE(found.carts.size(), most);
      carts.insert(carts.end(), found.carts.begin(), found.carts.end());
      if (!found.next) return carts;
      request.after = std::move(found.next);
    }
  }

  std::vector<std::string> ids(std::string_view user, KindFilter kind = std::nullopt, std::size_t most = 20) {
    std::vector<std::string> ids;
    for (const OwnedCart& cart : list(user, std::move(kind), most)) ids.push_back(cart.id.str());
    return ids;
  }

  static KindFilter only(std::string_view name) { return kind_from(name).value(); }

  std::unique_ptr<StoreUnderTest> store_;
  std::uint64_t sequence_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
};

TEST_P(OwnedCarts, NobodyHasCartsThatWereNeverMade) { EXPECT_THAT(ids("u1"), IsEmpty()); }

TEST_P(OwnedCarts, AreTheNewestFirstWithWhatIsInThem) {
  ASSERT_TRUE(apply("a", owner("u1")));
  next_ms();
  ASSERT_TRUE(apply("b", owner("u1", "wishlist")));
  next_ms();
  ASSERT_TRUE(apply("a", add("A", 2)));
  ASSERT_TRUE(apply("a", add("B", 3)));
  const Cart a = store_->show(cart_id("a"))->cart;
  const auto carts = list("u1");
  ASSERT_EQ(carts.size(), 2u);
  EXPECT_EQ(carts[0].id.str(), "b");
  EXPECT_EQ(name_of(carts[0].kind), "wishlist");
  EXPECT_EQ(carts[0].line_count, 0u);
  EXPECT_EQ(carts[1], owned_from(a));
  EXPECT_EQ(carts[1].line_count, 2u);
  EXPECT_EQ(carts[1].item_count, 5);
  EXPECT_EQ(carts[1].version, 3u);
}

TEST_P(OwnedCarts, AreThoseOfOneKindWhereOneIsAskedFor) {
  ASSERT_TRUE(apply("a", owner("u1")));
  ASSERT_TRUE(apply("b", owner("u1", "saved")));
  ASSERT_TRUE(apply("c", owner("u1", "wishlist")));
  EXPECT_THAT(ids("u1"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(ids("u1", only("saved")), ElementsAre("b"));
  EXPECT_THAT(ids("u1", only("cart")), ElementsAre("a"));
  EXPECT_THAT(ids("u1", only("none")), IsEmpty());
  ASSERT_TRUE(apply("b", kind("cart")));
  EXPECT_THAT(ids("u1", only("saved")), IsEmpty());
  EXPECT_THAT(ids("u1", only("cart")), ElementsAre("a", "b"));
  EXPECT_THAT(ids("u1"), ElementsAre("a", "b", "c"));
}

TEST_P(OwnedCarts, FollowTheOwner) {
  ASSERT_TRUE(apply("a", add("A", 1)));
  EXPECT_THAT(ids("u1"), IsEmpty());
  ASSERT_TRUE(apply("a", owner("u1")));
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
  ASSERT_TRUE(apply(store_->other_carts(), "a", owner("u2")));
  EXPECT_THAT(ids("u1"), IsEmpty());
  EXPECT_THAT(ids("u2"), ElementsAre("a"));
  ASSERT_TRUE(apply("a", owner(std::nullopt)));
  EXPECT_THAT(ids("u1"), IsEmpty());
  EXPECT_THAT(ids("u2"), IsEmpty());
  ASSERT_TRUE(apply("a", owner("u1")));
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
}

TEST_P(OwnedCarts, AreOfOneOwnerWhateverTheOthersAreCalled) {
  const std::vector<std::string> users{"u", "u1", "u1:carts", "u1:", "u1,", "U1", "u-1"};
  for (const std::string& user : users) ASSERT_TRUE(apply("cart-of-" + user, owner(user)));
  for (const std::string& user : users) EXPECT_THAT(ids(user), ElementsAre("cart-of-" + user)) << user;
}

TEST_P(OwnedCarts, DoNotHaveADeletedOne) {
  ASSERT_TRUE(apply("a", owner("u1", "saved")));
  ASSERT_TRUE(apply("a", Delete{}));
  EXPECT_THAT(ids("u1"), IsEmpty());
  next_ms();
  const auto anew = apply("a", add("A", 1));
  ASSERT_TRUE(anew);
  EXPECT_FALSE(anew->cart.owner);
  EXPECT_FALSE(anew->cart.kind);
  EXPECT_THAT(ids("u1"), IsEmpty());
  ASSERT_TRUE(apply("a", owner("u1")));
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
  EXPECT_THAT(ids("u1", only("saved")), IsEmpty());
}

TEST_P(OwnedCarts, DoNotHaveAnExpiredOne) {
  Policy policy;
  policy.ttl.standard = 150ms;
  store_ = make_store(GetParam(), policy);
  ASSERT_TRUE(apply("a", owner("u1", "saved")));
  ASSERT_TRUE(apply("a", add("A", 1)));
  store_->wait_for_expiry(cart_id("a"));
  EXPECT_THAT(ids("u1"), IsEmpty());
  const auto anew = apply("a", add("A", 1));
  ASSERT_TRUE(anew);
  EXPECT_FALSE(anew->cart.kind);
  EXPECT_THAT(ids("u1"), IsEmpty());
}

TEST_P(OwnedCarts, AreTheSameAfterAMergeOfAGuestsCart) {
  ASSERT_TRUE(apply("mine", owner("u1", "saved")));
  ASSERT_TRUE(apply("mine", add("A", 1)));
  ASSERT_TRUE(apply("guest", add("B", 2)));
  const std::string transfer_id(16, 't');
  ASSERT_TRUE(apply("guest", BeginTransfer{transfer_id, cart_id("mine")}));
  const auto source = store_->run(store_->carts().load(cart_id("guest"), StoreUnderTest::soon()));
  ASSERT_TRUE(source && source->snapshot->record.transfer);
  ASSERT_TRUE(apply("mine", TakeTransfer{source->snapshot->record.transfer}));
  const auto carts = list("u1");
  ASSERT_EQ(carts.size(), 1u);
  EXPECT_EQ(carts[0].id.str(), "mine");
  EXPECT_EQ(carts[0].item_count, 3);
  EXPECT_EQ(name_of(carts[0].kind), "saved");
}

TEST_P(OwnedCarts, OfTheSameMomentAreInTheOrderOfTheirIds) {
  for (const char* id : {"b", "a!", "a", "a-b", "c", "B"}) ASSERT_TRUE(apply(id, owner("u1")));
  for (const std::size_t most : {1u, 2u, 5u, 6u, 7u})
    EXPECT_THAT(ids("u1", std::nullopt, most), ElementsAre("B", "a", "a!", "a-b", "b", "c")) << most;
}

TEST_P(OwnedCarts, AreThereOnceAnImportHasPutThem) {
  KeptCart kept{CartRecord{Cart{cart_id("a")}}};
  Cart& cart = kept.record.cart;
  cart.owner = user_id("u1");
  cart.kind = kind_from("saved").value();
  cart.version = 3;
  cart.created_at = now_ms(store_->clock) - 1h;
  cart.updated_at = now_ms(store_->clock);
  cart.expires_at = now_ms(store_->clock) + 1h;
  const auto put =
      store_->run(put_kept(store_->carts(), kept, {}, store_->policy, now_ms(store_->clock), StoreUnderTest::soon()));
  ASSERT_EQ(put.value(), PutOutcome::written);
  const auto carts = list("u1");
  ASSERT_EQ(carts.size(), 1u);
  EXPECT_EQ(carts[0], owned_from(cart));
  EXPECT_EQ(store_->show(cart_id("a"))->cart.kind, cart.kind);
}

// Each cart that the owner has all the while is in exactly one page; what comes, goes or changes its kind or owner
// meanwhile may be in one; those of others never are.
TEST_P(OwnedCarts, ThatAreThereAllTheWhileAreInOnePage) {
  std::random_device entropy;
  const unsigned seed = entropy();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(random); };
  std::set<std::string> lasting;
  const std::size_t rounds = is_slow() ? 2 : 6;
  for (std::size_t i = 0; i < 40; ++i) {
    const std::string id = (i % 2 == 0 ? "lasting-" : "other-") + std::to_string(i);
    if (i % 2 == 0) lasting.insert(id);
    ASSERT_TRUE(apply(id, owner("u1")));
    if (below(3) == 0) next_ms();
  }
  for (std::size_t round = 0; round < rounds; ++round) {
    std::map<std::string, int> seen;
    OwnedRequest request{user_id("u1")};
    request.most = 1 + below(7);
    for (;;) {
      const OwnedPage found = page(below(2) == 0 ? store_->carts() : store_->other_carts(), request).value();
      for (const OwnedCart& cart : found.carts) ++seen[cart.id.str()];
      if (!found.next) break;
      request.after = found.next;
      const std::string other = "other-" + std::to_string(2 * below(30) + 1);
      switch (below(5)) {
        case 0: ASSERT_TRUE(apply(other, Delete{})); break;
        case 1: ASSERT_TRUE(apply(other, owner("u2"))); break;
        case 2: ASSERT_TRUE(apply(other, owner("u1"))); break;
        case 3:
          ASSERT_TRUE(apply(store_->other_carts(), "lasting-" + std::to_string(2 * below(20)), add("A", 1)));
          break;
        default: next_ms();
      }
    }
    for (const std::string& id : lasting) EXPECT_EQ(seen[id], 1) << id;
  }
  for (const OwnedCart& cart : list("u2")) EXPECT_TRUE(cart.id.str().starts_with("other-"));
}

TEST_P(OwnedCarts, MayBeThousands) {
  const std::size_t count = is_slow() ? 500 : 10'000;
  std::set<std::string> expected;
  for (std::size_t i = 0; i < count; ++i) {
    const std::string id = "c" + std::to_string(i);
    expected.insert(id);
    KeptCart kept{CartRecord{Cart{cart_id(id)}}};
    Cart& cart = kept.record.cart;
    cart.owner = user_id("u1");
    // A few of another kind, far apart, and many of one moment.
    if (i % (count / 5) == 0) cart.kind = kind_from("saved").value();
    cart.version = 1;
    cart.created_at = now_ms(store_->clock) - Millis(i / 100);
    cart.updated_at = cart.created_at;
    cart.expires_at = now_ms(store_->clock) + 1h;
    ASSERT_TRUE(store_->run(
        put_kept(store_->carts(), kept, {}, store_->policy, now_ms(store_->clock), StoreUnderTest::soon())));
  }
  std::set<std::string> seen;
  for (const std::string& id : ids("u1", std::nullopt, 100)) EXPECT_TRUE(seen.insert(id).second) << id;
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(ids("u1", only("saved"), 100).size(), 5u);
  const OwnedPage first = page(store_->carts(), OwnedRequest{user_id("u1")}).value();
  EXPECT_EQ(first.carts.size(), 20u);
}

INSTANTIATE_TEST_SUITE_P(Stores, OwnedCarts, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
