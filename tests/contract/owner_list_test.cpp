// Owners' lists as they stand in Redis, apart from the carts: what is left when something came in between.
#include "store/redis/owner_list.h"
#include "contract/store_under_test.h"
#include "domain/generators.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::cart_id;
using test::make_store;
using test::RedisValue;
using test::StoreUnderTest;
using test::user_id;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr const char* list_of_u1 = "user:{u1}:carts";
constexpr const char* listing_of_u1 = "user:{u1}:listing";

class OwnerListTest : public testing::TestWithParam<std::string> {
 protected:
  OwnerListTest() : store_(make_store(GetParam(), Policy{})) { store_->clock.freeze(); }

  RedisValue plain(std::vector<std::string> command) { return *store_->plain(std::move(command)); }

  Result<Applied> apply(CartStore& carts, std::string_view id, Command command) {
    const ApplyRequest request{cart_id(id), Change{std::move(command)}, CommandId{7, ++sequence_}, Answer::full,
                               StoreUnderTest::soon()};
    return store_->run(execute(carts, request, store_->policy, store_->clock));
  }
  Result<Applied> apply(std::string_view id, Command command) { return apply(store_->carts(), id, std::move(command)); }

  static Command owner(const char* user) { return Annotate{{}, user_id(user)}; }
  static Command kind(const char* name) { return Annotate{{}, {}, kind_from(name).value()}; }
  static Command add(std::int64_t quantity) { return Batch{{Add{test::sku("A"), quantity}}}; }

  Result<OwnedPage> page(const char* user, KindFilter kind = std::nullopt) {
    OwnedRequest request{user_id(user), std::move(kind)};
    request.deadline = StoreUnderTest::soon();
    return store_->run(store_->carts().carts_of(std::move(request)));
  }
  std::vector<std::string> ids(const char* user) {
    std::vector<std::string> ids;
    for (const OwnedCart& cart : page(user).value().carts) ids.push_back(cart.id.str());
    return ids;
  }

  std::vector<std::string> members() {
    std::vector<std::string> members;
    for (const RedisValue& member : plain({"ZRANGE", list_of_u1, "0", "-1"}).elements) members.push_back(member.text);
    return members;
  }

  std::string member(const char* id, const char* kind = "cart") {
    return list_member({now_ms(store_->clock), cart_id(id)}, kind_from(kind).value());
  }

  /// As a minute later.
  void let_commits_end() { plain({"DEL", listing_of_u1}); }

  std::unique_ptr<StoreUnderTest> store_;
  std::uint64_t sequence_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
};

TEST_P(OwnerListTest, HasTheDocumentedMembersAndExpiresAfterItsCarts) {
  ASSERT_TRUE(apply("a", owner("u1")));
  ASSERT_TRUE(apply("b", owner("u1")));
  ASSERT_TRUE(apply("b", kind("saved")));
  EXPECT_THAT(members(), testing::UnorderedElementsAre(member("a"), member("b"), member("b", "saved")));
  EXPECT_EQ(list_member({Time(Millis(1'795'341'600'123)), cart_id("a")}, std::nullopt), "fe5dfd4d3a84a cart");
  EXPECT_EQ(list_member({Time(Millis(0)), cart_id("a")}, kind_from("saved").value()), "ffffffffffffa saved");
  const auto left = plain({"PTTL", list_of_u1}).integer;
  EXPECT_GT(left, std::chrono::milliseconds(store_->policy.ttl.standard).count());
  EXPECT_LE(left, std::chrono::milliseconds(store_->policy.ttl.standard + 25h).count());
  EXPECT_GT(plain({"PTTL", listing_of_u1}).integer, 0);
}

TEST_P(OwnerListTest, AnEntryWhoseCommitNeverCameIsNotShownAndGoes) {
  ASSERT_TRUE(apply("a", add(1)));
  ASSERT_TRUE(apply("b", owner("u1")));
  plain({"ZADD", list_of_u1, "0", member("a"), "0", member("none"), "0", "not ours"});
  EXPECT_THAT(ids("u1"), ElementsAre("b"));
  EXPECT_EQ(members().size(), 4u) << "their commits may still be under way";
  let_commits_end();
  EXPECT_THAT(ids("u1"), ElementsAre("b"));
  EXPECT_THAT(members(), ElementsAre(member("b")));
}

TEST_P(OwnerListTest, ACartOfAnotherOwnerLeavesWhenTheListIsRead) {
  ASSERT_TRUE(apply("a", owner("u1")));
  ASSERT_TRUE(apply("a", owner("u2")));
  EXPECT_THAT(ids("u2"), ElementsAre("a"));
  let_commits_end();
  EXPECT_THAT(members(), ElementsAre(member("a")));
  EXPECT_THAT(ids("u1"), IsEmpty());
  EXPECT_THAT(members(), IsEmpty());
}

TEST_P(OwnerListTest, AnOldKindLeavesAndTheCartIsShownOnce) {
  ASSERT_TRUE(apply("a", owner("u1")));
  ASSERT_TRUE(apply("a", kind("saved")));
  ASSERT_TRUE(apply("a", kind("wishlist")));
  let_commits_end();
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
  EXPECT_THAT(members(), ElementsAre(member("a", "wishlist")));
}

TEST_P(OwnerListTest, ACartThatHadManyKindsIsInASmallPage) {
  ASSERT_TRUE(apply("a", owner("u1")));
  for (const char* name : {"b1", "b2", "b3", "b4", "b5", "b6", "z"}) ASSERT_TRUE(apply("a", kind(name)));
  ASSERT_TRUE(apply("b", owner("u1")));
  OwnedRequest request{user_id("u1"), std::nullopt};
  request.most = 1;
  std::vector<std::string> shown;
  do {
    request.deadline = StoreUnderTest::soon();
    const OwnedPage found = store_->run(store_->carts().carts_of(request)).value();
    for (const OwnedCart& cart : found.carts) shown.push_back(cart.id.str());
    request.after = found.next;
  } while (request.after && shown.size() < 5);
  EXPECT_THAT(shown, ElementsAre("a", "b"));
}

TEST_P(OwnerListTest, MembersOfOthersHideNoCart) {
  ASSERT_TRUE(apply("a", owner("u1")));
  for (int i = 0; i < 50; ++i) plain({"ZADD", list_of_u1, "0", "000" + std::to_string(i)});
  OwnedRequest request{user_id("u1"), std::nullopt};
  request.most = 1;
  request.deadline = StoreUnderTest::soon();
  const OwnedPage found = store_->run(store_->carts().carts_of(request)).value();
  ASSERT_EQ(found.carts.size(), 1u);
  EXPECT_EQ(found.carts.front().id.str(), "a");
}

TEST_P(OwnerListTest, WhatIsLostComesBackWithTheNextChangeOfAProcessThatHasNotMadeIt) {
  ASSERT_TRUE(apply("a", owner("u1")));
  plain({"DEL", list_of_u1});
  EXPECT_THAT(ids("u1"), IsEmpty());
  const auto load = store_->run(store_->other_carts().load(cart_id("a"), StoreUnderTest::soon()));
  ASSERT_TRUE(load);
  ASSERT_TRUE(apply(store_->other_carts(), "a", add(1)));
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
}

TEST_P(OwnerListTest, AChangeThatMovesTheCartsExpiryBeyondThatOfTheListMovesThat) {
  ASSERT_TRUE(apply("a", owner("u1")));
  const auto before = plain({"PTTL", list_of_u1}).integer;
  store_->clock.advance(48h);
  ASSERT_TRUE(apply("a", add(1)));
  EXPECT_GT(plain({"PTTL", list_of_u1}).integer, before + std::chrono::milliseconds(40h).count());
}

TEST_P(OwnerListTest, SomethingElseInItsPlaceHindersNoCart) {
  plain({"SET", list_of_u1, "x"});
  ASSERT_TRUE(apply("a", owner("u1")));
  ASSERT_TRUE(apply("a", add(1)));
  const auto found = page("u1");
  ASSERT_FALSE(found);
  EXPECT_EQ(found.error().code, Errc::corrupt);
  EXPECT_EQ(plain({"GET", list_of_u1}).text, "x");
}

TEST_P(OwnerListTest, WithoutTheGuardACartGetsNoOwner) {
  ASSERT_TRUE(apply("a", add(1)));
  plain({"SET", listing_of_u1, "x"});
  const auto refused = apply("a", owner("u1"));
  ASSERT_FALSE(refused) << "no entry was made";
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_FALSE(store_->show(cart_id("a"))->cart.owner);
  EXPECT_TRUE(apply("a", add(1)));
  plain({"DEL", listing_of_u1});
  EXPECT_TRUE(apply("a", owner("u1")));
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
}

TEST_P(OwnerListTest, WithoutThePermissionACartGetsNoOwnerAndChangesOtherwise) {
  ASSERT_TRUE(apply("a", add(1)));
  const auto before = store_->show(cart_id("a"))->cart;
  plain({"ACL", "SETUSER", "default", "-zadd"});
  const auto refused = apply("a", owner("u1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_EQ(store_->show(cart_id("a"))->cart, before);
  EXPECT_EQ(plain({"PTTL", list_of_u1}).integer, -2) << "nothing is left there";
  EXPECT_TRUE(apply("a", add(1)));
  plain({"ACL", "SETUSER", "default", "+zadd"});
  EXPECT_TRUE(apply("a", owner("u1")));
  EXPECT_THAT(ids("u1"), ElementsAre("a"));
}

INSTANTIATE_TEST_SUITE_P(Servers, OwnerListTest, testing::ValuesIn(test::server_binaries()), test::parameter_name);

}  // namespace
}  // namespace cartd
