#include "journal/segment.h"

#include "domain/generators.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

namespace cartd::journal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// A segment that is put together group by group.
class Segment {
 public:
  /// A group that a later one knows to be on disk when it is `synced`.
  void add(const std::vector<std::string>& payloads, bool synced) {
    Group group(header_, static_cast<std::uint32_t>(bytes_.size()));
    for (const std::string& payload : payloads) group.add(frame(Kind::record, payload));
    bytes_ += group.finish(synced_end_);
    if (synced) synced_end_ = static_cast<std::uint32_t>(bytes_.size());
  }
  const std::string& bytes() const { return bytes_; }

  struct Read {
    std::vector<std::string> payloads{};
    Scanned scanned{};
  };
  Read read(const std::string& bytes) const {
    Read read;
    read.scanned = scan(bytes, header_, [&](const Frame& found) {
      read.payloads.emplace_back(found.payload);
      return true;
    });
    return read;
  }

 private:
  SegmentHeader header_{7, 0x0123456789ABCDEF, 99};
  std::string bytes_ = encode(header_);
  std::uint32_t synced_end_ = segment_header_bytes;
};

TEST(SegmentTest, GivesBackItsHeader) {
  const std::string bytes = encode({7, 8, 9});
  ASSERT_EQ(bytes.size(), segment_header_bytes);
  const auto header = read_segment_header(bytes + "more");
  ASSERT_TRUE(header);
  EXPECT_EQ(header->number, 7U);
  EXPECT_EQ(header->salt, 8U);
  EXPECT_EQ(header->previous_end, 9U);
  for (std::size_t size = 0; size < bytes.size(); ++size) EXPECT_FALSE(read_segment_header(bytes.substr(0, size)));
}

TEST(SegmentTest, GivesBackItsRecordsGroupByGroup) {
  Segment segment;
  segment.add({"a", ""}, true);
  segment.add({std::string(3000, 'b')}, true);
  const auto read = segment.read(segment.bytes() + std::string(100, '\0'));
  EXPECT_THAT(read.payloads, ElementsAre("a", "", std::string(3000, 'b')));
  EXPECT_EQ(read.scanned.end, segment.bytes().size());
  EXPECT_EQ(read.scanned.rest, Rest::nothing);
}

TEST(SegmentTest, AGroupOfAnotherPlaceIsNone) {
  Segment segment;
  segment.add({"a"}, true);
  const std::string group = segment.bytes().substr(segment_header_bytes);
  EXPECT_EQ(segment.read(segment.bytes() + group).payloads.size(), 1U);
  EXPECT_EQ(segment.read(segment.bytes() + group).scanned.rest, Rest::damaged);
}

TEST(SegmentTest, WhatAPayloadImitatesIsNoGroup) {
  Segment other;
  other.add({"forged"}, true);
  Segment segment;
  segment.add({other.bytes()}, false);
  const auto read = segment.read(segment.bytes());
  EXPECT_EQ(read.payloads.size(), 1U);
  EXPECT_EQ(read.scanned.rest, Rest::nothing);
}

// What a machine that loses its power may leave of writes that it had not synced: any sectors of them.
RC_GTEST_PROP(SegmentProperty, AnyRestOfUnsyncedWritesIsTorn, ()) {
  const auto payload = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
  Segment segment;
  std::size_t whole = 0;
  for (int groups = *rc::gen::inRange(0, 4); groups > 0; --groups, ++whole) segment.add({*payload}, true);
  const std::size_t synced = segment.bytes().size();
  for (int groups = *rc::gen::inRange(1, 4); groups > 0; --groups)
    segment.add({*payload, std::string(*rc::gen::inRange<std::size_t>(0, 2000), 'x')}, false);

  std::string left = segment.bytes();
  bool lost = false;
  for (std::size_t at = 0; at < left.size(); at += 512) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    for (std::size_t i = std::max(at, synced); i < std::min(at + 512, left.size()); ++i) left[i] = '\0';
    lost |= at + 512 > synced;
  }
  const auto read = segment.read(left);
  RC_ASSERT(read.payloads.size() >= whole);
  RC_ASSERT(read.scanned.end >= synced);
  RC_ASSERT(read.scanned.rest != Rest::damaged);
  RC_ASSERT(lost || read.scanned.end == left.size());
}

RC_GTEST_PROP(SegmentProperty, DamageToWhatWasSyncedIsSeen, ()) {
  const auto payload = rc::gen::nonEmpty(rc::gen::container<std::string>(rc::gen::inRange('a', 'z')));
  Segment segment;
  for (int groups = *rc::gen::inRange(1, 4); groups > 0; --groups) segment.add({*payload, *payload}, true);
  const std::size_t synced = segment.bytes().size();
  segment.add({*payload}, *rc::gen::arbitrary<bool>());
  std::string turned = segment.bytes();
  const auto at = *rc::gen::inRange<std::size_t>(segment_header_bytes, synced);
  turned[at] = static_cast<char>(turned[at] ^ *rc::gen::inRange(1, 256));
  RC_ASSERT(segment.read(turned).scanned.rest == Rest::damaged);
}

}  // namespace
}  // namespace cartd::journal
