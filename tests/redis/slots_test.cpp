#include "redis/topology/slots.h"

#include "redis/protocol/hash_slot.h"
#include "replies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <limits>
#include <string>
#include <vector>

namespace cartd::redis {
namespace {

std::string range_bytes(std::int64_t first, std::int64_t last, const std::string& host_bytes, std::int64_t port) {
  return array_bytes(
      {integer_bytes(first), integer_bytes(last), array_bytes({host_bytes, integer_bytes(port), bulk_bytes("id")})});
}

boost::system::result<SlotMap, std::string> read(const std::vector<std::string>& ranges) {
  const Reply reply = reply_of(array_bytes(ranges));
  return read_cluster_slots(reply.view(), "asked");
}

// The check value of CRC-16/XMODEM, as the specification's appendix gives it.
TEST(KeySlot, IsTheCrcOfTheKey) {
  EXPECT_EQ(key_slot("123456789"), 0x31C3 % slot_count);
  EXPECT_EQ(key_slot(""), 0);
  EXPECT_EQ(key_slot("foo"), 12182);
}

TEST(KeySlot, IsTheCrcOfTheFirstTagThatIsNotEmpty) {
  EXPECT_EQ(key_slot("{user1000}.following"), key_slot("user1000"));
  EXPECT_EQ(key_slot("foo{}{bar}"), key_slot(std::string("foo{}{bar}") + ""));
  EXPECT_NE(key_slot("foo{}{bar}"), key_slot("bar"));
  EXPECT_EQ(key_slot("foo{{bar}}zap"), key_slot("{bar"));
  EXPECT_EQ(key_slot("foo{bar}{zap}"), key_slot("bar"));
  EXPECT_NE(key_slot("foo{bar"), key_slot("bar"));
  EXPECT_NE(key_slot("foo}bar{x"), key_slot("x"));
}

TEST(KeySlot, IsTheSameForACartAndItsMeta) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    std::string id = text;
    std::erase_if(id, [](char c) { return c == '{' || c == '}'; });
    RC_ASSERT(key_slot("cart:" + id) == key_slot("{cart:" + id + "}:meta"));
  }));
}

TEST(SlotMap, ReadsRangesAndTheirOwners) {
  const auto map = read({range_bytes(0, 5460, bulk_bytes("10.0.0.1"), 7000),
                         range_bytes(5461, 5461, bulk_bytes("2001:db8::1"), 7001),
                         range_bytes(10923, 16383, bulk_bytes("10.0.0.1"), 7000)});
  ASSERT_TRUE(map);
  ASSERT_THAT(map->servers(), testing::ElementsAre(Endpoint{"10.0.0.1", 7000}, Endpoint{"2001:db8::1", 7001}));
  EXPECT_EQ(map->owner(0), 0U);
  EXPECT_EQ(map->owner(5461), 1U);
  EXPECT_EQ(map->owner(5462), SlotMap::no_owner);
  EXPECT_EQ(map->owner(16383), 0U);
  EXPECT_EQ(map->slots_of(0), 5461U + 5461U);
  EXPECT_EQ(map->slots_of(SlotMap::no_owner), 5461U);
}

TEST(SlotMap, TakesNoHostForTheOneThatWasAsked) {
  const auto map = read({range_bytes(0, 1, bulk_bytes(""), 7000), range_bytes(2, 3, nil_bytes, 7001)});
  ASSERT_TRUE(map);
  EXPECT_THAT(map->servers(), testing::ElementsAre(Endpoint{"asked", 7000}, Endpoint{"asked", 7001}));
}

TEST(SlotMap, LeavesARangeOfAnUnknownHostWithoutOwner) {
  const auto map = read({range_bytes(0, 1, bulk_bytes("?"), 7000)});
  ASSERT_TRUE(map);
  EXPECT_EQ(map->owner(0), SlotMap::no_owner);
  EXPECT_TRUE(map->servers().empty());
}

TEST(SlotMap, RefusesWhatMakesNoSense) {
  const std::string host = bulk_bytes("h");
  const std::vector<std::vector<std::string>> senseless = {
      {range_bytes(-1, 5, host, 1)},
      {range_bytes(0, 16384, host, 1)},
      {range_bytes(6, 5, host, 1)},
      {range_bytes(0, std::numeric_limits<std::int64_t>::max(), host, 1)},
      {range_bytes(0, 5, host, 0)},
      {range_bytes(0, 5, host, 65536)},
      {range_bytes(0, 5, bulk_bytes("h/x"), 1)},
      {range_bytes(0, 5, bulk_bytes(std::string(254, 'h')), 1)},
      {range_bytes(0, 5, integer_bytes(7), 1)},
      {range_bytes(0, 5, host, 1), range_bytes(5, 6, host, 2)},
      {array_bytes({integer_bytes(0), integer_bytes(5)})},
      {array_bytes({integer_bytes(0), integer_bytes(5), host})},
      {array_bytes({integer_bytes(0), integer_bytes(5), array_bytes({host})})},
      {array_bytes({host, integer_bytes(5), array_bytes({host, integer_bytes(1)})})},
      {integer_bytes(5)},
      {nil_bytes},
  };
  for (const auto& ranges : senseless) EXPECT_FALSE(read(ranges)) << testing::PrintToString(ranges);
  const Reply number = reply_of(integer_bytes(1));
  EXPECT_FALSE(read_cluster_slots(number.view(), "asked"));
}

TEST(SlotMap, LearnsASingleSlot) {
  SlotMap map = SlotMap::of_one({"a", 1});
  map.assign(7, 7, {"b", 2});
  EXPECT_EQ(map.slots_of(0), slot_count - 1U);
  EXPECT_EQ(map.servers()[map.owner(7)], (Endpoint{"b", 2}));
  EXPECT_FALSE(map.same_owners(SlotMap::of_one({"a", 1})));
  map.assign(7, 7, {"a", 1});
  EXPECT_TRUE(map.same_owners(SlotMap::of_one({"a", 1}))) << "a server without slots does not count";
}

TEST(SlotMap, ComparesOwnersAndNotTheirOrder) {
  SlotMap one;
  one.assign(0, 5, {"a", 1});
  one.assign(6, 9, {"b", 1});
  SlotMap other;
  other.assign(6, 9, {"b", 1});
  other.assign(0, 5, {"a", 1});
  EXPECT_TRUE(one.same_owners(other));
  other.assign(10, 10, {"a", 1});
  EXPECT_FALSE(one.same_owners(other));
  EXPECT_FALSE(other.same_owners(one));
}

}  // namespace
}  // namespace cartd::redis
