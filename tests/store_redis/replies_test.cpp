// Whatever a server answers, no reader of its replies believes more than makes sense.
#include "store_redis/reply_trees.h"

#include "store/redis/access.h"
#include "store/redis/cart_layout.h"
#include "store/redis/commit_script.h"
#include "store/redis/store_error.h"
#include "store/redis/user_layout.h"
#include "util/utf8.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <optional>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using redis::array_bytes, redis::bulk_bytes, redis::integer_bytes, redis::list_bytes, redis::nil_bytes, redis::reply_of;

constexpr std::uint64_t largest_version = std::uint64_t{1} << 53;

constexpr Token new_token = 77;

/// An add to the line B of a cart that has A and B, of which A has details.
CommitRequest request_of(bool lines_wanted = true) {
  LineDetails details;
  details.name = "Mug";
  CartRecord record{Cart{*CartId::parse("c")}};
  record.cart.version = 2;
  record.cart.lines = {Line{*Sku::parse("A"), 1, std::make_shared<const LineDetails>(details)},
                       Line{*Sku::parse("B"), 1}};
  auto base = std::make_shared<Snapshot>(record);
  base->token = 5;
  base->line_fields = 2;
  CommitRequest request{record.cart.id, std::move(base), {}, lines_wanted, Deadline::max()};
  request.edits.lines = {LineEdit{*Sku::parse("B"), 1, 3}};
  request.edits.version = 3;
  request.edits.applied_sequences = {{1, 7}};
  return request;
}

Result<Committed> read(const std::string& bytes) {
  return committed_from(reply_of(bytes).view(), request_of(), new_token, std::chrono::hours(24), std::nullopt);
}

const std::string written = array_bytes({integer_bytes(1), list_bytes({"A", "1", "B", "1"})});

std::string not_written(const std::string& meta, const std::string& time = list_bytes({"1700000000", "0"})) {
  return array_bytes({integer_bytes(0), list_bytes({"A", "4"}), meta, time});
}

void expect_corrupt(const std::string& bytes) {
  const auto committed = read(bytes);
  ASSERT_FALSE(committed) << bytes;
  EXPECT_EQ(committed.error().code, Errc::corrupt) << bytes;
}

TEST(CommitReplies, ShowTheRecordWithTheEdits) {
  const auto committed = read(written);
  ASSERT_TRUE(committed) << committed.error().detail;
  EXPECT_TRUE(committed->was_current);
  const Snapshot& after = *committed->snapshot;
  EXPECT_EQ(after.token, new_token);
  EXPECT_EQ(after.record.cart.version, 3U);
  ASSERT_EQ(after.record.cart.lines.size(), 2U);
  EXPECT_EQ(after.record.cart.lines[0].details->name, "Mug");
  EXPECT_EQ(after.record.cart.lines[1].quantity, 3);
  EXPECT_EQ(after.record.applied_sequences, (std::vector<AppliedSequence>{{1, 7}}));
  EXPECT_EQ(after.line_fields, 2U);
}

TEST(CommitReplies, ShowWhatPlainClientsDidToOtherLines) {
  const auto committed =
      read(array_bytes({integer_bytes(1), list_bytes({"B", "1", "C", "9", "bad\xff", "1", "text", "two"})}));
  ASSERT_TRUE(committed) << committed.error().detail;
  const Snapshot& after = *committed->snapshot;
  ASSERT_EQ(after.record.cart.lines.size(), 2U);
  EXPECT_EQ(after.record.cart.lines[0].id.str(), "B");
  EXPECT_EQ(after.record.cart.lines[1].quantity, 9);
  EXPECT_EQ(after.details_without_line, std::vector<std::string>{"A"});
  EXPECT_EQ(after.line_fields, 4U);
}

TEST(CommitReplies, ThatNothingWasWrittenShowWhatThereIs) {
  const auto committed =
      read(not_written(list_bytes({"v", "9", "t", token_text(6), "m:AAAAAAAB", "8", "l:gone", "x"})));
  ASSERT_TRUE(committed) << committed.error().detail;
  EXPECT_FALSE(committed->was_current);
  EXPECT_EQ(committed->now, Time(std::chrono::seconds(1'700'000'000)));
  const Snapshot& there = *committed->snapshot;
  EXPECT_EQ(there.token, 6U);
  EXPECT_EQ(there.record.cart.version, 9U);
  EXPECT_EQ(there.record.cart.lines[0].quantity, 4);
  EXPECT_EQ(there.record.applied_sequences, (std::vector<AppliedSequence>{{1, 8}}));
  EXPECT_EQ(there.details_without_line, std::vector<std::string>{"gone"});
}

TEST(CommitReplies, OfAnotherShapeAreNotBelieved) {
  for (const std::int64_t code : {-9, -2, 2, 99}) expect_corrupt(array_bytes({integer_bytes(code), list_bytes({})}));
  expect_corrupt(array_bytes({bulk_bytes("1"), list_bytes({})}));
  expect_corrupt(array_bytes({integer_bytes(1)}));
  expect_corrupt(array_bytes({integer_bytes(1), bulk_bytes("A")}));
  expect_corrupt(array_bytes({integer_bytes(1), list_bytes({"A"})}));
  expect_corrupt(array_bytes({integer_bytes(1), array_bytes({bulk_bytes("A"), nil_bytes})}));
  expect_corrupt(array_bytes({integer_bytes(1), list_bytes({}), list_bytes({})}));
  expect_corrupt(not_written(bulk_bytes("v")));
  expect_corrupt(not_written(list_bytes({}), nil_bytes));
  expect_corrupt(not_written(list_bytes({}), list_bytes({"-1", "0"})));
  expect_corrupt(array_bytes({integer_bytes(0), list_bytes({}), list_bytes({})}));
  expect_corrupt(array_bytes({integer_bytes(-1), bulk_bytes("5")}));
  expect_corrupt(array_bytes({}));
  expect_corrupt(bulk_bytes("OK"));
  expect_corrupt(nil_bytes);
}

TEST(CommitReplies, ThatAnotherValueIsInThePlaceOfTheHashLeaveItToALoad) {
  const auto committed = read(array_bytes({integer_bytes(-2), integer_bytes(0)}));
  ASSERT_TRUE(committed);
  EXPECT_FALSE(committed->was_current);
  EXPECT_FALSE(committed->snapshot);
}

TEST(CommitReplies, TellHowFarTheClocksDiffer) {
  const auto clocks = read(array_bytes({integer_bytes(-1), integer_bytes(-691'200'000)}));
  EXPECT_EQ(clocks.error().code, Errc::unavailable);
  EXPECT_EQ(clocks.error().detail, "the clock of the store is 691200 s behind this machine's clock; nothing was done");
}

TEST(CommitReplies, OfAnyShapeGiveARecordInRangeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const auto committed = read(*any_reply());
    if (!committed || !committed->snapshot) return;
    RC_ASSERT(committed->snapshot->record.cart.version < largest_version);
    for (const Line& line : committed->snapshot->record.cart.lines) RC_ASSERT(line.quantity > 0);
  }));
}

TEST(LoadReplies, OfAnyShapeGiveARecordInRangeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const redis::Reply lines = reply_of(*any_reply());
    const redis::Reply meta = reply_of(*any_reply());
    const auto snapshot =
        snapshot_from(lines.view(), meta.view(), *CartId::parse("c"), Time(Millis(1)), std::chrono::hours(24));
    if (!snapshot) return;
    RC_ASSERT((*snapshot)->record.cart.version < largest_version);
    for (const Line& line : (*snapshot)->record.cart.lines) RC_ASSERT(line.quantity > 0);
  }));
}

TEST(Tokens, ThatCartdDidNotWriteAreCorrupt) {
  const redis::Reply none = reply_of(list_bytes({}));
  const auto token_in = [&](const std::string& text) {
    const redis::Reply meta = reply_of(list_bytes({"t", text}));
    const auto snapshot =
        snapshot_from(none.view(), meta.view(), *CartId::parse("c"), Time(Millis(1)), std::chrono::hours(24));
    return snapshot ? std::optional((*snapshot)->token) : std::nullopt;
  };
  for (const Token token : {Token{1}, Token{1} << 63, ~Token{0}}) EXPECT_EQ(token_in(token_text(token)), token);
  for (const char* text : {"", "x", "AAAAAAAAAAA", "AAAAAAAAAA!", "_____________", "zAAAAAAAAAA"})
    EXPECT_EQ(token_in(text), std::nullopt) << text;
}

TEST(UserReplies, OfAnyShapeGiveTextFieldsOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const redis::Reply reply = reply_of(*any_reply());
    for (const Result<UserFields>& fields : {user_from(reply.view()), written_user_from(reply.view(), Limits{})}) {
      if (!fields) continue;
      for (const auto& [name, value] : *fields) RC_ASSERT(util::is_utf8(name) && util::is_utf8(value));
    }
  }));
  EXPECT_EQ(user_from(reply_of(list_bytes({"a"})).view()).error().code, Errc::corrupt);
  EXPECT_EQ(user_from(reply_of(bulk_bytes("a")).view()).error().code, Errc::corrupt);
  EXPECT_EQ(written_user_from(reply_of(array_bytes({integer_bytes(-3)})).view(), Limits{}).error().code, Errc::corrupt);
}

TEST(CheckReplies, OfACheckOfAnyShapeGiveAReasonOrNone) {
  EXPECT_TRUE(rc::check([] {
    const redis::Reply reply = reply_of(*any_reply());
    const StoreState state = state_of(access_from(reply.view(), "EVAL"), Time(Millis(1)), std::chrono::hours(12));
    RC_ASSERT(state.detail.size() < 500);
  }));
}

TEST(StoredFields, ThatMakeNoSenseAreCorruptAndNotZero) {
  const redis::Reply none = reply_of(list_bytes({}));
  for (const std::string& version :
       std::vector<std::string>{"-1", "x", "", "1e3", "99999999999999999999", "9007199254740993"}) {
    const redis::Reply meta = reply_of(list_bytes({"v", version}));
    const auto shown =
        snapshot_from(none.view(), meta.view(), *CartId::parse("c"), Time(Millis(1)), std::chrono::hours(24));
    ASSERT_FALSE(shown) << version;
    EXPECT_EQ(shown.error().code, Errc::corrupt);
  }
}

TEST(Clocks, MayDifferByHalfOfTheShortestLifeOfACart) {
  TtlPolicy ttl;
  EXPECT_EQ(permitted_clock_difference(Limits{}, ttl.least()), std::chrono::hours(12));
  ttl.by_prefix = {{"guest-", std::chrono::seconds(60)}, {"long-", std::chrono::days(30)}};
  EXPECT_EQ(permitted_clock_difference(Limits{}, ttl.least()), std::chrono::seconds(30));
  const Time now(Millis(1'000'000));
  const auto state = [&](Millis ahead) { return state_of(Access{{}, now + ahead}, now, std::chrono::seconds(30)); };
  EXPECT_TRUE(state(Millis(500)).ready);
  EXPECT_EQ(state(Millis(500)).detail, "");
  EXPECT_TRUE(state(std::chrono::seconds(-30)).ready);
  EXPECT_EQ(state(std::chrono::seconds(-30)).detail, "the clock of the store is 30 s behind this machine's clock");
  EXPECT_FALSE(state(std::chrono::seconds(31)).ready);
}

TEST(Clocks, OfServersAreReadWithinRange) {
  const auto time = [](const std::string& bytes) { return server_time_from(reply_of(bytes).view()); };
  EXPECT_EQ(time(list_bytes({"1700000000", "123456"})), Time(Millis(1'700'000'000'123)));
  for (const std::string& bytes :
       {list_bytes({"-1", "0"}), list_bytes({"1", "1000000"}), list_bytes({"99999999999999999", "0"}),
        list_bytes({"1"}), list_bytes({"x", "1"}), bulk_bytes("1"), nil_bytes})
    EXPECT_EQ(time(bytes), std::nullopt) << bytes;
}

Errc code_of(const std::string& words) { return error_of(reply_of("-" + words + "\r\n").view()).code; }

TEST(ErrorReplies, SpeakOfTheDataOnlyWhereTheySaySo) {
  EXPECT_EQ(code_of("WRONGTYPE Operation against a key holding the wrong kind of value"), Errc::corrupt);
  for (const char* words :
       {"ERR internal error", "ERR syntax error", "oops", "", "CROSSSLOT x", "EXECABORT x", "FROZEN the future",
        "NOPROTO x", "ERR user_script:12: attempt to compare nil with number script: f, on @user_script:12."}) {
    EXPECT_EQ(code_of(words), Errc::outcome_unknown) << words;
    EXPECT_EQ(read_error_of(reply_of(std::string("-") + words + "\r\n").view()).code, Errc::unavailable) << words;
  }
  for (const char* words : {"NOPERM x", "NOAUTH x", "LOADING x", "BUSY x", "CLUSTERDOWN x", "READONLY x",
                            "ERR unknown command 'EVALSHA'", "ERR internal error [HSET was refused; nothing was done]"})
    EXPECT_EQ(code_of(words), Errc::unavailable) << words;
}

TEST(ErrorReplies, ShowOnlyTheServersErrorCode) {
  for (const char* words : {"ODD 10.1.2.3:6379 hunter2", "hunter2 10.1.2.3", "NOPERM hunter2 10.1.2.3"}) {
    const std::string detail = error_of(reply_of(std::string("-") + words + "\r\n").view()).detail;
    EXPECT_EQ(detail.find("hunter2"), std::string::npos) << detail;
    EXPECT_EQ(detail.find("10.1"), std::string::npos) << detail;
  }
}

}  // namespace
}  // namespace cartd::test
