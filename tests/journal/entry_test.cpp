#include "journal/entry.h"

#include "domain/generators.h"
#include "journal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace cartd::journal {
namespace {

using test::record;
using testing::HasSubstr;
using namespace std::string_literals;

/// What a reader says of these entries; empty when it takes them.
std::string fault_in(std::vector<Entry> entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.key < b.key; });
  ContentsReader reader;
  for (const Entry& entry : entries) {
    if (const auto added = reader.add(entry.key, entry.value); !added) return added.error();
  }
  const auto contents = reader.take();
  return contents ? "" : contents.error();
}

Entry acceptance(CommandId command_id) { return {key_of(Kind::acceptance, command_id), ""}; }

TEST(JournalEntry, KeysStandInTheOrderOfProducerAndSequence) {
  const std::vector<CommandId> command_ids{
      {0, 0}, {0, 255}, {0, 256}, {1, 0}, {255, 7}, {256, 1}, {0xFFFFFFFFFFFF, (1ULL << 53) - 1}};
  for (std::size_t i = 1; i < command_ids.size(); ++i)
    EXPECT_LT(key_of(Kind::record, command_ids[i - 1]), key_of(Kind::record, command_ids[i]));
  EXPECT_EQ(key_of(Kind::record, {0x0102, 0x03}), "r\0\0\0\0\0\0\x01\x02\0\0\0\0\0\0\0\x03"s);
}

RC_GTEST_PROP(JournalEntry, IsReadBackAsItWasWritten, ()) {
  const JournalRecord one{
      {*rc::gen::inRange<ProducerId>(0, 1ULL << 48), *rc::gen::inRange<std::uint64_t>(0, 1ULL << 53)},
      test::cart_id("a:1"),
      Change{*test::any_command()},
      *rc::gen::arbitrary<bool>()};
  const DeadLetter letter{one, *test::text(0, 100), Time(Millis(*rc::gen::nonNegative<std::int64_t>()))};
  const Entry as_record = entry_of(one);
  const Entry as_letter = entry_of(letter);
  ContentsReader reader;
  if (one.accepted) RC_ASSERT(reader.add(key_of(Kind::acceptance, one.command_id), "").has_value());
  RC_ASSERT(reader.add(as_letter.key, as_letter.value).has_value());
  RC_ASSERT(reader.add(as_record.key, as_record.value).has_value());
  const auto contents = reader.take();
  RC_ASSERT(contents.has_value());
  RC_ASSERT(contents->records.size() == 1U);
  RC_ASSERT(contents->dead_letters.size() == 1U);
  RC_ASSERT(test::same(contents->records[0].first, one));
  RC_ASSERT(contents->records[0].second == as_record.bytes());
  RC_ASSERT(test::same(contents->dead_letters[0].first.record, one));
  RC_ASSERT(contents->dead_letters[0].first.reason == letter.reason);
  RC_ASSERT(contents->dead_letters[0].first.at == letter.at);
  RC_ASSERT(contents->dead_letters[0].second == as_letter.bytes());
}

TEST(JournalEntry, ThatIsCutOffIsRefused) {
  for (const Entry& whole : {entry_of(record(7)), entry_of(DeadLetter{record(7), "too old", Time(Millis(5))})}) {
    EXPECT_EQ(fault_in({whole}), "");
    for (std::size_t size = 0; size < whole.value.size(); ++size)
      EXPECT_EQ(fault_in({{whole.key, whole.value.substr(0, size)}}),
                "the record of producer 1, sequence 7 is not what was once written")
          << size;
    EXPECT_NE(fault_in({{whole.key, whole.value + "x"}}), "");
    for (std::size_t size = 0; size < whole.key.size(); ++size)
      EXPECT_EQ(fault_in({{whole.key.substr(0, size), whole.value}}),
                "an entry's key is not one that this version writes")
          << size;
    EXPECT_NE(fault_in({{whole.key + "x", whole.value}}), "");
  }
}

TEST(JournalEntry, OfANewerVersionIsNotMisread) {
  for (Entry newer : {entry_of(record(7)), entry_of(DeadLetter{record(7), "too old", Time(Millis(5))})}) {
    newer.value[0] = 2;
    EXPECT_EQ(fault_in({newer}),
              "the record of producer 1, sequence 7 was written by a newer version of cartd (format 2; this one reads "
              "up to 1)");
    newer.value[0] = 0;
    EXPECT_EQ(fault_in({newer}), "the record of producer 1, sequence 7 is not what was once written");
  }
  EXPECT_EQ(fault_in({{"z" + key_of(Kind::record, {1, 1}).substr(1), ""}}),
            "an entry is of a kind that this version does not know");
}

TEST(JournalEntry, WhosePartsCannotBeIsRefused) {
  Entry entry = entry_of(record(7));
  entry.value[1] = '\0';  // an id of no characters
  EXPECT_NE(fault_in({entry}), "");
  entry = entry_of(record(7));
  entry.value[2] = '{';  // an id that is none
  EXPECT_NE(fault_in({entry}), "");
  entry = entry_of(DeadLetter{record(7), "too old", Time(Millis(5))});
  entry.value[1] = 2;  // neither accepted nor not
  EXPECT_NE(fault_in({entry}), "");
  entry = entry_of(DeadLetter{record(7), "too old", Time(Millis(5))});
  entry.value[2] = '\xFF';  // a time beyond all times
  EXPECT_NE(fault_in({entry}), "");
  EXPECT_NE(fault_in({entry_of(record(1, 1ULL << 48))}), "");
  EXPECT_NE(fault_in({entry_of(record(1ULL << 53))}), "");
  EXPECT_NE(fault_in({entry_of(record(1)), {key_of(Kind::acceptance, {1, 1}), "x"}}), "");
}

TEST(JournalEntry, AnAcceptanceWithoutItsRecordIsNoticed) {
  EXPECT_EQ(fault_in({entry_of(record(1)), entry_of(record(3)), acceptance({1, 1}), acceptance({1, 3})}), "");
  EXPECT_EQ(fault_in({entry_of(record(1)), entry_of(record(3)), acceptance({1, 2})}),
            "the accepted record of producer 1, sequence 2 is missing");
  EXPECT_EQ(fault_in({entry_of(record(1)), acceptance({1, 1}), acceptance({2, 1})}),
            "the accepted record of producer 2, sequence 1 is missing");
  EXPECT_EQ(fault_in({acceptance({0, 9})}), "the accepted record of producer 0, sequence 9 is missing");
}

}  // namespace
}  // namespace cartd::journal
