#include "journal/ledger.h"

#include "journal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::journal {
namespace {

using test::plenty;
using test::record;
using testing::ElementsAre;
using testing::IsEmpty;

Append append_of(const JournalRecord& one) { return {one.command_id, entry_of(one), one.accepted}; }
Bury bury_of(std::uint64_t sequence) {
  DeadLetter letter{record(sequence), "too old", Time(Millis(9))};
  Entry entry = entry_of(letter);
  return {std::move(letter), std::move(entry)};
}

std::vector<std::string> keys(const Edits& edits) {
  std::vector<std::string> all;
  for (const Edit& edit : edits) all.push_back((edit.value ? "+" : "-") + edit.key);
  return all;
}
std::string put(Kind kind, std::uint64_t sequence) { return "+" + key_of(kind, {1, sequence}); }
std::string deleted(Kind kind, std::uint64_t sequence) { return "-" + key_of(kind, {1, sequence}); }

class LedgerTest : public testing::Test {
 protected:
  /// What the operation, alone in its group, writes.
  std::vector<std::string> written(Operation operation) {
    Edits edits;
    result_ = ledger_.apply(std::move(operation), edits);
    ledger_.keep_group();
    return keys(edits);
  }

  Ledger ledger_{plenty};
  Result<void> result_{};
};

TEST_F(LedgerTest, WritesWhatEachOperationTakes) {
  EXPECT_THAT(written(append_of(record(1))), ElementsAre(put(Kind::record, 1)));
  EXPECT_THAT(written(append_of(record(2, 1, true))), ElementsAre(put(Kind::acceptance, 2), put(Kind::record, 2)));
  EXPECT_THAT(written(append_of(record(3))), ElementsAre(put(Kind::record, 3)));
  EXPECT_THAT(written(Accept{{1, 1}}), ElementsAre(put(Kind::acceptance, 1)));
  EXPECT_THAT(written(Forget{{{1, 1}, {1, 3}, {1, 9}}}),
              ElementsAre(deleted(Kind::record, 1), deleted(Kind::acceptance, 1), deleted(Kind::record, 3)));
  EXPECT_THAT(written(bury_of(2)),
              ElementsAre(deleted(Kind::record, 2), deleted(Kind::acceptance, 2), put(Kind::dead_letter, 2)));
  EXPECT_THAT(written(bury_of(2)), IsEmpty());
  EXPECT_THAT(written(Revive{{1, 2}, append_of(record(4))}),
              ElementsAre(put(Kind::record, 4), deleted(Kind::dead_letter, 2)));
  EXPECT_THAT(written(bury_of(5)), ElementsAre(put(Kind::dead_letter, 5)));
  EXPECT_THAT(written(Drop{{1, 5}}), ElementsAre(deleted(Kind::dead_letter, 5)));
  EXPECT_TRUE(result_);
  EXPECT_EQ(ledger_.live_records(), 1U);
  EXPECT_EQ(ledger_.live_bytes(), entry_of(record(4)).bytes());
}

TEST_F(LedgerTest, RefusesWhatIsNotThere) {
  for (const Operation& operation :
       {Operation(Accept{{1, 1}}), Operation(Drop{{1, 1}}), Operation(Revive{{1, 1}, append_of(record(2))})}) {
    EXPECT_THAT(written(operation), IsEmpty());
    EXPECT_EQ(result_.error().code, Errc::not_found);
  }
  EXPECT_EQ(ledger_.live_records(), 0U);
}

TEST_F(LedgerTest, HoldsNoMoreThanItMay) {
  const auto size = entry_of(record(1)).bytes();
  ledger_ = Ledger(2 * size + 5);
  written(append_of(record(1)));
  written(append_of(record(2)));
  EXPECT_THAT(written(append_of(record(3))), IsEmpty());
  EXPECT_EQ(result_.error().code, Errc::journal_full);
  // A dead letter takes more than its record, and is never refused.
  EXPECT_EQ(written(bury_of(1)).size(), 2U);
  EXPECT_GT(ledger_.live_bytes(), 2 * size + 5);
  // Its successor may use its room.
  EXPECT_EQ(written(Revive{{1, 1}, append_of(record(4))}).size(), 2U);
  EXPECT_EQ(ledger_.live_bytes(), 2 * size);
}

TEST_F(LedgerTest, AReviveThatIsRefusedLeavesTheDeadLetter) {
  written(bury_of(1));
  written(append_of(record(2)));
  EXPECT_THAT(written(Revive{{1, 1}, append_of(record(2))}), IsEmpty());
  EXPECT_EQ(result_.error().code, Errc::invalid);
  EXPECT_EQ(ledger_.dead_letter_count(), 1U);
}

TEST_F(LedgerTest, UndoesWhatItRefusedAfterAll) {
  written(append_of(record(1)));
  written(bury_of(2));
  written(bury_of(3));
  const auto bytes = ledger_.live_bytes();
  Edits edits;
  for (Operation operation : {Operation(append_of(record(4, 1, true))), Operation(Drop{{1, 2}}),
                              Operation(Revive{{1, 3}, append_of(record(5))}), Operation(Accept{{1, 1}})})
    EXPECT_TRUE(ledger_.apply(std::move(operation), edits));
  ledger_.undo_group();
  EXPECT_EQ(ledger_.live_bytes(), bytes);
  EXPECT_EQ(ledger_.live_records(), 1U);
  EXPECT_EQ(ledger_.dead_letter_count(), 2U);
  EXPECT_TRUE(test::same(ledger_.dead_letters(std::nullopt, 1)[0]->record, record(2)));
}

TEST_F(LedgerTest, CountsADeadLetterOnceThatARefusedGroupTookAndBuriedAgain) {
  written(bury_of(1));
  const auto bytes = ledger_.live_bytes();
  Edits edits;
  for (Operation operation : {Operation(Drop{{1, 1}}), Operation(bury_of(1))})
    EXPECT_TRUE(ledger_.apply(std::move(operation), edits));
  ledger_.undo_group();
  EXPECT_EQ(ledger_.live_bytes(), bytes);
  EXPECT_EQ(ledger_.dead_letter_count(), 1U);
}

RC_GTEST_PROP(LedgerProperty, RepairBringsAnyDiskInLine, ()) {
  // Groups of random operations, some of which do not reach the disk; then a repair, and disk and ledger agree.
  Ledger ledger(plenty);
  std::map<std::string, std::string> disk;
  const auto write = [&](Edits edits) {
    for (Edit& edit : edits) {
      if (edit.value) disk[edit.key] = *edit.value;
      else disk.erase(edit.key);
    }
  };
  const auto sequence = rc::gen::inRange<std::uint64_t>(1, 12);
  for (int group = *rc::gen::inRange(1, 20); group > 0; --group) {
    Edits edits;
    for (int i = *rc::gen::inRange(1, 5); i > 0; --i) {
      const CommandId command_id{1, *sequence};
      const std::uint64_t fresh = 100 + *rc::gen::inRange<std::uint64_t>(0, 1000);
      switch (*rc::gen::inRange(0, 6)) {
        case 0: (void)ledger.apply(append_of(record(command_id.sequence)), edits); break;
        case 1: (void)ledger.apply(Accept{command_id}, edits); break;
        case 2: (void)ledger.apply(Forget{{command_id}}, edits); break;
        case 3: (void)ledger.apply(bury_of(command_id.sequence), edits); break;
        case 4: (void)ledger.apply(Drop{command_id}, edits); break;
        default: (void)ledger.apply(Revive{command_id, append_of(record(fresh))}, edits); break;
      }
    }
    if (*rc::gen::inRange(0, 3) == 0) {
      ledger.undo_group();
      break;  // From here on the disk would be full.
    }
    ledger.keep_group();
    write(edits);
  }
  std::set<std::string> on_disk;
  for (const auto& [key, value] : disk) on_disk.insert(key);
  const auto repairs = ledger.repair(on_disk);
  RC_ASSERT(repairs.has_value());
  write(*repairs);

  ContentsReader reader;
  for (const auto& [key, value] : disk) RC_ASSERT(reader.add(key, value).has_value());
  const auto contents = reader.take();
  RC_ASSERT(contents.has_value());
  Ledger again(plenty);
  again.recover(*contents);
  RC_ASSERT(again.live_records() == ledger.live_records());
  RC_ASSERT(again.live_bytes() == ledger.live_bytes());
  RC_ASSERT(again.dead_letter_count() == ledger.dead_letter_count());
}

TEST_F(LedgerTest, NoticesARecordThatTheDiskLost) {
  written(append_of(record(1)));
  EXPECT_EQ(ledger_.repair({}), std::nullopt);
}

}  // namespace
}  // namespace cartd::journal
