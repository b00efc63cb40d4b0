#include "journal/live_index.h"

#include "allocations.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <memory>
#include <utility>

namespace cartd::journal {
namespace {

TEST(LiveIndexTest, TakesAsMuchMemoryAsItSays) {
  // As in an outage: a million records of two loops, each a few microseconds after the one before.
  constexpr std::uint64_t records = 1'000'000;
  const std::size_t before = test::allocated_now();
  auto index = std::make_unique<LiveIndex>();
  std::uint64_t segment = 1;
  for (std::uint64_t i = 0; i < records; ++i) {
    index->add({1 + i % 2, 1'800'000'000'000'000 + 30 * i}, {segment, static_cast<std::uint32_t>(i), 100}, true);
    if (i % 80'000 == 79'999) index->seal(segment++);
  }
  const std::size_t each = (test::allocated_now() - before) / records;
  EXPECT_GE(each, 12U);
  EXPECT_LE(each, 14U);
  for (std::uint64_t i = 0; i < records; ++i) ASSERT_TRUE(index->remove({1 + i % 2, 1'800'000'000'000'000 + 30 * i}));
  EXPECT_EQ(index->oldest_segment(), std::nullopt);
  index->seal(segment);
  EXPECT_LT(test::allocated_now() - before, 10'000U);
}

TEST(LiveIndexTest, TakesSequencesOfWeeks) {
  LiveIndex index;
  const std::uint64_t week = 7ULL * 86400 * 1'000'000;
  for (std::uint64_t i = 1; i <= 10; ++i) index.add({1, i * week}, {1, static_cast<std::uint32_t>(i), 100}, false);
  for (std::uint64_t i = 1; i <= 10; ++i) {
    const auto found = index.find({1, i * week});
    ASSERT_TRUE(found);
    EXPECT_EQ(found->position, (Position{1, static_cast<std::uint32_t>(i), 100}));
    EXPECT_FALSE(index.find({1, i * week + 1}));
  }
}

RC_GTEST_PROP(LiveIndexProperty, IsAMap, ()) {
  LiveIndex index;
  std::map<std::pair<ProducerId, std::uint64_t>, LiveIndex::Found> expected;
  std::uint64_t segment = 1;
  std::uint32_t offset = 0;
  const auto sequence = rc::gen::element<std::uint64_t>(1, 2, 3, 4, 5, 1ULL << 33, (1ULL << 33) + 1, 1ULL << 34);
  for (int steps = *rc::gen::inRange(1, 60); steps > 0; --steps) {
    const CommandId id{*rc::gen::inRange<ProducerId>(1, 3), *sequence};
    const std::pair key(id.producer, id.sequence);
    switch (*rc::gen::inRange(0, 5)) {
      case 0:
      case 1: {
        if (expected.contains(key)) break;
        const LiveIndex::Found added{{segment, ++offset, 10}, *rc::gen::arbitrary<bool>()};
        index.add(id, added.position, added.accepted);
        expected.emplace(key, added);
        break;
      }
      case 2: RC_ASSERT(index.remove(id).has_value() == (expected.erase(key) == 1)); break;
      case 3:
        RC_ASSERT(index.accept(id) == expected.contains(key));
        if (expected.contains(key)) expected.at(key).accepted = true;
        break;
      default: index.seal(segment++); break;
    }
  }
  RC_ASSERT(index.size() == expected.size());
  std::optional<std::uint64_t> oldest;
  bool first[3] = {false, false, false};
  for (const auto& [key, wanted] : expected) {
    const auto found = index.find({key.first, key.second});
    RC_ASSERT(found.has_value());
    RC_ASSERT(found->position == wanted.position);
    RC_ASSERT(found->accepted == wanted.accepted);
    if (!oldest || wanted.position.segment < *oldest) oldest = wanted.position.segment;
    first[key.first] = true;
  }
  RC_ASSERT(index.oldest_segment() == oldest);
  for (const ProducerId producer : {1U, 2U}) RC_ASSERT(index.has_any_of(producer) == first[producer]);
}

}  // namespace
}  // namespace cartd::journal
