#include "journal_fixture.h"

#include "support/sanitized.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

TEST_F(JournalTest, ANewOneIsEmpty) {
  open();
  EXPECT_THAT(journal_->take_recovered(), IsEmpty());
  EXPECT_THAT(dead_letters(), IsEmpty());
  const JournalFigures figures = journal_->figures();
  EXPECT_EQ(figures.state, JournalState::working);
  EXPECT_EQ(figures.failure, "");
  EXPECT_EQ(figures.live_records, 0U);
  EXPECT_EQ(figures.live_bytes, 0U);
  EXPECT_EQ(figures.dead_letters, 0U);
  EXPECT_EQ(figures.appended, 0U);
}

TEST_F(JournalTest, ItsFolderIsForItsUserAlone) {
  open();
  EXPECT_EQ(std::filesystem::status(folder_).permissions(), std::filesystem::perms::owner_all);
}

TEST_F(JournalTest, GivesBackWhatWasAppendedByProducerAndSequence) {
  open();
  const std::vector<std::pair<std::uint64_t, ProducerId>> appended{{300, 2}, {5, 2},   {70'000, 1},
                                                                   {256, 1}, {255, 1}, {1, 0xFFFFFFFFFFFF}};
  for (const auto& [sequence, producer] : appended) ASSERT_TRUE(append(sequence, producer));
  open();
  const auto recovered = journal_->take_recovered();
  EXPECT_THAT(command_ids_of(recovered), ElementsAre(CommandId{1, 255}, CommandId{1, 256}, CommandId{1, 70'000},
                                                     CommandId{2, 5}, CommandId{2, 300}, CommandId{0xFFFFFFFFFFFF, 1}));
  for (const JournalRecord& one : recovered)
    EXPECT_TRUE(same(one, record(one.command_id.sequence, one.command_id.producer)));
  EXPECT_THAT(journal_->take_recovered(), IsEmpty());
}

TEST_F(JournalTest, GivesBackEveryPartOfAChange) {
  open();
  const DetailsPatch details{"Mug", money(1299, "EUR"), R"({"colour":"blue"})"};
  Change change{Batch{{Add{sku("é"), 2, details}, Clear{}}}, 7, Idempotency{"abcdefghABCD-_09", "abcdefgh-_0"}};
  const JournalRecord whole{{1, 1}, cart_id("a"), change, true};
  ASSERT_TRUE(loop_.run(journal_->append(whole)));
  open();
  const auto recovered = journal_->take_recovered();
  ASSERT_EQ(recovered.size(), 1U);
  EXPECT_TRUE(same(recovered.front(), whole));
}

TEST_F(JournalTest, RemembersWhatWasAccepted) {
  open();
  for (std::uint64_t sequence = 1; sequence <= 4; ++sequence) ASSERT_TRUE(append(sequence));
  ASSERT_TRUE(accept(2));
  ASSERT_TRUE(accept(3));
  ASSERT_TRUE(loop_.run(journal_->append(record(5, 1, true))));
  open();
  std::vector<bool> accepted;
  for (const JournalRecord& one : journal_->take_recovered()) accepted.push_back(one.accepted);
  EXPECT_THAT(accepted, ElementsAre(false, true, true, false, true));
}

TEST_F(JournalTest, AcceptsNothingThatItDoesNotHave) {
  open();
  ASSERT_TRUE(append(1));
  EXPECT_EQ(accept(2).error().code, Errc::not_found);
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}));
}

TEST_F(JournalTest, RefusesASecondRecordWithTheSameCommandId) {
  open();
  ASSERT_TRUE(append(1));
  EXPECT_EQ(append(1).error().code, Errc::invalid);
  EXPECT_EQ(journal_->figures().live_records, 1U);
}

TEST_F(JournalTest, ReleasesWhatIsDurable) {
  open();
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) ASSERT_TRUE(append(sequence));
  ASSERT_TRUE(accept(2));
  journal_->release({{1, 2}, {1, 4}, {1, 99}});
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 5})));
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1}, CommandId{1, 3}));
  EXPECT_EQ(journal_->figures().live_records, 2U);
}

TEST_F(JournalTest, ReleasesWithoutFurtherRequests) {
  open();
  ASSERT_TRUE(append(1));
  journal_->release({{1, 1}});
  EXPECT_TRUE(wait_until([&] { return journal_->figures().live_records == 0; }));
  EXPECT_EQ(journal_->figures().live_bytes, 0U);
}

TEST_F(JournalTest, CountsWhatItHolds) {
  open();
  ASSERT_TRUE(append(7));
  ASSERT_TRUE(append(5));
  ASSERT_TRUE(append(6, 2));
  JournalFigures figures = journal_->figures();
  EXPECT_EQ(figures.live_records, 3U);
  EXPECT_EQ(figures.appended, 3U);
  EXPECT_EQ(figures.fsyncs, 3U);
  const auto bytes = figures.live_bytes;
  EXPECT_GT(bytes, 3U * 30);
  EXPECT_LT(bytes, 3U * 80);

  // The same in the next process, but for what it did itself.
  open();
  figures = journal_->figures();
  EXPECT_EQ(figures.live_records, 3U);
  EXPECT_EQ(figures.live_bytes, bytes);
  EXPECT_EQ(figures.appended, 0U);

  ASSERT_TRUE(loop_.run(journal_->release_now({1, 5})));
  EXPECT_EQ(journal_->figures().live_records, 2U);
}

TEST_F(JournalTest, SyncsNothingThatNobodyWaitsFor) {
  open();
  ASSERT_TRUE(append(1));
  ASSERT_TRUE(append(2));
  journal_->release({{1, 2}});
  journal_->keep_dead_letter(record(1), "too old", Time(Millis(5)));
  EXPECT_TRUE(wait_until([&] { return journal_->figures().dead_letters == 1; }));
  EXPECT_EQ(journal_->figures().fsyncs, 2U);
}

TEST_F(JournalTest, RefusesMoreThanItMayHoldAndTakesItAgainWhenThereIsRoom) {
  open();
  ASSERT_TRUE(append(1001));
  const auto one = journal_->figures().live_bytes;
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 1001})));

  open(3 * one);
  for (std::uint64_t sequence = 1002; sequence <= 1004; ++sequence) ASSERT_TRUE(append(sequence));
  EXPECT_EQ(append(1005).error().code, Errc::journal_full);
  EXPECT_EQ(journal_->figures().state, JournalState::full);
  EXPECT_TRUE(accept(1002));
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 1003})));
  EXPECT_TRUE(append(1006));
  EXPECT_EQ(append(1007).error().code, Errc::journal_full);
  EXPECT_THAT(left(), ElementsAre(CommandId{1, 1002}, CommandId{1, 1004}, CommandId{1, 1006}));
}

TEST_F(JournalTest, SaysBeforehandThatItIsNearlyFull) {
  open();
  ASSERT_TRUE(append(1001));
  const auto one = journal_->figures().live_bytes;
  EXPECT_EQ(journal_->refusal(), std::nullopt);

  // Of room for 16 records, 15 may be used before it says so, in this process or the last one.
  open(16 * one);
  for (std::uint64_t sequence = 1002; sequence <= 1015; ++sequence) ASSERT_TRUE(append(sequence));
  EXPECT_EQ(journal_->refusal(), std::nullopt);
  EXPECT_EQ(journal_->figures().state, JournalState::working);
  ASSERT_TRUE(append(1016));
  ASSERT_TRUE(journal_->refusal());
  EXPECT_EQ(journal_->refusal()->code, Errc::journal_full);
  EXPECT_EQ(journal_->figures().state, JournalState::full);
  EXPECT_EQ(journal_->figures().failure, "the journal has reached --max-journal");
  open(16 * one);
  EXPECT_TRUE(journal_->refusal());
  EXPECT_EQ(journal_->figures().state, JournalState::full);
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 1001})));
  EXPECT_EQ(journal_->refusal(), std::nullopt);
  EXPECT_EQ(journal_->figures().state, JournalState::working);
  EXPECT_EQ(journal_->figures().failure, "");
}

TEST_F(JournalTest, IsFullWhenTheNextRecordLikeItsOwnWouldBeRefused) {
  open();
  ASSERT_TRUE(append(1001));
  const auto one = journal_->figures().live_bytes;
  open(4 * one - 1);
  ASSERT_TRUE(append(1002));
  EXPECT_EQ(journal_->figures().state, JournalState::working);
  ASSERT_TRUE(append(1003));
  EXPECT_EQ(journal_->figures().state, JournalState::full);
  EXPECT_EQ(append(1004).error().code, Errc::journal_full);
}

TEST_F(JournalTest, LogsOnceThatItIsFullAndOnceThatItHasRoomAgain) {
  open();
  ASSERT_TRUE(append(1001));
  const auto one = journal_->figures().live_bytes;
  testing::internal::CaptureStderr();
  open(16 * one);
  for (std::uint64_t sequence = 1002; sequence <= 1016; ++sequence) ASSERT_TRUE(append(sequence));
  // Just below the bound and at it again.
  ASSERT_TRUE(loop_.run(journal_->release_now({1, 1001})));
  ASSERT_TRUE(append(1017));
  for (std::uint64_t sequence = 1002; sequence <= 1006; ++sequence)
    ASSERT_TRUE(loop_.run(journal_->release_now({1, sequence})));
  const std::string log = testing::internal::GetCapturedStderr();
  const auto times = [&log](const std::string& text) {
    std::size_t count = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++count;
    return count;
  };
  EXPECT_EQ(times("the journal is full"), 1U) << log;
  EXPECT_EQ(times("the journal has room again"), 1U) << log;
}

TEST_F(JournalTest, WritesWhatIsAskedForBeforeItsEnd) {
  open();
  std::vector<std::function<Result<void>()>> answers;
  loop_.call([&] {
    for (std::uint64_t sequence = 1; sequence <= 100; ++sequence)
      answers.push_back(loop_.start(journal_->append(record(sequence))));
    return true;
  });
  loop_.call([] { return true; });
  journal_->release({{1, 50}});
  journal_.reset();
  for (const auto& answer : answers) EXPECT_TRUE(answer());
  EXPECT_EQ(left().size(), 99U);
}

TEST_F(JournalTest, ManyCallersOnSeveralLoopsShareFewSyncs) {
  open();
  constexpr std::uint64_t callers = 64;
  constexpr std::uint64_t each = 200;
  auto appender = [](Journal& journal, std::uint64_t caller) -> boost::asio::awaitable<Result<void>> {
    for (std::uint64_t i = 0; i < each; ++i) {
      JournalRecord one = record(caller * each + i);
      if (auto appended = co_await journal.append(std::move(one)); !appended) co_return appended;
    }
    co_return Result<void>();
  };
  ReactorThread second;
  ReactorThread third;
  ReactorThread* const loops[] = {&loop_, &second, &third};
  std::vector<std::function<Result<void>()>> answers;
  for (std::uint64_t caller = 0; caller < callers; ++caller)
    answers.push_back(loops[caller % 3]->start(appender(*journal_, caller)));
  for (const auto& answer : answers) EXPECT_TRUE(answer());

  const JournalFigures figures = journal_->figures();
  EXPECT_EQ(figures.appended, callers * each);
  EXPECT_LT(figures.fsyncs, callers * each / 8);
  journal_.reset();
  EXPECT_EQ(left().size(), callers * each);
}

TEST_F(JournalTest, ResumesOnTheCallersExecutor) {
  open();
  auto append_there = [](Journal& journal, Reactor& home) -> boost::asio::awaitable<Result<bool>> {
    JournalRecord one = record(1);
    const bool before = home.is_current();
    const auto appended = co_await journal.append(std::move(one));
    co_return appended&& before&& home.is_current();
  };
  EXPECT_TRUE(*loop_.run(append_there(*journal_, loop_.reactor())));
}

TEST_F(JournalTest, StaysSmallWhileRecordsComeAndGo) {
  open();
  // A million records in rounds of 25,000, each of them released soon after.
  constexpr int rounds = is_sanitized ? 8 : 40;
  auto churn = [](Journal& journal, std::uint64_t first) -> boost::asio::awaitable<Result<void>> {
    for (std::uint64_t sequence = first; sequence < first + 50; ++sequence) {
      JournalRecord one = record(sequence);
      if (auto appended = co_await journal.append(std::move(one)); !appended) co_return appended;
      std::vector<CommandId> durable{{1, sequence}};
      journal.release(std::move(durable));
    }
    co_return Result<void>();
  };
  std::uint64_t sequence = 0;
  for (int round = 0; round < rounds; ++round) {
    std::vector<std::function<Result<void>()>> answers;
    for (int caller = 0; caller < 500; ++caller, sequence += 50)
      answers.push_back(loop_.start(churn(*journal_, sequence)));
    for (const auto& answer : answers) ASSERT_TRUE(answer());
  }

  const auto folder_bytes = [&] {
    std::uintmax_t sum = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder_)) {
      std::error_code gone;
      const auto size = file.file_size(gone);
      if (!gone) sum += size;
    }
    return sum;
  };
  EXPECT_EQ(journal_->figures().appended, rounds * 25'000U);
  EXPECT_TRUE(wait_until([&] { return journal_->figures().live_records == 0; }));
  EXPECT_LT(folder_bytes(), 50'000'000U);
  EXPECT_THAT(left(), IsEmpty());
}

}  // namespace
}  // namespace cartd::test
