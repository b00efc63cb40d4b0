// Disks that fail, fill up or may not be written.
#include "journal_fixture.h"

#include "faulty_disk.h"
#include "journal/journal_on.h"
#include "support/file_size_limit.h"
#include "support/process.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class JournalOnAFaultyDisk : public JournalTest {
 protected:
  // The journal goes before its disk.
  ~JournalOnAFaultyDisk() override { journal_.reset(); }

  void open_there(std::chrono::milliseconds deadline = patient) {
    auto opened = journal::open_on(disk_, {folder_, plenty, deadline});
    ASSERT_TRUE(opened) << opened.error();
    journal_ = std::move(*opened);
  }
  bool working_again() {
    return wait_until([&] { return journal_->figures().state == JournalState::working; });
  }
  FaultyDisk::Faults& faults() { return disk_.faults(); }

  FaultyDisk disk_;
};

TEST_F(JournalOnAFaultyDisk, EverySyncThatIsCountedWasDone) {
  open_there();
  const auto before = faults().log_syncs.load();
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) ASSERT_TRUE(append(sequence));
  ASSERT_TRUE(accept(3));
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 3})));
  EXPECT_EQ(journal_->figures().fsyncs, 12U);
  EXPECT_EQ(faults().log_syncs - before, 12U);
}

TEST_F(JournalOnAFaultyDisk, WhatArrivesDuringASyncSharesTheNextOne) {
  open_there();
  faults().held = true;
  std::vector<std::function<Result<void>()>> answers{loop_.start(journal_->append(record(1)))};
  ASSERT_TRUE(wait_until([&] { return journal_->figures().live_records == 1; }));
  for (std::uint64_t sequence = 2; sequence <= 200; ++sequence)
    answers.push_back(loop_.start(journal_->append(record(sequence))));
  loop_.call([] { return true; });
  EXPECT_EQ(journal_->figures().appended, 0U);
  disk_.release();
  for (const auto& answer : answers) EXPECT_TRUE(answer());
  EXPECT_EQ(journal_->figures().fsyncs, 2U);
}

TEST_F(JournalOnAFaultyDisk, AFailedSyncEndsAllWritesUntilTheNextStart) {
  open_there();
  ASSERT_TRUE(append(1));
  faults().syncs_fail = true;
  EXPECT_EQ(append(2).error().code, Errc::outcome_unknown) << "the next process may find it";
  faults().syncs_fail = false;
  EXPECT_EQ(append(3).error().code, Errc::journal_failed);
  EXPECT_EQ(accept(1).error().code, Errc::journal_failed);
  EXPECT_EQ(loop_.run(journal_->release_now({1, 1})).error().code, Errc::journal_failed);
  const JournalFigures figures = journal_->figures();
  EXPECT_EQ(figures.state, JournalState::failed);
  EXPECT_EQ(figures.failure, "the journal could not be written");
  EXPECT_EQ(journal_->refusal()->code, Errc::journal_failed);
  EXPECT_EQ(figures.appended, 1U);

  open();
  const auto recovered = command_ids_of(journal_->take_recovered());
  EXPECT_THAT(recovered, testing::Contains(CommandId{1, 1}));
  EXPECT_THAT(recovered, testing::Not(testing::Contains(CommandId{1, 3})));
  EXPECT_TRUE(append(4));
}

TEST_F(JournalOnAFaultyDisk, ASyncThatLacksSpaceIsAFailedSyncNotAFullDisk) {
  open_there();
  faults().syncs_lack_space = true;
  EXPECT_EQ(append(1).error().code, Errc::outcome_unknown);
  EXPECT_EQ(journal_->figures().state, JournalState::failed);
}

TEST_F(JournalOnAFaultyDisk, AllThatWaitForAFailedSyncAreRefused) {
  open_there();
  faults().held = true;
  std::vector<std::function<Result<void>()>> answers;
  for (std::uint64_t sequence = 1; sequence <= 20; ++sequence)
    answers.push_back(loop_.start(journal_->append(record(sequence))));
  faults().syncs_fail = true;
  disk_.release();
  EXPECT_EQ(answers.front()().error().code, Errc::outcome_unknown);
  answers.erase(answers.begin());
  for (const auto& answer : answers)
    EXPECT_THAT(answer().error().code, testing::AnyOf(Errc::outcome_unknown, Errc::journal_failed));
}

TEST_F(JournalOnAFaultyDisk, AFailedSyncBehindTheScenesCountsAsWell) {
  open_there();
  faults().folder_syncs_fail = true;
  // Until a segment is full and the next one begins.
  const Change large{Annotate{"{\"a\":\"" + std::string(60'000, 'x') + "\"}", {}}};
  std::uint64_t sequence = 0;
  ASSERT_TRUE(wait_until([&] { return !loop_.run(journal_->append({{1, ++sequence}, cart_id("a"), large, false})); }));
  EXPECT_EQ(journal_->figures().state, JournalState::failed);
  const auto kept = sequence - 1;
  open();
  EXPECT_GE(journal_->take_recovered().size(), kept);
}

TEST_F(JournalOnAFaultyDisk, AFailedWriteEndsAllWritesUntilTheNextStart) {
  open_there();
  ASSERT_TRUE(append(1));
  faults().writes_fail = true;
  EXPECT_EQ(append(2).error().code, Errc::outcome_unknown);
  faults().writes_fail = false;
  EXPECT_EQ(append(3).error().code, Errc::journal_failed);
  EXPECT_EQ(journal_->figures().state, JournalState::failed);
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}));
}

TEST_F(JournalOnAFaultyDisk, AFullDiskRefusesAndKeepsNothingOfIt) {
  open_there();
  ASSERT_TRUE(append(1));
  faults().no_space = true;
  EXPECT_EQ(append(2).error().code, Errc::journal_full);
  EXPECT_EQ(append(3).error().code, Errc::journal_full);
  EXPECT_EQ(accept(1).error().code, Errc::journal_full);
  JournalFigures figures = journal_->figures();
  EXPECT_EQ(figures.state, JournalState::full);
  EXPECT_EQ(figures.failure, "the journal's disk is full");
  EXPECT_EQ(journal_->refusal()->code, Errc::journal_full);
  EXPECT_EQ(figures.live_records, 1U);

  faults().no_space = false;
  ASSERT_TRUE(working_again());
  EXPECT_EQ(journal_->figures().failure, "");
  EXPECT_EQ(journal_->refusal(), std::nullopt);
  ASSERT_TRUE(append(4));
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}, CommandId{1, 4}));
}

TEST_F(JournalOnAFaultyDisk, WhatCannotBeRefusedOnAFullDiskIsDoneWhenThereIsSpaceAgain) {
  open_there();
  for (std::uint64_t sequence = 1; sequence <= 6; ++sequence) ASSERT_TRUE(append(sequence));
  journal_->keep_dead_letter(record(6), "too old", Time(Millis(1)));
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 5})));
  faults().no_space = true;
  ASSERT_EQ(append(7).error().code, Errc::journal_full);
  EXPECT_EQ(accept(1).error().code, Errc::journal_full);
  journal_->release({{1, 2}});
  EXPECT_EQ(loop_.run(journal_->release_now({1, 3})).error().code, Errc::journal_full);
  journal_->keep_dead_letter(record(4), "too old", Time(Millis(2)));
  EXPECT_EQ(loop_.run(journal_->drop({1, 6})).error().code, Errc::journal_full);
  faults().no_space = false;
  ASSERT_TRUE(working_again());

  open();
  const auto recovered = journal_->take_recovered();
  ASSERT_EQ(recovered.size(), 1U);
  EXPECT_TRUE(same(recovered.front(), record(1, 1, true)));
  const auto letters = dead_letters();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_TRUE(same(letters[0].record, record(4)));
  EXPECT_TRUE(same(letters[1].record, record(6)));
}

TEST_F(JournalOnAFaultyDisk, AFullDiskIsLookedAtNowAndThenNotWithEveryRequest) {
  open_there();
  faults().probes = 0;
  faults().no_space = true;
  EXPECT_EQ(append(1).error().code, Errc::journal_full);
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(wait_until([&] {
    EXPECT_EQ(append(2).error().code, Errc::journal_full);
    return faults().probes >= 2;
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1500));
}

TEST_F(JournalOnAFaultyDisk, ADiskThatFailsWhileItIsFullIsNotTriedAgain) {
  open_there();
  ASSERT_TRUE(append(1));
  faults().no_space = true;
  ASSERT_EQ(append(2).error().code, Errc::journal_full);
  faults().writes_fail = true;
  faults().no_space = false;
  EXPECT_TRUE(wait_until([&] { return journal_->figures().state == JournalState::failed; }));
  EXPECT_EQ(append(3).error().code, Errc::journal_failed);
}

TEST_F(JournalOnAFaultyDisk, DeadLettersCanBeReadOnAFullDiskAndWhenItHasFailed) {
  open_there();
  journal_->keep_dead_letter(record(1), "too old", Time(Millis(1)));
  ASSERT_TRUE(append(2));
  faults().no_space = true;
  ASSERT_EQ(append(3).error().code, Errc::journal_full);
  journal_->keep_dead_letter(record(2), "too old, too", Time(Millis(2)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().dead_letters == 2; }));
  auto letters = dead_letters();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_TRUE(same(letters[0].record, record(1)));
  EXPECT_TRUE(same(letters[1].record, record(2))) << "of which the disk has nothing yet";
  EXPECT_EQ(letters[1].reason, "too old, too");
  faults().no_space = false;
  ASSERT_TRUE(working_again());
  faults().syncs_fail = true;
  ASSERT_EQ(append(4).error().code, Errc::outcome_unknown);
  EXPECT_EQ(dead_letters().size(), 2U);
  faults().reads_fail = true;
  EXPECT_EQ(loop_.run(journal_->dead_letter({1, 1})).error().code, Errc::journal_failed);
}

TEST_F(JournalOnAFaultyDisk, DeadLettersAreReadEvenWithAGroupThatIsRefused) {
  open_there();
  journal_->keep_dead_letter(record(1), "too old", Time(Millis(1)));
  ASSERT_TRUE(append(2));
  faults().writes_held = true;
  const auto written = loop_.start(journal_->append(record(3)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().live_records == 2; }));
  const auto behind = loop_.start(journal_->append(record(4)));
  const auto read = loop_.start(journal_->dead_letters(std::nullopt, plenty));
  ASSERT_TRUE(loop_.call([] { return true; })) << "both are in the queue";
  faults().no_space = true;
  disk_.release();
  EXPECT_EQ(written().error().code, Errc::journal_full);
  EXPECT_EQ(behind().error().code, Errc::journal_full);
  const auto letters = read();
  ASSERT_TRUE(letters) << letters.error().detail;
  EXPECT_EQ(letters->size(), 1U);
}

TEST_F(JournalOnAFaultyDisk, WhatItHoldsItselfAndNeedsNoMoreIsGivenBackToAFullDisk) {
  open_there();
  const Change large{Annotate{"{\"a\":\"" + std::string(60'000, 'x') + "\"}", {}}};
  std::vector<CommandId> all;
  for (std::uint64_t sequence = 1; sequence <= 400; ++sequence) {
    all.push_back({1, sequence});
    ASSERT_TRUE(loop_.run(journal_->append({all.back(), cart_id("a"), large, false})));
  }
  const auto files = [&] {
    return std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator());
  };
  ASSERT_GE(files(), 4);
  faults().no_space = true;
  ASSERT_EQ(append(1000).error().code, Errc::journal_full);
  journal_->release(all);
  EXPECT_TRUE(wait_until([&] { return files() <= 2; })) << files();
  EXPECT_EQ(journal_->figures().state, JournalState::full);
  faults().no_space = false;
  ASSERT_TRUE(working_again());
  EXPECT_THAT(left(), testing::IsEmpty());
}

/// A file system in memory, mounted on a fresh folder, where that is permitted.
class SmallFileSystem {
 public:
  explicit SmallFileSystem(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directory(folder_);
    mounted_ = ::mount("none", folder_.c_str(), "tmpfs", 0, "size=32m") == 0;
  }
  ~SmallFileSystem() {
    if (mounted_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;

  bool mounted() const { return mounted_; }

 private:
  std::filesystem::path folder_;
  bool mounted_;
};

class FullJournalTest : public JournalTest {
 protected:
  /// Appends until it is refused; how many were taken.
  std::uint64_t fill(std::uint64_t first) {
    const Change large{Annotate{"{\"a\":\"" + std::string(10'000, 'x') + "\"}", {}}};
    for (std::uint64_t sequence = first;; ++sequence) {
      const auto appended = loop_.run(journal_->append({{1, sequence}, cart_id("a"), large, false}));
      if (appended) continue;
      EXPECT_EQ(appended.error().code, Errc::journal_full);
      return sequence - first;
    }
  }
  void expect_recovery(std::uint64_t taken) {
    EXPECT_GT(taken, 3U);
    EXPECT_TRUE(wait_until([&] { return journal_->figures().state == JournalState::working; }));
    EXPECT_TRUE(append(1'000'000));
    EXPECT_EQ(left().size(), taken + 1);
  }
};

TEST_F(FullJournalTest, AFileThatMayNotGrowIsAFullDisk) {
  open();
  std::uint64_t taken = 0;
  {
    const FileSizeLimit limit(100'000);
    taken = fill(1);
    EXPECT_EQ(fill(500'000), 0U);
  }
  expect_recovery(taken);
}

TEST_F(FullJournalTest, AFullFileSystemIsAFullDisk) {
  // Where nothing may be mounted, the test above has to do.
  const SmallFileSystem small(folder_);
  if (!small.mounted()) return;
  open();
  std::ofstream(folder_ / "ballast") << std::string(std::size_t{14} * 1024 * 1024, 'x');
  const auto taken = fill(1);
  EXPECT_EQ(fill(500'000), 0U);
  std::filesystem::remove(folder_ / "ballast");
  expect_recovery(taken);
}

TEST_F(JournalTest, AFolderThatIsNoneIsRefused) {
  std::ofstream(folder_) << "a file";
  EXPECT_EQ(refusal(), "the journal's folder \"" + folder_.string() + "\" is not a directory");
  folder_ = parent_.path() / "missing" / "journal";
  EXPECT_EQ(refusal(), "the journal's folder \"" + folder_.string() + "\" cannot be made: No such file or directory");
}

TEST_F(JournalTest, AFolderThatMayNotBeWrittenIsRefused) {
  open();
  journal_.reset();
  std::filesystem::permissions(parent_.path(), std::filesystem::perms(0755));
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  // Nothing is forbidden to root.
  const bool root = ::geteuid() == 0;
  ASSERT_TRUE(!root || ::seteuid(65'534) == 0);
  const std::string why = refusal();
  ASSERT_TRUE(!root || ::seteuid(0) == 0);
  EXPECT_EQ(why, "the journal's folder \"" + folder_.string() + "\" is not writable: Permission denied");
  std::filesystem::permissions(folder_, std::filesystem::perms(0755));
}

}  // namespace
}  // namespace cartd::test
