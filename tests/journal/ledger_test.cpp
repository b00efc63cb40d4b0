#include "journal/ledger.h"

#include "journal/journal.h"
#include "journal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

namespace cartd::journal {
namespace {

using namespace std::chrono_literals;
using test::plenty;
using test::record;
using testing::ElementsAre;
using testing::IsEmpty;

Append append_of(const JournalRecord& one) { return {one.command_id, encode(one), one.accepted}; }
KeepDeadLetter dead_letter_of(std::uint64_t sequence) {
  return {{1, sequence}, encode(DeadLetter{record(sequence), "too old", Time(Millis(9))})};
}

/// A ledger, and a disk that has what was written: for each segment a list of frames.
class LedgerOnDisk {
 public:
  explicit LedgerOnDisk(std::uint64_t max_bytes = plenty) : ledger(max_bytes) {}

  /// The operations in one group, which reaches the disk or does not.
  Result<void> apply(std::vector<Operation> operations, bool written = true) {
    Group group(header_, end_);
    Result<void> last;
    for (Operation& operation : operations) last = ledger.apply(std::move(operation), group);
    kinds = {};
    group.for_each([this](const Frame& found) { kinds += static_cast<char>(found.kind); });
    if (written) ledger.keep_group();
    else ledger.undo_group(group);
    if (written) put(group);
    return last;
  }
  void begin_segment() {
    ledger.seal_segment(header_.number);
    ++header_.number;
    end_ = segment_header_bytes;
    Group group(header_, end_);
    ledger.begin_segment(group);
    put(group);
  }
  /// Copies what is needed out of the oldest segment, which goes.
  void copy_oldest() {
    if (frames_.empty() || frames_.front().segment == header_.number) return;
    const std::uint64_t number = frames_.front().segment;
    Group group(header_, end_);
    std::vector<Copied> copies;
    for (const Written& one : frames_) {
      if (one.segment != number) continue;
      if (auto copied = ledger.copy(number, frame_of(one), group)) copies.push_back(*copied);
    }
    put(group);
    for (const Copied& copied : copies) ledger.moved(copied);
    std::erase_if(frames_, [number](const Written& one) { return one.segment == number; });
    EXPECT_NE(ledger.oldest_segment(header_.number), number);
  }
  /// What a next process makes of the disk.
  Ledger next_process() const {
    Ledger next(plenty);
    for (const Written& one : frames_) EXPECT_EQ(next.replay(one.segment, frame_of(one)), std::nullopt);
    return next;
  }
  bool agrees(const Ledger& next) const {
    return next.live_records() == ledger.live_records() && next.live_bytes() == ledger.live_bytes() &&
           next.dead_letter_count() == ledger.dead_letter_count();
  }

  Ledger ledger;
  std::string kinds{};  ///< Of what the last group writes.

 private:
  struct Written {
    std::uint64_t segment;
    std::uint32_t offset;
    std::string framed;
  };
  static Frame frame_of(const Written& one) { return *read_frame(one.framed, one.offset); }
  void put(Group& group) {
    group.for_each([&](const Frame& found) {
      frames_.push_back({group.segment(), found.offset, frame(found.kind, found.payload)});
    });
    if (!group.empty()) end_ += static_cast<std::uint32_t>(group.finish(end_).size());
  }

  SegmentHeader header_{1, 1, 0};
  std::uint32_t end_ = segment_header_bytes;
  std::vector<Written> frames_{};
};

TEST(LedgerTest, WritesWhatEachOperationTakes) {
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({append_of(record(1))}));
  EXPECT_EQ(disk.kinds, "pr") << "its producer is new";
  EXPECT_TRUE(disk.apply({append_of(record(2, 1, true)), append_of(record(3))}));
  EXPECT_EQ(disk.kinds, "rr");
  EXPECT_TRUE(disk.apply({Accept{{1, 1}}}));
  EXPECT_EQ(disk.kinds, "a");
  EXPECT_TRUE(disk.apply({Release{{{1, 1}, {1, 3}, {1, 9}}}}));
  EXPECT_EQ(disk.kinds, "f");
  EXPECT_TRUE(disk.apply({Release{{{1, 1}, {1, 9}}}}));
  EXPECT_EQ(disk.kinds, "");
  EXPECT_TRUE(disk.apply({dead_letter_of(2)}));
  EXPECT_EQ(disk.kinds, "d");
  EXPECT_TRUE(disk.apply({dead_letter_of(2)}));
  EXPECT_EQ(disk.kinds, "");
  EXPECT_TRUE(disk.apply({Revive{{1, 2}, append_of(record(4))}}));
  EXPECT_EQ(disk.kinds, "rx");
  EXPECT_TRUE(disk.apply({dead_letter_of(5), Drop{{1, 5}}}));
  EXPECT_EQ(disk.kinds, "dx");
  EXPECT_EQ(disk.ledger.live_records(), 1U);
  EXPECT_EQ(disk.ledger.live_bytes(), encode(record(4)).size());
  EXPECT_TRUE(disk.agrees(disk.next_process()));
}

TEST(LedgerTest, TakesTheMemoryThatTheOutboxCounts) {
  Ledger ledger(plenty);
  std::uint64_t sequence = 0;
  for (std::uint64_t segment = 1; segment <= 10; ++segment) {
    Group group({segment, 1, 0}, segment_header_bytes);
    for (int i = 0; i < 10'000; ++i) ASSERT_TRUE(ledger.apply(append_of(record(++sequence)), group));
    ledger.keep_group();
    ledger.seal_segment(segment);
  }
  const double each = static_cast<double>(ledger.memory_bytes()) / static_cast<double>(sequence);
  EXPECT_NEAR(each, Journal::index_bytes, 0.2 * Journal::index_bytes);
}

TEST(LedgerTest, RefusesWhatIsNotThere) {
  LedgerOnDisk disk;
  for (const Operation& operation :
       {Operation(Accept{{1, 1}}), Operation(Drop{{1, 1}}), Operation(Revive{{1, 1}, append_of(record(2))})}) {
    EXPECT_EQ(disk.apply({operation}).error().code, Errc::not_found);
    EXPECT_EQ(disk.kinds, "");
  }
  EXPECT_EQ(disk.ledger.live_records(), 0U);
}

TEST(LedgerTest, HoldsNoMoreThanItMay) {
  const auto size = encode(record(1)).size();
  LedgerOnDisk disk(2 * size + 5);
  EXPECT_TRUE(disk.apply({append_of(record(1)), append_of(record(2))}));
  EXPECT_EQ(disk.apply({append_of(record(3))}).error().code, Errc::journal_full);
  EXPECT_EQ(disk.kinds, "");
  // A dead letter takes more than its record, and is never refused.
  EXPECT_TRUE(disk.apply({dead_letter_of(1)}));
  EXPECT_GT(disk.ledger.live_bytes(), 2 * size + 5);
  // Its successor may use its room.
  EXPECT_TRUE(disk.apply({Revive{{1, 1}, append_of(record(4))}}));
  EXPECT_EQ(disk.ledger.live_bytes(), 2 * size);
}

TEST(LedgerTest, AReviveThatIsRefusedLeavesTheDeadLetter) {
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({dead_letter_of(1), append_of(record(2))}));
  EXPECT_EQ(disk.apply({Revive{{1, 1}, append_of(record(2))}}).error().code, Errc::invalid);
  EXPECT_EQ(disk.kinds, "");
  EXPECT_EQ(disk.ledger.dead_letter_count(), 1U);
}

TEST(LedgerTest, UndoesWhatItRefusedAfterAll) {
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({append_of(record(1)), dead_letter_of(2), dead_letter_of(3)}));
  const auto bytes = disk.ledger.live_bytes();
  EXPECT_TRUE(disk.apply({append_of(record(4, 1, true)), Drop{{1, 2}}, Revive{{1, 3}, append_of(record(5))}}, false));
  EXPECT_EQ(disk.ledger.live_bytes(), bytes);
  EXPECT_EQ(disk.ledger.live_records(), 1U);
  EXPECT_EQ(disk.ledger.dead_letter_count(), 2U);
  EXPECT_FALSE(disk.ledger.has_backlog());
}

TEST(LedgerTest, WhatCannotBeRefusedIsWrittenWithTheNextSegment) {
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({append_of(record(1)), append_of(record(2)), append_of(record(3))}));
  EXPECT_TRUE(disk.apply({Accept{{1, 1}}, Release{{{1, 2}}}, dead_letter_of(3)}, false));
  EXPECT_TRUE(disk.ledger.has_backlog());
  const auto letter = disk.ledger.dead_letter({1, 3});
  ASSERT_TRUE(letter);
  EXPECT_TRUE(test::same(read_dead_letter(*read_frame(letter->framed, 0))->record, record(3)));
  EXPECT_FALSE(disk.agrees(disk.next_process()));

  disk.begin_segment();
  EXPECT_FALSE(disk.ledger.has_backlog());
  EXPECT_EQ(disk.ledger.dead_letter({1, 3})->position.segment, 2U);
  EXPECT_TRUE(disk.agrees(disk.next_process()));
}

TEST(LedgerTest, CountsADeadLetterOnceThatARefusedGroupTookAndKeptAgain) {
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({dead_letter_of(1)}));
  const auto bytes = disk.ledger.live_bytes();
  EXPECT_TRUE(disk.apply({Drop{{1, 1}}, dead_letter_of(1)}, false));
  EXPECT_EQ(disk.ledger.live_bytes(), bytes);
  EXPECT_EQ(disk.ledger.dead_letter_count(), 1U);
}

TEST(LedgerTest, KnowsWhoseProducersAreDead) {
  const Time start(1'000h);
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({append_of(record(1, 7)), append_of(record(2, 8))}));
  EXPECT_THAT(disk.ledger.dead_producers(start + 1'000h), IsEmpty()) << "their process lives";

  Ledger next = disk.next_process();
  next.begin_process(start, start - 24h);
  EXPECT_THAT(next.dead_producers(start - 1ms), IsEmpty());
  EXPECT_THAT(next.dead_producers(start), IsEmpty()) << "each has a record left";
  Group group({9, 1, 0}, segment_header_bytes);
  EXPECT_TRUE(next.apply(Release{{{7, 1}}}, group));
  EXPECT_THAT(next.dead_producers(start), IsEmpty()) << "a power cut could bring its record back";
  next.note_synced();
  EXPECT_THAT(next.dead_producers(start), ElementsAre(7U));
  next.begin_process(start + 1h, start - 23h);
  EXPECT_THAT(next.dead_producers(start), ElementsAre(7U)) << "since the first process after theirs";
  next.begin_process(start + 30h, start + 6h);
  EXPECT_THAT(next.dead_producers(start + 100h), IsEmpty()) << "forgotten";
}

TEST(LedgerTest, AReleaseThatCouldNotBeWrittenKeepsItsProducer) {
  const Time start(1'000h);
  LedgerOnDisk disk;
  EXPECT_TRUE(disk.apply({append_of(record(1, 7))}));
  Ledger next = disk.next_process();
  next.begin_process(start, start - 24h);
  Group group({9, 1, 0}, segment_header_bytes);
  EXPECT_TRUE(next.apply(Release{{{7, 1}}}, group));
  next.undo_group(group);
  next.note_synced();
  EXPECT_THAT(next.dead_producers(start), IsEmpty());
  Group later({10, 1, 0}, segment_header_bytes);
  next.begin_segment(later);
  next.note_synced();
  EXPECT_THAT(next.dead_producers(start), ElementsAre(7U));
}

RC_GTEST_PROP(LedgerProperty, ANextProcessFindsTheSame, ()) {
  // Groups of random operations, some of which do not reach the disk, new segments, copies out of old ones.
  LedgerOnDisk disk;
  const auto any_sequence = rc::gen::inRange<std::uint64_t>(1, 12);
  std::uint64_t fresh = 100;
  for (int group = *rc::gen::inRange(1, 30); group > 0; --group) {
    std::vector<Operation> operations;
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
      const CommandId command_id{1, *any_sequence};
      switch (*rc::gen::inRange(0, 6)) {
        case 0: operations.emplace_back(append_of(record(command_id.sequence))); break;
        case 1: operations.emplace_back(Accept{command_id}); break;
        case 2: operations.emplace_back(Release{{command_id}}); break;
        case 3: operations.emplace_back(dead_letter_of(command_id.sequence)); break;
        case 4: operations.emplace_back(Drop{command_id}); break;
        default: operations.emplace_back(Revive{command_id, append_of(record(++fresh))}); break;
      }
    }
    const bool written = *rc::gen::inRange(0, 4) != 0;
    (void)disk.apply(std::move(operations), written);
    if (!written || *rc::gen::inRange(0, 3) == 0) disk.begin_segment();
    if (*rc::gen::inRange(0, 3) == 0) disk.copy_oldest();
  }
  RC_ASSERT(disk.agrees(disk.next_process()));
}

}  // namespace
}  // namespace cartd::journal
