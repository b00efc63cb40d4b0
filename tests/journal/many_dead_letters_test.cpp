// More dead letters than anybody would copy.
#include "journal_fixture.h"

#include "allocations.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <set>

namespace cartd::test {
namespace {

constexpr std::uint64_t many = 20'000;
constexpr std::size_t page = 1'000;

class ManyDeadLettersTest : public JournalTest {
 protected:
  void SetUp() override {
    open();
    for (std::uint64_t sequence = 1; sequence <= many; ++sequence)
      journal_->keep_dead_letter(record(sequence, 1 + sequence % 3), "too old", Time(Millis(1)));
    ASSERT_TRUE(wait_until([&] { return journal_->figures().dead_letters == many; }));
  }
};

TEST_F(ManyDeadLettersTest, AreNotCopiedForFigures) {
  const std::size_t before = allocated_bytes();
  EXPECT_EQ(journal_->figures().dead_letters, many);
  EXPECT_FALSE(journal_->refusal());
  EXPECT_EQ(allocated_bytes() - before, 0U);
}

TEST_F(ManyDeadLettersTest, AreNotKeptInMemory) {
  // Each has a reason of 1,000 bytes.
  const std::size_t before = allocated_now();
  for (std::uint64_t sequence = many + 1; sequence <= 2 * many; ++sequence)
    journal_->keep_dead_letter(record(sequence), std::string(Journal::max_reason_bytes, 'x'), Time(Millis(1)));
  ASSERT_TRUE(wait_until([&] { return journal_->figures().dead_letters == 2 * many; }));
  EXPECT_LT(allocated_now() - before, many * 100);
}

TEST_F(ManyDeadLettersTest, AreEachOnOnePage) {
  std::set<std::pair<ProducerId, std::uint64_t>> seen;
  std::size_t pages = 0;
  for (std::optional<CommandId> after;; ++pages) {
    const auto letters = loop_.run(journal_->dead_letters(after, page));
    ASSERT_TRUE(letters);
    if (letters->empty()) break;
    for (const auto& letter : *letters) {
      const CommandId command_id = letter.record.command_id;
      EXPECT_TRUE(seen.emplace(command_id.producer, command_id.sequence).second)
          << command_id.producer << " " << command_id.sequence;
    }
    after = letters->back().record.command_id;
  }
  EXPECT_EQ(seen.size(), many);
  EXPECT_EQ(pages, many / page);
}

TEST_F(ManyDeadLettersTest, ThatStayAreShownThoughOthersComeAndGoMeanwhile) {
  std::set<std::uint64_t> seen;
  std::optional<CommandId> after;
  for (std::uint64_t round = 1;; ++round) {
    const auto letters = loop_.run(journal_->dead_letters(after, page));
    ASSERT_TRUE(letters);
    if (letters->empty()) break;
    for (const auto& letter : *letters) EXPECT_TRUE(seen.insert(letter.record.command_id.sequence).second);
    after = letters->back().record.command_id;
    ASSERT_TRUE(loop_.run(journal_->drop(*after)));
    journal_->keep_dead_letter(record(many + round, 1), "too old", Time(Millis(2)));
  }
  for (std::uint64_t sequence = 1; sequence <= many; ++sequence) EXPECT_TRUE(seen.contains(sequence)) << sequence;
}

}  // namespace
}  // namespace cartd::test
