// What is left when the process is killed or its last write is cut off.
#include "journal_fixture.h"

#include "support/process.h"
#include "support/seed.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

/// What an appender said it was promised.
struct Promises {
  std::set<std::uint64_t> appended;
  std::set<std::uint64_t> accepted;
  std::set<std::uint64_t> forgetting;
  std::set<std::uint64_t> forgotten;
};

Promises promises_in(const std::string& output) {
  Promises promises;
  std::map<std::string, std::set<std::uint64_t>*> lists{{"append", &promises.appended},
                                                        {"accept", &promises.accepted},
                                                        {"forgetting", &promises.forgetting},
                                                        {"forget", &promises.forgotten}};
  std::istringstream lines(output);
  std::string what;
  std::uint64_t sequence = 0;
  while (lines >> what >> sequence) lists.at(what)->insert(sequence);
  return promises;
}

TEST_F(JournalTest, KeepsAllItsPromisesWhenItsProcessIsKilled) {
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
    const Promises promises = promises_in(read_text(output));
    ASSERT_FALSE(promises.appended.empty());
    for (const std::uint64_t sequence : promises.appended) {
      EXPECT_TRUE(promises.forgetting.contains(sequence) || left[producer].contains(sequence))
          << sequence << " is lost";
    }
    for (const std::uint64_t sequence : promises.accepted)
      EXPECT_TRUE(accepted.contains(sequence)) << sequence << " is no longer accepted";
    for (const std::uint64_t sequence : promises.forgotten)
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
  void take_image() { std::filesystem::copy(folder_, image_, std::filesystem::copy_options::recursive); }

  /// The only file of the image with this ending.
  std::filesystem::path image_file(const std::string& extension) {
    std::filesystem::path found;
    for (const auto& entry : std::filesystem::directory_iterator(image_)) {
      if (entry.path().extension() == extension && entry.file_size() > 0) {
        EXPECT_EQ(found, "") << "more than one";
        found = entry.path();
      }
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

  /// Leaves an image of the journal with the records 1 to 3. Where each of them ends in its log.
  std::vector<std::size_t> write_three_records() {
    open();
    std::vector<std::size_t> ends;
    for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) {
      EXPECT_TRUE(append(sequence));
      std::filesystem::remove_all(image_);
      take_image();
      ends.push_back(std::filesystem::file_size(image_file(".log")));
    }
    return ends;
  }

  std::filesystem::path image_ = parent_.path() / "image";
};

TEST_F(JournalImageTest, ALogThatIsCutOffAnywhereEndsWithItsLastWholeRecord) {
  const std::vector<std::size_t> ends = write_three_records();
  const auto log = image_file(".log");
  const std::string whole = read_text(log);
  for (std::size_t size = ends[0]; size <= ends[2]; ++size) {
    restore(log, whole.substr(0, size));
    std::vector<CommandId> expected{{1, 1}};
    if (size >= ends[1]) expected.push_back({1, 2});
    if (size >= ends[2]) expected.push_back({1, 3});
    EXPECT_EQ(left(), expected) << "cut off at " << size;
    ASSERT_TRUE(append(4)) << "cut off at " << size;
  }
}

TEST_F(JournalImageTest, ALogWithADamagedRecordInTheMiddleIsRefused) {
  const std::vector<std::size_t> ends = write_three_records();
  const auto log = image_file(".log");
  const std::string whole = read_text(log);
  for (std::size_t at = ends[0]; at < ends[1]; ++at) {
    std::string turned = whole;
    turned[at] = static_cast<char>(~turned[at]);
    restore(log, turned);
    const std::string why = refusal();
    EXPECT_THAT(why, HasSubstr("the journal in \"" + folder_.string() + "\" is damaged: ")) << at;
    EXPECT_THAT(why, HasSubstr(log.filename().string())) << at;
  }
  restore(log, whole);
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}, CommandId{1, 2}, CommandId{1, 3}));
}

TEST_F(JournalImageTest, ADamagedTableIsRefused) {
  open();
  for (std::uint64_t sequence = 1; sequence <= 3; ++sequence) ASSERT_TRUE(append(sequence));
  open();  // What was in the log is now in a table.
  take_image();
  const auto table = image_file(".sst");
  const std::string whole = read_text(table);
  const std::size_t at = whole.find("SKU-");
  ASSERT_NE(at, std::string::npos);
  std::string turned = whole;
  turned[at] = 'X';
  restore(table, turned);
  const std::string why = refusal();
  EXPECT_THAT(why, HasSubstr("the journal in \"" + folder_.string() + "\" is damaged: "));
  EXPECT_THAT(why, HasSubstr(table.filename().string()));
  restore(table, whole.substr(0, whole.size() / 2));
  EXPECT_THAT(refusal(), HasSubstr("is damaged"));
}

TEST_F(JournalImageTest, AMissingFileIsNoticed) {
  open();
  ASSERT_TRUE(append(1));
  open();
  take_image();
  for (const char* ending : {".sst", ""}) {
    const auto file = *ending == '\0' ? image_ / "CURRENT" : image_file(ending);
    restore(file, "");
    std::filesystem::remove(folder_ / file.filename());
    EXPECT_THAT(refusal(), HasSubstr("the journal in \"" + folder_.string() + "\"")) << file;
  }
}

}  // namespace
}  // namespace cartd::test
