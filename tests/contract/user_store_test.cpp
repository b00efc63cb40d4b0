// What every user store must do.
#include "contract/store_under_test.h"
#include "support/parameter_name.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd {
namespace {

using test::make_store;
using test::store_kinds;
using test::StoreUnderTest;

class UserStoreTest : public testing::TestWithParam<std::string> {
 protected:
  UserStoreTest() {
    Policy policy;
    policy.limits.max_user_fields = 3;
    store_ = make_store(GetParam(), policy);
  }

  Result<UserFields> find() { return store_->run(store_->users().find(id_, StoreUnderTest::soon())); }
  Result<void> put(UserFields fields) {
    return store_->run(store_->users().put(id_, std::move(fields), StoreUnderTest::soon()));
  }
  Result<UserFields> patch(UserPatch patch) {
    return store_->run(store_->users().patch(id_, std::move(patch), StoreUnderTest::soon()));
  }
  Result<void> erase() { return store_->run(store_->users().erase(id_, StoreUnderTest::soon())); }

  std::unique_ptr<StoreUnderTest> store_;
  UserId id_ = *UserId::parse("123");
};

TEST_P(UserStoreTest, AUserNobodyWroteIsNotFound) { EXPECT_EQ(find().error().code, Errc::not_found); }

TEST_P(UserStoreTest, PutReplacesTheWholeProfile) {
  ASSERT_TRUE(put({{"name", "Ada"}, {"email", "ada@example.com"}}));
  ASSERT_TRUE(put({{"name", "Gräfin \"Ada\""}}));
  EXPECT_EQ(*find(), (UserFields{{"name", "Gräfin \"Ada\""}}));
}

TEST_P(UserStoreTest, PatchChangesWhatItNamesAndNullTakesAway) {
  ASSERT_TRUE(put({{"name", "Ada"}, {"email", "ada@example.com"}}));
  const auto after = patch({{"email", std::nullopt}, {"city", "London"}, {"name", "A."}});
  ASSERT_TRUE(after);
  EXPECT_EQ(*after, (UserFields{{"name", "A."}, {"city", "London"}}));
  EXPECT_EQ(*find(), *after);
}

TEST_P(UserStoreTest, PatchBringsAUserIntoBeingAndTheLastFieldTakesHimAway) {
  ASSERT_TRUE(patch({{"name", "Ada"}}));
  EXPECT_EQ(*find(), (UserFields{{"name", "Ada"}}));
  ASSERT_TRUE(patch({{"name", std::nullopt}}));
  EXPECT_EQ(find().error().code, Errc::not_found);
}

TEST_P(UserStoreTest, APatchBeyondTheNumberOfFieldsChangesNothing) {
  ASSERT_TRUE(put({{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  const auto refused = patch({{"d", "4"}, {"a", "changed"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
  EXPECT_EQ(refused.error().limit, "user_fields");
  EXPECT_EQ(*find(), (UserFields{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_TRUE(patch({{"d", "4"}, {"a", std::nullopt}}));
}

TEST_P(UserStoreTest, EraseTakesTheUserAwayAndIsNoErrorWhenThereIsNone) {
  ASSERT_TRUE(put({{"name", "Ada"}}));
  EXPECT_TRUE(erase());
  EXPECT_EQ(find().error().code, Errc::not_found);
  EXPECT_TRUE(erase());
}

INSTANTIATE_TEST_SUITE_P(Stores, UserStoreTest, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
