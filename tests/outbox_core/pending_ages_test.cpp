#include "outbox/core/pending_ages.h"

#include <gtest/gtest.h>

namespace cartd {
namespace {

TEST(PendingAges, TheOldestOfAllIsKnownWhateverTheOrder) {
  PendingAges ages;
  EXPECT_EQ(ages.oldest(), std::nullopt);
  for (const PendingAges::Second second : {7U, 3U, 9U, 3U}) ages.move(std::nullopt, second);
  EXPECT_EQ(ages.oldest(), 3U);
  ages.move(3, 8);
  EXPECT_EQ(ages.oldest(), 3U) << "another one is of the same second";
  ages.move(3, std::nullopt);
  EXPECT_EQ(ages.oldest(), 7U);
  for (const PendingAges::Second second : {7U, 8U, 9U}) ages.move(second, std::nullopt);
  EXPECT_EQ(ages.oldest(), std::nullopt);
}

TEST(PendingAges, ACommandIdsSecondIsThatOfItsMicroseconds) {
  EXPECT_EQ(PendingAges::second_of(1'999'999), 1U);
  EXPECT_EQ(PendingAges::second_of(2'000'000), 2U);
}

}  // namespace
}  // namespace cartd
