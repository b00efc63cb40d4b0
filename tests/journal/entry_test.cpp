#include "journal/entry.h"

#include "domain/generators.h"
#include "journal_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <vector>

namespace cartd::journal {
namespace {

using test::record;
using testing::HasSubstr;

constexpr std::size_t accepted_at = 16;
constexpr std::size_t version_at = 17;

DeadLetter letter_of(const JournalRecord& one) { return {one, "too old", Time(Millis(5))}; }

std::string payload_of(const std::string& framed) { return std::string(read_frame(framed, 0)->payload); }

/// What is wrong with such a record; empty when nothing is.
std::string fault(Kind kind, const std::string& payload) {
  const std::string framed = frame(kind, payload);
  const Frame found = *read_frame(framed, 0);
  switch (kind) {
    case Kind::record: {
      const auto read = read_record(found);
      return read ? "" : read.error();
    }
    case Kind::dead_letter: {
      const auto read = read_dead_letter(found);
      return read ? "" : read.error();
    }
    case Kind::release: {
      const auto read = read_release(found);
      return read ? "" : read.error();
    }
    case Kind::producers: {
      const auto read = read_producers(found);
      return read ? "" : read.error();
    }
    default: {
      const auto read = read_head(found);
      return read ? "" : read.error();
    }
  }
}

RC_GTEST_PROP(JournalEntry, IsReadBackAsItWasWritten, ()) {
  const JournalRecord one{
      {*rc::gen::inRange<ProducerId>(0, 1ULL << 48), *rc::gen::inRange<std::uint64_t>(0, 1ULL << 53)},
      test::cart_id("a:1"),
      Change{*test::any_command()},
      *rc::gen::arbitrary<bool>()};
  const DeadLetter letter{one, *test::text(0, 100), Time(Millis(*rc::gen::nonNegative<std::int64_t>()))};
  const std::string framed_record = encode(one);
  const auto record = read_record(*read_frame(framed_record, 0));
  RC_ASSERT(record.has_value());
  RC_ASSERT(test::same(*record, one));
  const std::string framed_letter = encode(letter);
  const auto again = read_dead_letter(*read_frame(framed_letter, 0));
  RC_ASSERT(again.has_value());
  RC_ASSERT(test::same(again->record, one));
  RC_ASSERT(again->reason == letter.reason);
  RC_ASSERT(again->at == letter.at);
  const std::string framed_accepted = accepted(*read_frame(framed_record, 0));
  RC_ASSERT(read_record(*read_frame(framed_accepted, 0))->accepted);
}

TEST(JournalEntry, ThatIsCutOffIsRefused) {
  for (const auto& [kind, framed] :
       {std::pair(Kind::record, encode(record(7))), std::pair(Kind::dead_letter, encode(letter_of(record(7)))),
        std::pair(Kind::acceptance, encode(Kind::acceptance, {1, 7})),
        std::pair(Kind::drop, encode(Kind::drop, {1, 7}))}) {
    const std::string payload = payload_of(framed);
    EXPECT_EQ(fault(kind, payload), "");
    for (std::size_t size = 0; size < payload.size(); ++size)
      EXPECT_NE(fault(kind, payload.substr(0, size)), "") << size;
    EXPECT_NE(fault(kind, payload + "x"), "");
  }
  EXPECT_EQ(fault(Kind::release, payload_of(encode_release({{1, 1}, {1, 2}}))), "");
  EXPECT_NE(fault(Kind::release, payload_of(encode_release({{1, 1}})) + "x"), "");
  EXPECT_EQ(fault(Kind::producers, payload_of(encode(std::vector<KnownProducer>{{1, 0}, {2, 77}}))), "");
  EXPECT_NE(fault(Kind::producers, payload_of(encode(std::vector<KnownProducer>{{1, 0}})) + "x"), "");
  EXPECT_NE(fault(Kind::producers, ""), "");
}

TEST(JournalEntry, OfANewerVersionIsNotMisread) {
  for (const auto& [kind, framed] :
       {std::pair(Kind::record, encode(record(7))), std::pair(Kind::dead_letter, encode(letter_of(record(7))))}) {
    std::string newer = payload_of(framed);
    newer[version_at] = 6;
    EXPECT_EQ(fault(kind, newer),
              "the record of producer 1, sequence 7 was written by a newer version of cartd (format 6; this one reads "
              "up to 5)");
    newer[version_at] = 0;
    EXPECT_EQ(fault(kind, newer), "the record of producer 1, sequence 7 is not what was written");
  }
}

TEST(JournalEntry, WhosePartsCannotBeIsRefused) {
  const std::string whole = payload_of(encode(record(7)));
  const auto with = [](std::string payload, std::size_t at, char value) {
    payload[at] = value;
    return payload;
  };
  EXPECT_NE(fault(Kind::record, with(whole, version_at + 1, '\0')), "") << "an id of no characters";
  EXPECT_NE(fault(Kind::record, with(whole, version_at + 2, '{')), "") << "an id that is none";
  EXPECT_NE(fault(Kind::record, with(whole, accepted_at, '\2')), "") << "neither accepted nor not";
  const std::string letter = payload_of(encode(letter_of(record(7))));
  EXPECT_NE(fault(Kind::dead_letter, with(letter, version_at + 1, '\xFF')), "") << "a time beyond all times";
  EXPECT_NE(fault(Kind::record, payload_of(encode(record(1, 1ULL << 48)))), "");
  EXPECT_NE(fault(Kind::record, payload_of(encode(record(1ULL << 53)))), "");
  EXPECT_NE(fault(Kind::release, payload_of(encode_release({{1ULL << 48, 1}}))), "");
}

}  // namespace
}  // namespace cartd::journal
