// Entries of an owner's list, and which of them a process remembers that it has made.
#include "store/redis/owner_list.h"
#include "domain/generators.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cartd {
namespace {

using namespace std::chrono_literals;

TEST(OwnerListEntry, ComesBackFromItsMember) {
  const CartPlace place{Time(Millis(1'795'341'600'123)), test::cart_id("a")};
  for (const char* kind : {"cart", "saved"}) {
    const auto entry = entry_from(list_member(place, kind_from(kind).value()));
    ASSERT_TRUE(entry);
    EXPECT_EQ(entry->place, place);
    EXPECT_EQ(entry->kind, kind_from(kind).value());
  }
}

TEST(OwnerListEntry, IsNothingForMembersThatCartdNeverMakes) {
  for (const char* member : {"", "a", "fe5dfd4d3a84a", "fe5dfd4d3a84a ", "FE5DFD4D3A84a cart", "fe5dfd4d3a84a  cart",
                             "fe5dfd4d3a84 cart", "xxxxxxxxxxxxa cart", "000000000000a cart"})
    EXPECT_FALSE(entry_from(member)) << member;
}

TEST(ListedCarts, AreRememberedForAWhileInTheirEpoch) {
  const Listing listing{test::user_id("u1"), "fe5dfd4d3a84a cart", false, Time(Millis(1000))};
  const Deadline now = Deadline::clock::now();
  ListedCarts listed;
  EXPECT_FALSE(listed.has(listing, 1, now));
  listed.note(listing, 1, Time(Millis(2000)), now);
  EXPECT_TRUE(listed.has(listing, 1, now + 9min));
  EXPECT_FALSE(listed.has(listing, 1, now + 10min)) << "somebody may have deleted the list";
  EXPECT_FALSE(listed.has(listing, 2, now));
  Listing longer = listing;
  longer.expires_at = Time(Millis(2001));
  EXPECT_FALSE(listed.has(longer, 1, now));
}

}  // namespace
}  // namespace cartd
