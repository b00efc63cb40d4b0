// Disks that do not answer.
#include "journal_fixture.h"

#include "faulty_disk.h"
#include "frozen_file_system.h"
#include "journal/journal_on.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <string>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// Longer than a disk takes that only has much to do.
constexpr std::chrono::milliseconds deadline = 1s;

class JournalOnAHungDisk : public JournalTest {
 protected:
  JournalOnAHungDisk() {
    auto opened = journal::open_on(disk_, {folder_, plenty, deadline});
    if (opened) journal_ = std::move(*opened);
  }
  ~JournalOnAHungDisk() override {
    disk_.release();
    journal_.reset();
  }
  void SetUp() override { ASSERT_TRUE(journal_); }

  bool is_now(JournalState state) {
    return wait_until([&] { return journal_->figures().state == state; });
  }
  /// Lets the disk hang, and waits until the journal knows. The answer to the append that was being written.
  Errc hang() {
    const std::uint64_t before = journal_->figures().live_records;
    disk_.faults().held = true;
    const auto answer = loop_.start(journal_->append(record(1)));
    EXPECT_TRUE(wait_until([&] { return journal_->figures().live_records == before + 1; }));
    return answer().error().code;
  }
  void release() {
    disk_.release();
    EXPECT_TRUE(is_now(JournalState::working));
  }

  FaultyDisk disk_;
};

TEST_F(JournalOnAHungDisk, AnswersRefusesAndRecovers) {
  disk_.faults().held = true;
  const auto in_flight = loop_.start(journal_->append(record(1)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().live_records == 1; }));
  const auto queued = loop_.start(journal_->append(record(2)));
  EXPECT_EQ(in_flight().error().code, Errc::outcome_unknown);
  EXPECT_EQ(queued().error().code, Errc::journal_stalled);

  const JournalFigures figures = journal_->figures();
  EXPECT_EQ(figures.state, JournalState::stalled);
  EXPECT_EQ(figures.failure, "the journal's disk does not answer");
  EXPECT_GE(figures.writing_for, deadline);
  EXPECT_EQ(journal_->refusal()->code, Errc::journal_stalled);
  EXPECT_EQ(append(3).error().code, Errc::journal_stalled);

  release();
  EXPECT_EQ(journal_->refusal(), std::nullopt);
  EXPECT_TRUE(append(4));
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}, CommandId{1, 4})) << "of what was surely not done nothing is there";
}

TEST_F(JournalOnAHungDisk, WhatIsReleasedMeanwhileIsGoneWhenTheDiskAnswers) {
  ASSERT_TRUE(append(5));
  ASSERT_EQ(hang(), Errc::outcome_unknown);
  journal_->release({{1, 1}});
  EXPECT_EQ(loop_.run(journal_->release_now({1, 5})).error().code, Errc::outcome_unknown)
      << "it may come back until then";
  release();
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(JournalOnAHungDisk, AnAcceptanceMeanwhileIsKeptAndNotAcknowledged) {
  ASSERT_TRUE(append(5));
  ASSERT_EQ(hang(), Errc::outcome_unknown);
  EXPECT_EQ(accept(5).error().code, Errc::outcome_unknown);
  release();
  open();
  const auto recovered = journal_->take_recovered();
  ASSERT_EQ(recovered.size(), 2U);
  EXPECT_TRUE(same(recovered[1], record(5, 1, true)));
}

TEST_F(JournalOnAHungDisk, ADeadLetterIsDroppedOrStays) {
  for (const std::uint64_t sequence : {5U, 6U})
    journal_->keep_dead_letter(record(sequence), "too old", Time(Millis(1)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().dead_letters == 2; }));
  ASSERT_EQ(hang(), Errc::outcome_unknown);
  EXPECT_EQ(loop_.run(journal_->drop({1, 5})).error().code, Errc::journal_stalled);
  release();
  EXPECT_EQ(journal_->figures().dead_letters, 2U);
  EXPECT_TRUE(loop_.run(journal_->drop({1, 5})));
}

TEST_F(JournalOnAHungDisk, ADeadLetterThatCannotBeReadInTimeKeepsNobodyWaiting) {
  journal_->keep_dead_letter(record(5), "too old", Time(Millis(1)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().dead_letters == 1; }));
  disk_.faults().reads_held = true;
  const auto in_progress = loop_.start(journal_->dead_letter({1, 5}));
  ASSERT_TRUE(is_now(JournalState::stalled));
  EXPECT_EQ(in_progress().error().code, Errc::journal_stalled);
  EXPECT_EQ(loop_.run(journal_->dead_letters(std::nullopt, 10)).error().code, Errc::journal_stalled);
  release();
  EXPECT_EQ(dead_letters().size(), 1U);
}

TEST_F(JournalOnAHungDisk, ARevivalThatHasBegunWaitsForTheDisk) {
  journal_->keep_dead_letter(record(5), "too old", Time(Millis(1)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().dead_letters == 1; }));
  disk_.faults().held = true;
  const auto revived = loop_.start(journal_->revive({1, 5}, record(50, 2)));
  ASSERT_TRUE(is_now(JournalState::stalled));
  release();
  EXPECT_TRUE(revived());
  EXPECT_THAT(left(), ElementsAre(CommandId{2, 50}));
}

TEST_F(JournalOnAHungDisk, WritesThatHangAreTheSame) {
  disk_.faults().writes_held = true;
  EXPECT_EQ(append(1).error().code, Errc::outcome_unknown);
  EXPECT_EQ(append(2).error().code, Errc::journal_stalled);
  release();
  EXPECT_TRUE(append(3));
}

TEST_F(JournalOnAHungDisk, ADiskThatFailsInTheEndHasFailed) {
  ASSERT_EQ(hang(), Errc::outcome_unknown);
  disk_.faults().syncs_fail = true;
  disk_.release();
  EXPECT_TRUE(is_now(JournalState::failed));
  // Until the group has ended, its disk is one that does not answer.
  EXPECT_TRUE(wait_until([this] { return journal_->figures().writing_for == 0ms; }));
  EXPECT_EQ(append(2).error().code, Errc::journal_failed);
}

TEST_F(JournalOnAHungDisk, IsInTheLogOnceAndOnceMoreWhenItAnswers) {
  testing::internal::CaptureStderr();
  EXPECT_EQ(hang(), Errc::outcome_unknown);
  for (std::uint64_t sequence = 2; sequence < 10; ++sequence)
    EXPECT_EQ(append(sequence).error().code, Errc::journal_stalled);
  release();
  EXPECT_TRUE(append(10));
  const std::string log = testing::internal::GetCapturedStderr();
  const std::string hangs = "the journal's disk does not answer; changes are refused until it does";
  EXPECT_THAT(log, HasSubstr(hangs));
  EXPECT_EQ(log.find(hangs), log.rfind(hangs)) << log;
  EXPECT_THAT(log.substr(log.find(hangs)), HasSubstr("the journal's disk answers again"));
}

TEST_F(JournalOnAHungDisk, AFileSystemThatIsFrozenIsAHungDisk) {
  journal_.reset();
  MountedFileSystem disk(folder_);
  if (!disk.mounted()) GTEST_SKIP() << "no file system can be made and mounted here: " << disk.why_not();
  auto opened = Journal::open({folder_ / "journal", plenty, deadline});
  ASSERT_TRUE(opened) << opened.error();
  journal_ = std::move(*opened);
  ASSERT_TRUE(append(1));
  {
    const FrozenFileSystem frozen(folder_);
    if (!frozen.frozen()) GTEST_SKIP() << "the file system cannot be frozen";
    EXPECT_EQ(append(2).error().code, Errc::outcome_unknown);
    EXPECT_EQ(append(3).error().code, Errc::journal_stalled);
    EXPECT_EQ(journal_->figures().state, JournalState::stalled);
  }
  EXPECT_TRUE(is_now(JournalState::working));
  EXPECT_TRUE(append(4));
  journal_.reset();
  opened = Journal::open({folder_ / "journal", plenty, patient});
  ASSERT_TRUE(opened) << opened.error();
  EXPECT_THAT(command_ids_of((*opened)->take_recovered()),
              ElementsAre(CommandId{1, 1}, CommandId{1, 2}, CommandId{1, 4}));
}

}  // namespace
}  // namespace cartd::test
