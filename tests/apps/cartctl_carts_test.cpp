// cartctl carts: the carts of a user, against a running cartd.
#include "apps/programs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::ContainsRegex, testing::HasSubstr, testing::IsEmpty, testing::Not;

class CartctlCarts : public testing::Test {
 protected:
  std::string done(const std::vector<std::string>& arguments) const {
    const Ended ended = cartd_.cartctl(arguments);
    EXPECT_EQ(ended.code, 0) << testing::PrintToString(arguments) << ": " << ended.err;
    EXPECT_THAT(ended.err, IsEmpty());
    return ended.out;
  }

  RunningCartd cartd_;
};

TEST_F(CartctlCarts, ListWhatAUserHas) {
  EXPECT_EQ(done({"carts", "ada"}), "no carts\n");
  done({"add", "first", "MUG", "3"});
  done({"annotate", "first", "--user", "ada"});
  EXPECT_THAT(done({"annotate", "second", "--user", "ada", "--kind", "wishlist"}),
              HasSubstr("cart second of user ada, kind wishlist, version 1"));
  done({"annotate", "other", "--user", "bob"});
  const std::string all = done({"carts", "ada"});
  EXPECT_THAT(all, ContainsRegex("CART +KIND +VERSION +LINES +PIECES +CREATED +CHANGED +EXPIRES"));
  EXPECT_THAT(all, ContainsRegex("\nfirst +cart +2 +1 +3 +20"));
  EXPECT_THAT(all, ContainsRegex("\nsecond +wishlist +1 +0 +0 +20"));
  EXPECT_THAT(all, Not(HasSubstr("other")));
  const std::string wishlists = done({"carts", "ada", "--kind", "wishlist"});
  EXPECT_THAT(wishlists, HasSubstr("second"));
  EXPECT_THAT(wishlists, Not(HasSubstr("first")));
  EXPECT_THAT(done({"carts", "ada", "--kind", "wishlist", "--json"}), HasSubstr(R"({"carts":[{"id":"second","kind")"));
}

TEST_F(CartctlCarts, SayHowToGoOn) {
  done({"annotate", "a", "--user", "ada"});
  done({"annotate", "b", "--user", "ada"});
  const std::string first = done({"carts", "ada", "--limit", "1"});
  const std::string mark = "there are more: go on with --cursor ";
  const std::size_t at = first.find(mark);
  ASSERT_NE(at, std::string::npos) << first;
  const std::string cursor = first.substr(at + mark.size(), first.size() - at - mark.size() - 1);
  const std::string second = done({"carts", "ada", "--limit", "1", "--cursor", cursor});
  EXPECT_NE(second.find("\na "), first.find("\na ")) << first << second;
  EXPECT_THAT(second, Not(HasSubstr("there are more")));
}

TEST_F(CartctlCarts, SayWhatIsWrong) {
  EXPECT_EQ(cartd_.cartctl({"carts", "ada", "--kind", "A B"}).code, 1);
  EXPECT_EQ(cartd_.cartctl({"carts", "ada", "--limit", "101"}).code, 2);
  EXPECT_EQ(cartd_.cartctl({"carts"}).code, 2);
}

}  // namespace
}  // namespace cartd::test
