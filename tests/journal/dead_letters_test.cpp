#include "journal_fixture.h"

#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cartd::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class DeadLettersTest : public JournalTest {
 protected:
  /// Waits until it is one.
  void keep(std::uint64_t sequence, const std::string& reason = "too old") {
    journal_->keep_dead_letter(record(sequence), reason, Time(Millis(1'000 + static_cast<std::int64_t>(sequence))));
    ASSERT_TRUE(wait_until([&] { return loop_.run(journal_->dead_letter({1, sequence})).has_value(); }));
  }
};

TEST_F(DeadLettersTest, StayWhileRecordsComeAndGo) {
  open();
  ASSERT_TRUE(append(1));
  ASSERT_TRUE(append(2));
  keep(2);
  keep(1, "refused by the store");
  EXPECT_EQ(journal_->figures().live_records, 0U);
  EXPECT_EQ(journal_->figures().dead_letters, 2U);

  EXPECT_THAT(left(), IsEmpty());
  const auto letters = dead_letters();
  ASSERT_EQ(letters.size(), 2U);
  EXPECT_TRUE(same(letters[0].record, record(1)));
  EXPECT_EQ(letters[0].reason, "refused by the store");
  EXPECT_EQ(letters[0].at, Time(Millis(1'001)));
  EXPECT_TRUE(same(letters[1].record, record(2)));
  EXPECT_EQ(journal_->figures().dead_letters, 2U);
  EXPECT_GT(journal_->figures().live_bytes, 0U);
}

TEST_F(DeadLettersTest, GoWhenAnOperatorDropsThem) {
  open();
  keep(1);
  EXPECT_TRUE(loop_.run(journal_->drop({1, 1})));
  EXPECT_EQ(loop_.run(journal_->drop({1, 1})).error().code, Errc::not_found);
  open();
  EXPECT_THAT(dead_letters(), IsEmpty());
}

TEST_F(DeadLettersTest, AreRevivedInOneStep) {
  open();
  keep(1);
  EXPECT_TRUE(loop_.run(journal_->revive({1, 1}, record(50, 2))));
  EXPECT_EQ(loop_.run(journal_->revive({1, 1}, record(51, 2))).error().code, Errc::not_found);
  EXPECT_THAT(left(), ElementsAre(CommandId{2, 50}));
  EXPECT_THAT(dead_letters(), IsEmpty());
}

TEST_F(DeadLettersTest, KeepAsMuchOfTheirReasonAsThereIsRoomFor) {
  open();
  const std::string most(Journal::max_reason_bytes - 1, 'x');
  keep(1, most + "é and more");
  EXPECT_EQ(dead_letters().front().reason, most);
  open();
  EXPECT_EQ(dead_letters().front().reason, most);
}

TEST_F(DeadLettersTest, CountTowardsTheBound) {
  open();
  ASSERT_TRUE(append(1));
  keep(1);
  const auto bytes = journal_->figures().live_bytes;
  open(bytes);
  EXPECT_EQ(append(2).error().code, Errc::journal_full);
  EXPECT_TRUE(loop_.run(journal_->drop({1, 1})));
  EXPECT_TRUE(append(2));
}

TEST_F(DeadLettersTest, AreReadOneByOne) {
  open();
  keep(1);
  keep(2, "refused by the store");
  const auto letter = loop_.run(journal_->dead_letter({1, 2}));
  ASSERT_TRUE(letter);
  EXPECT_TRUE(same(letter->record, record(2)));
  EXPECT_EQ(letter->reason, "refused by the store");
  EXPECT_EQ(loop_.run(journal_->dead_letter({1, 3})).error().code, Errc::not_found);
  open();
  EXPECT_TRUE(loop_.run(journal_->dead_letter({1, 1})));
}

}  // namespace
}  // namespace cartd::test
