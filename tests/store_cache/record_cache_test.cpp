// The bound of the cache, in bytes.
#include "store/cache/record_cache.h"

#include "store/footprint.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace cartd {
namespace {

CartId id(int number) { return *CartId::parse("cart-" + std::to_string(number)); }

SnapshotPtr snapshot(const CartId& cart, std::size_t metadata_bytes = 100) {
  auto made = std::make_shared<Snapshot>(CartRecord{Cart{cart}});
  made->record.cart.metadata.assign(metadata_bytes, 'x');
  return made;
}

TEST(RecordCache, StaysWithinItsBytesAndDropsTheOldest) {
  const std::size_t each = footprint(*snapshot(id(0))) + footprint(id(0));
  RecordCache cache(10 * each);
  for (int i = 0; i < 1000; ++i) {
    cache.put(id(i), snapshot(id(i)));
    ASSERT_LE(cache.bytes(), 10 * each);
  }
  EXPECT_TRUE(cache.find(id(999)));
  EXPECT_TRUE(cache.find(id(991)));
  EXPECT_FALSE(cache.find(id(0)));
}

TEST(RecordCache, KeepsWhatWasAskedForLast) {
  const std::size_t each = footprint(*snapshot(id(0))) + footprint(id(0));
  RecordCache cache(2 * each);
  cache.put(id(0), snapshot(id(0)));
  cache.put(id(1), snapshot(id(1)));
  EXPECT_TRUE(cache.find(id(0)));
  cache.put(id(2), snapshot(id(2)));
  EXPECT_TRUE(cache.find(id(0)));
  EXPECT_FALSE(cache.find(id(1)));
}

TEST(RecordCache, CountsARecordOnceHoweverOftenItIsReplaced) {
  RecordCache cache(1 << 20);
  cache.put(id(0), snapshot(id(0), 1000));
  const std::size_t before = cache.bytes();
  for (int i = 0; i < 100; ++i) cache.put(id(0), snapshot(id(0), 1000));
  EXPECT_EQ(cache.bytes(), before);
  cache.put(id(0), snapshot(id(0), 2000));
  EXPECT_GE(cache.bytes(), before + 1000);
}

TEST(RecordCache, DropsARecordLargerThanTheCache) {
  RecordCache cache(2000);
  cache.put(id(0), snapshot(id(0)));
  ASSERT_TRUE(cache.find(id(0)));
  cache.put(id(0), snapshot(id(0), 5000));
  EXPECT_FALSE(cache.find(id(0))) << "an old state would be worse than none";
  EXPECT_EQ(cache.bytes(), 0U);
}

SnapshotPtr with_token(Token token) {
  auto made = std::make_shared<Snapshot>(CartRecord{Cart{id(0)}});
  made->token = token;
  return made;
}

TEST(RecordCache, KnowsACartAsContendedWhileOthersChangeIt) {
  RecordCache cache(1 << 20);
  cache.put_found(id(0), with_token(1), 1);
  EXPECT_FALSE(cache.is_contended(id(0))) << "it was not here before";
  cache.put(id(0), with_token(2));
  EXPECT_FALSE(cache.is_contended(id(0)));
  cache.put_found(id(0), with_token(7), 7);
  EXPECT_TRUE(cache.is_contended(id(0)));
  cache.put(id(0), with_token(8));
  EXPECT_TRUE(cache.is_contended(id(0))) << "a commit of this process says nothing of the next one";
  cache.put_found(id(0), with_token(9), 8);
  EXPECT_FALSE(cache.is_contended(id(0))) << "this process was the last to change it";
  EXPECT_FALSE(cache.is_contended(id(1)));
}

}  // namespace
}  // namespace cartd
