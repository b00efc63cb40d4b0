// What is left when the process is killed or its last write is cut off.
#include "journal_fixture.h"

#include "journal/bytes.h"
#include "journal/checksum.h"
#include "journal/folder_check.h"
#include "support/process.h"
#include "support/seed.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <set>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

/// What the journal answered to an appender.
struct Answers {
  std::set<std::uint64_t> appended;
  std::set<std::uint64_t> accepted;
  std::set<std::uint64_t> releasing;
  std::set<std::uint64_t> released;
};

Answers answers_in(const std::string& output) {
  Answers answers;
  std::map<std::string, std::set<std::uint64_t>*> lists{{"append", &answers.appended},
                                                        {"accept", &answers.accepted},
                                                        {"releasing", &answers.releasing},
                                                        {"release", &answers.released}};
  std::istringstream lines(output);
  std::string what;
  std::uint64_t sequence = 0;
  while (lines >> what >> sequence) lists.at(what)->insert(sequence);
  return answers;
}

TEST_F(JournalTest, KeepsWhatItAnsweredWhenItsProcessIsKilled) {
  std::mt19937 random(test_seed());

  std::map<ProducerId, std::set<std::uint64_t>> left_before;
  for (ProducerId producer = 1; producer <= 20; ++producer) {
    journal_.reset();
    const auto output = parent_.path() / ("output-" + std::to_string(producer));
    const std::uintmax_t enough = std::uniform_int_distribution<std::uintmax_t>(1, 40'000)(random);
    Process appender({APPENDER_PROGRAM, folder_.string(), std::to_string(producer)}, {.output = output});
    ASSERT_TRUE(wait_until(
        [&] {
          std::error_code not_yet;
          const auto size = std::filesystem::file_size(output, not_yet);
          return (!not_yet && size >= enough) || !appender.running();
        },
        std::chrono::minutes(1)));
    ASSERT_TRUE(appender.running()) << read_text(output);
    appender.kill();

    open();
    std::map<ProducerId, std::set<std::uint64_t>> left;
    std::set<std::uint64_t> accepted;
    for (const JournalRecord& one : journal_->take_recovered()) {
      left[one.command_id.producer].insert(one.command_id.sequence);
      if (one.command_id.producer == producer && one.accepted) accepted.insert(one.command_id.sequence);
    }
    const Answers answers = answers_in(read_text(output));
    ASSERT_FALSE(answers.appended.empty());
    for (const std::uint64_t sequence : answers.appended) {
      EXPECT_TRUE(answers.releasing.contains(sequence) || left[producer].contains(sequence)) << sequence << " is lost";
    }
    for (const std::uint64_t sequence : answers.accepted)
      EXPECT_TRUE(accepted.contains(sequence)) << sequence << " is no longer accepted";
    for (const std::uint64_t sequence : answers.released)
      EXPECT_FALSE(left[producer].contains(sequence)) << sequence << " came back";
    for (const auto& [older, seqs] : left_before) EXPECT_EQ(left[older], seqs) << "of producer " << older;
    left_before = std::move(left);
  }
}

TEST_F(JournalTest, BelongsToOneProcess) {
  open();
  const auto output = parent_.path() / "output";
  EXPECT_EQ(run_to_end({APPENDER_PROGRAM, folder_.string(), "1"}, {.output = output}), 1);
  EXPECT_EQ(read_text(output), "the journal in \"" + folder_.string() + "\" is used by another process\n");
  const auto again = Journal::open({folder_, plenty});
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error(), HasSubstr("is used by another process"));
  EXPECT_TRUE(append(1));
}

/// The folder as a machine that loses its power leaves it, at its best and with its last write cut off or damaged.
class JournalImageTest : public JournalTest {
 protected:
  /// What is on disk now.
  void take_image() {
    std::filesystem::remove_all(image_);
    std::filesystem::copy(folder_, image_, std::filesystem::copy_options::recursive);
  }

  /// The image's newest segment.
  std::filesystem::path newest() {
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(image_)) {
      if (entry.path().extension() == ".segment") found = std::max(found, entry.path());
    }
    EXPECT_NE(found, "");
    return found;
  }

  /// Puts the image in the journal's place, with `bytes` in the file instead.
  void restore(const std::filesystem::path& file, const std::string& bytes) {
    journal_.reset();
    std::filesystem::remove_all(folder_);
    std::filesystem::copy(image_, folder_, std::filesystem::copy_options::recursive);
    std::ofstream(folder_ / file.filename(), std::ios::binary | std::ios::trunc) << bytes;
  }

  /// Leaves an image of the journal with the records 1 to 3. Where each of them ends in its segment.
  std::vector<std::size_t> write_three_records() {
    open();
    std::vector<std::size_t> ends;
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
      EXPECT_TRUE(append(sequence));
      take_image();
      ends.push_back(read_text(newest()).find_last_not_of('\0') + 1);
    }
    // Of what is allocated and not written a little will do.
    std::filesystem::resize_file(newest(), ends.back() + 2000);
    return ends;
  }
  std::vector<CommandId> up_to(std::size_t size, const std::vector<std::size_t>& ends) {
    std::vector<CommandId> expected;
    for (std::uint64_t sequence = 1; sequence <= ends.size(); ++sequence) {
      if (size >= ends[sequence - 1]) expected.push_back({1, sequence});
    }
    return expected;
  }

  std::filesystem::path image_ = parent_.path() / "image";
};

TEST_F(JournalImageTest, IsCutOffAnywhereAndEndsWithItsLastWholeGroup) {
  const std::vector<std::size_t> ends = write_three_records();
  const auto segment = newest();
  const std::string whole = read_text(segment);
  for (std::size_t size = ends[0]; size <= ends[2]; ++size) {
    restore(segment, whole.substr(0, size));
    EXPECT_EQ(left(), up_to(size, ends)) << "cut off at " << size;
    ASSERT_TRUE(append(4)) << "cut off at " << size;
    ASSERT_TRUE(loop_.run(journal_->release_now({1, 1})));
    EXPECT_THAT(left(), testing::Contains(CommandId{1, 4})) << "cut off at " << size;
  }
}

TEST_F(JournalImageTest, EndsInZerosAnywhereAndWithItsLastWholeGroup) {
  const std::vector<std::size_t> ends = write_three_records();
  const auto segment = newest();
  const std::string whole = read_text(segment);
  for (std::size_t size = ends[1]; size <= ends[2]; ++size) {
    restore(segment, whole.substr(0, size) + std::string(whole.size() - size, '\0'));
    EXPECT_EQ(left(), up_to(size, ends)) << "zeros from " << size;
  }
}

TEST_F(JournalImageTest, ADamagedRecordIsRefusedAlsoTheLastOne) {
  const std::vector<std::size_t> ends = write_three_records();
  const auto segment = newest();
  const std::string whole = read_text(segment);
  for (std::size_t at = 0; at < ends[2]; ++at) {
    std::string turned = whole;
    turned[at] = static_cast<char>(~turned[at]);
    restore(segment, turned);
    const std::string why = refusal();
    EXPECT_THAT(why, HasSubstr("the journal in \"" + folder_.string() + "\" is damaged: ")) << at;
    EXPECT_THAT(why, HasSubstr(segment.filename().string())) << at;
  }
  restore(segment, whole);
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}, CommandId{1, 2}, CommandId{1, 3}));
}

TEST_F(JournalImageTest, AnOlderSegmentThatIsDamagedOrCutOffIsRefused) {
  write_three_records();
  const auto older = newest();
  open();
  ASSERT_TRUE(append(4));
  take_image();
  ASSERT_NE(newest(), older);
  const std::string whole = read_text(older);
  ASSERT_EQ(whole.back(), '\xC4') << "what was allocated and not used is given back";
  for (const std::size_t at : {std::size_t{3}, std::size_t{40}, whole.size() - 1}) {
    std::string turned = whole;
    turned[at] = static_cast<char>(~turned[at]);
    restore(older, turned);
    EXPECT_THAT(refusal(), HasSubstr(older.filename().string())) << at;
    restore(older, whole.substr(0, at));
    EXPECT_THAT(refusal(), HasSubstr("is damaged: ")) << at;
  }
}

TEST_F(JournalImageTest, AMissingFileIsNoticed) {
  open();
  ASSERT_TRUE(append(1));
  open();
  ASSERT_TRUE(append(2));
  open();
  take_image();
  std::size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(image_)) {
    restore(entry.path(), "");
    std::filesystem::remove(folder_ / entry.path().filename());
    EXPECT_THAT(refusal(), HasSubstr("the journal in \"" + folder_.string() + "\" is damaged: ")) << entry.path();
    ++files;
  }
  EXPECT_EQ(files, 4U) << "three segments and the lock";
}

TEST_F(JournalImageTest, WhatACrashLeavesOfANewSegmentIsNoHarm) {
  open();
  ASSERT_TRUE(append(1));
  take_image();
  restore("NEXT-SEGMENT", "CARTD");
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}));
  EXPECT_FALSE(std::filesystem::exists(folder_ / "NEXT-SEGMENT"));
}

TEST_F(JournalImageTest, ANewFolderThatACrashLeftWithoutSegmentsIsANewJournal) {
  open();
  take_image();
  const std::string no_segments("\0\0\0\0\0\0\0\1\0\0\0\0\0\0\0\0", 16);
  std::string text = no_segments;
  journal::append_number(text, journal::checksum(text, 0), 4);
  restore("JOURNAL-LOCK", text);
  std::filesystem::remove(folder_ / newest().filename());
  EXPECT_THAT(left(), testing::IsEmpty());
  ASSERT_TRUE(append(1));
  restore("JOURNAL-LOCK", "");
  std::filesystem::remove(folder_ / newest().filename());
  EXPECT_THAT(left(), testing::IsEmpty());
}

TEST_F(JournalTest, OfAnEarlierVersionIsNotTouchedAndNotIgnored) {
  std::filesystem::create_directory(folder_);
  std::ofstream(folder_ / "CURRENT") << "MANIFEST-000004\n";
  const auto names_what_to_do = HasSubstr(
      "is of an earlier version of cartd, which this one does not read; start that version "
      "until `cartctl outbox` shows no change");
  EXPECT_THAT(refusal(), names_what_to_do);
  EXPECT_THAT(journal::folder_fault(parent_.path(), "journal"), names_what_to_do);
  EXPECT_TRUE(std::filesystem::exists(folder_ / "CURRENT"));

  std::filesystem::remove(folder_ / "CURRENT");
  EXPECT_EQ(journal::folder_fault(parent_.path(), "journal"), "");
  open();
  ASSERT_TRUE(append(1));
  journal_.reset();
  std::ofstream(folder_ / "MANIFEST-000004") << "of an earlier version that was started again\n";
  EXPECT_THAT(refusal(), names_what_to_do);
  std::filesystem::remove(folder_ / "MANIFEST-000004");
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}));
}

}  // namespace
}  // namespace cartd::test
