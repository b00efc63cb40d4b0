// How much of the disk and of memory a journal takes, and what leaves it when.
#include "journal_fixture.h"

#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::uint64_t segment = std::uint64_t{8} << 20;

class SegmentsTest : public JournalTest {
 protected:
  /// Appends records of about 60 kB, from `first` on.
  void append_large(std::uint64_t first, std::uint64_t count) {
    const Change large{Annotate{"{\"a\":\"" + std::string(60'000, 'x') + "\"}", {}}};
    std::vector<std::function<Result<void>()>> answers;
    for (std::uint64_t sequence = first; sequence < first + count; ++sequence)
      answers.push_back(loop_.start(journal_->append({{1, sequence}, cart_id("a"), large, false})));
    for (const auto& answer : answers) ASSERT_TRUE(answer());
  }
  void release(std::uint64_t first, std::uint64_t count) {
    std::vector<CommandId> ids;
    for (std::uint64_t sequence = first; sequence < first + count; ++sequence) ids.push_back({1, sequence});
    journal_->release(std::move(ids));
  }
  std::uint64_t folder_bytes() {
    std::uint64_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      std::error_code gone;
      const auto size = file.file_size(gone);
      if (!gone) sum += size;
    }
    return sum;
  }
};

TEST_F(SegmentsTest, TakeAsMuchOfTheDiskAsTheFiguresSay) {
  open();
  for (std::uint64_t first = 1; first < 1000; first += 100) append_large(first, 100);
  const std::uint64_t bytes = journal_->figures().live_bytes;
  EXPECT_GT(bytes, 60'000'000U);
  EXPECT_GE(folder_bytes(), bytes);
  EXPECT_LE(folder_bytes(), bytes + bytes / 5 + segment);
  open();
  EXPECT_LE(folder_bytes(), bytes + bytes / 5 + 2 * segment);
  EXPECT_EQ(journal_->figures().live_bytes, bytes);
}

TEST_F(SegmentsTest, LeaveWhenNothingInThemIsNeeded) {
  open();
  for (std::uint64_t first = 1; first < 1000; first += 100) append_large(first, 100);
  release(1, 1000);
  EXPECT_TRUE(wait_until([&] { return folder_bytes() <= segment + 2'000'000; })) << folder_bytes();
  EXPECT_THAT(left(), IsEmpty());
  EXPECT_LE(folder_bytes(), segment + 1000) << "a new segment for a new process";
}

TEST_F(SegmentsTest, AreNotHeldBackByFewRecordsThatStay) {
  open();
  ASSERT_TRUE(append(1));
  ASSERT_TRUE(append(2));
  ASSERT_TRUE(accept(2));
  journal_->keep_dead_letter(record(3), "too old", Time(Millis(5)));
  for (std::uint64_t first = 1000; first < 4000; first += 100) {
    append_large(first, 100);
    release(first, 100);
  }
  EXPECT_LT(folder_bytes(), 5 * segment);
  EXPECT_EQ(dead_letters().size(), 1U);
  open();
  const auto recovered = journal_->take_recovered();
  ASSERT_EQ(recovered.size(), 2U);
  EXPECT_TRUE(same(recovered[0], record(1)));
  EXPECT_TRUE(same(recovered[1], record(2, 1, true)));
  const auto letters = dead_letters();
  ASSERT_EQ(letters.size(), 1U);
  EXPECT_TRUE(same(letters[0].record, record(3)));
}

TEST_F(SegmentsTest, KeepEveryRecordThoughTheyAreCopied) {
  // Of each hundred some stay, among many that go: so that old segments are copied from.
  open();
  std::vector<CommandId> expected;
  for (std::uint64_t first = 1; first < 3000; first += 100) {
    append_large(first, 100);
    release(first, 96);
    for (std::uint64_t sequence = first + 96; sequence < first + 100; ++sequence) expected.push_back({1, sequence});
  }
  EXPECT_LT(folder_bytes(), expected.size() * 90'000 + 4 * segment);
  EXPECT_EQ(left(), expected);
  EXPECT_EQ(left(), expected);
}

class DeadProducersTest : public JournalTest {
 protected:
  void open_at(Time now) {
    journal_.reset();
    auto opened = Journal::open({folder_, plenty, patient, now});
    ASSERT_TRUE(opened) << opened.error();
    journal_ = std::move(*opened);
  }
  const Time start_{1'000'000h};
};

TEST_F(DeadProducersTest, AreKnownWhenNothingOfThemCanArriveAnyMore) {
  open_at(start_);
  ASSERT_TRUE(append(1, 7));
  ASSERT_TRUE(append(2, 8));
  ASSERT_TRUE(loop_.run(journal_->release_now({7, 1})));
  EXPECT_THAT(journal_->dead_producers(start_ + 10h), IsEmpty()) << "their process lives";

  open_at(start_ + 1h);
  const Time safe = start_ + 1h + Journal::producer_fence;
  EXPECT_THAT(journal_->dead_producers(safe - 1ms), IsEmpty());
  EXPECT_THAT(journal_->dead_producers(safe), ElementsAre(7U)) << "of the other a record is left";
  ASSERT_TRUE(append(3, 9));
  journal_->release({{8, 2}, {9, 3}});
  ASSERT_TRUE(wait_until([&] { return journal_->figures().live_records == 0; }));
  EXPECT_THAT(journal_->dead_producers(safe + 10h), ElementsAre(7U)) << "a power cut could bring the record back";
  ASSERT_TRUE(append(4, 9));
  EXPECT_THAT(journal_->dead_producers(safe + 10h), ElementsAre(7U, 8U));
}

TEST_F(DeadProducersTest, AreRememberedThroughRestartsForADay) {
  open_at(start_);
  ASSERT_TRUE(append(1, 7));
  ASSERT_TRUE(loop_.run(journal_->release_now({7, 1})));
  for (int i = 1; i <= 20; ++i) open_at(start_ + i * 1min);
  const Time safe = start_ + 1min + Journal::producer_fence;
  EXPECT_THAT(journal_->dead_producers(safe), ElementsAre(7U)) << "however often the process is started again";
  open_at(start_ + 25h);
  EXPECT_THAT(journal_->dead_producers(start_ + 30h), ElementsAre(7U));
  open_at(start_ + 27h);
  EXPECT_THAT(journal_->dead_producers(start_ + 30h), IsEmpty());
}

}  // namespace
}  // namespace cartd::test
