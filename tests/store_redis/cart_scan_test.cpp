// Keys of the layout become carts, and a cursor is one of ours or none.
#include "store_redis/reply_trees.h"

#include "store/redis/cart_scan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using redis::array_bytes, redis::bulk_bytes, redis::integer_bytes, redis::list_bytes, redis::reply_of;

Result<ScannedKeys> scanned(const std::string& bytes) { return scanned_from(reply_of(bytes).view()); }

TEST(CartScan, FindsEachCartOnceByEitherOfItsKeys) {
  const auto keys =
      scanned(array_bytes({bulk_bytes("17"), list_bytes({"cart:b", "{cart:b}:meta", "{cart:a}:meta", "cart:c d",
                                                         "cart:", "{cart:}:meta", "{cart:x}:other", "user:cart:u"})}));
  ASSERT_TRUE(keys);
  EXPECT_EQ(keys->carts, (std::vector<CartId>{*CartId::parse("a"), *CartId::parse("b")}));
  EXPECT_EQ(keys->redis_cursor, "17");
}

TEST(CartScan, AnswersErrorsAndWhatMakesNoSenseAsErrors) {
  EXPECT_EQ(scanned("-NOPERM x\r\n").error().code, Errc::unavailable);
  for (const std::string& bytes :
       {list_bytes({}), array_bytes({bulk_bytes("0"), bulk_bytes("cart:a")}),
        array_bytes({bulk_bytes("x"), list_bytes({})}), array_bytes({integer_bytes(0), list_bytes({})}),
        array_bytes({bulk_bytes("99999999999999999999"), list_bytes({})})})
    EXPECT_EQ(scanned(bytes).error().code, Errc::corrupt) << bytes;
}

TEST(CartScan, OfAnyReplyFindsCartsOrFails) {
  EXPECT_TRUE(rc::check([] {
    const auto keys = scanned(*any_reply());
    RC_ASSERT(!keys || !keys->redis_cursor.empty());
  }));
}

TEST(CartScan, ACursorComesBackAsItWent) {
  const ScanPosition position{~std::uint64_t{0}, 2, "18446744073709551615"};
  const auto back = position_from(cursor_text(position));
  ASSERT_TRUE(back);
  EXPECT_EQ(back->servers, position.servers);
  EXPECT_EQ(back->server, position.server);
  EXPECT_EQ(back->redis_cursor, position.redis_cursor);
  for (const char* text :
       {"", "1-2", "1-2-", "1-2-x", "-1-2-3", "1--2-3", "1-2-3-4", "1-2-99999999999999999999", "a-b-c"})
    EXPECT_FALSE(position_from(text)) << text;
}

TEST(CartScan, AnotherServerOrEpochIsAnotherScan) {
  const std::uint64_t one = servers_of({{"a", 1}});
  EXPECT_EQ(one, servers_of({{"a", 1}}));
  EXPECT_NE(one, servers_of({{"a", 2}}));
  EXPECT_NE(one, servers_of({{"b", 1}}));
  EXPECT_NE(one, servers_of({{"a", 1}, {"b", 1}}));
}

}  // namespace
}  // namespace cartd::test
