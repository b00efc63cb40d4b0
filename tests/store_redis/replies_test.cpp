// Whatever a server answers, no reader of its replies believes more than makes sense.
#include "store_redis/reply_trees.h"

#include "store/redis/access.h"
#include "store/redis/cart_layout.h"
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

struct Request {
  explicit Request(Answer answer = Answer::full)
      : apply{*CartId::parse("c"), Change{Batch{{Add{*Sku::parse("A"), 1}}}}, Stamp{1, 7}, answer, Deadline::max()} {}
  ApplyRequest apply;
};

Result<Applied> read(const std::string& bytes, Answer answer = Answer::full) {
  const redis::Reply reply = reply_of(bytes);
  const Request request(answer);
  return applied_from(reply.view(), request.apply, Limits{});
}

/// What apply.lua answers to an add, with one element exchanged.
std::string answer_with(std::size_t index, const std::string& bytes) {
  std::vector<std::string> elements{integer_bytes(0),
                                    integer_bytes(0),
                                    integer_bytes(3),
                                    bulk_bytes("1000"),
                                    bulk_bytes("1"),
                                    integer_bytes(2000),
                                    nil_bytes,
                                    nil_bytes,
                                    list_bytes({"A", "2"}),
                                    list_bytes({}),
                                    list_bytes({"m:AAAAAAAB", "7"})};
  elements[index] = bytes;
  return array_bytes(elements);
}

void expect_corrupt(const std::string& bytes, Answer answer = Answer::full) {
  const auto applied = read(bytes, answer);
  ASSERT_FALSE(applied) << bytes;
  EXPECT_EQ(applied.error().code, Errc::corrupt) << bytes;
}

TEST(ScriptReplies, AreReadAsTheScriptGivesThem) {
  const auto applied = read(answer_with(2, integer_bytes(3)), Answer::with_marks);
  ASSERT_TRUE(applied) << applied.error().detail;
  EXPECT_EQ(applied->outcome.effect, Effect::changed);
  EXPECT_EQ(applied->cart.version, 3U);
  ASSERT_EQ(applied->cart.lines.size(), 1U);
  EXPECT_EQ(applied->cart.lines[0].quantity, 2);
  EXPECT_EQ(applied->marks, (std::vector<Mark>{{1, 7}}));
}

TEST(ScriptReplies, AreNotBelievedWhereTheyContradictThemselves) {
  for (const std::int64_t effect : {-9, -7, -100, -1'000'000, 4, 99}) expect_corrupt(answer_with(0, integer_bytes(effect)));
  expect_corrupt(answer_with(0, bulk_bytes("0")));
  expect_corrupt(answer_with(1, integer_bytes(2)));
  expect_corrupt(answer_with(1, bulk_bytes("1")));
  for (const std::int64_t version : {std::int64_t{-1}, std::int64_t{0}, (std::int64_t{1} << 53) + 1})
    expect_corrupt(answer_with(2, integer_bytes(version)));
  expect_corrupt(answer_with(2, nil_bytes));
  for (std::size_t i = 3; i < 8; ++i) expect_corrupt(answer_with(i, list_bytes({"1"})));
  for (std::size_t i = 8; i < 11; ++i) {
    expect_corrupt(answer_with(i, bulk_bytes("A")));
    expect_corrupt(answer_with(i, list_bytes({"A"})));
    expect_corrupt(answer_with(i, array_bytes({bulk_bytes("A"), nil_bytes})));
  }
  expect_corrupt(array_bytes({}));
  expect_corrupt(bulk_bytes("OK"));
  expect_corrupt(nil_bytes);
}

TEST(ScriptReplies, OfAChangeThatTookEffectShowItsMark) {
  expect_corrupt(answer_with(10, list_bytes({})), Answer::with_marks);
  expect_corrupt(answer_with(10, list_bytes({"m:AAAAAAAB", "6"})), Answer::with_marks);
  expect_corrupt(answer_with(10, list_bytes({"m:AAAAAAAC", "9"})), Answer::with_marks);
  EXPECT_TRUE(read(answer_with(10, list_bytes({})), Answer::full));
}

TEST(ScriptReplies, ThatRefuseAreCheckedToo) {
  Request conditional;
  conditional.apply.change.expected_version = 4;
  conditional.apply.change.idempotency = Idempotency{"key", "fingerprint"};
  const auto refusal_of = [&](const std::string& bytes) {
    return applied_from(reply_of(bytes).view(), conditional.apply, Limits{}).error().code;
  };
  EXPECT_EQ(refusal_of(array_bytes({integer_bytes(-1), integer_bytes(5)})), Errc::version_mismatch);
  EXPECT_EQ(refusal_of(array_bytes({integer_bytes(-3)})), Errc::idempotency_mismatch);
  // Of what was not asked for, nothing can be refused.
  expect_corrupt(array_bytes({integer_bytes(-1), integer_bytes(5)}));
  expect_corrupt(array_bytes({integer_bytes(-3)}));
  expect_corrupt(array_bytes({integer_bytes(-1), integer_bytes(-5)}));
  expect_corrupt(array_bytes({integer_bytes(-1)}));
  EXPECT_EQ(read(array_bytes({integer_bytes(-2), integer_bytes(0), bulk_bytes("lines")})).error().code, Errc::limit_exceeded);
  expect_corrupt(array_bytes({integer_bytes(-2), integer_bytes(-3), bulk_bytes("lines")}));
  expect_corrupt(array_bytes({integer_bytes(-2), integer_bytes(0), bulk_bytes("carts")}));
  const auto clocks = read(array_bytes({integer_bytes(-5), integer_bytes(-691'200'000)}));
  EXPECT_EQ(clocks.error().code, Errc::unavailable);
  EXPECT_EQ(clocks.error().detail, "the clock of the store is 691200 s behind this machine's clock; nothing was done");
}

TEST(ScriptReplies, OfAnyShapeGiveACartInRangeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const std::string bytes = *any_reply();
    for (const Answer answer : {Answer::full, Answer::with_marks, Answer::version}) {
      const auto applied = read(bytes, answer);
      if (!applied) continue;
      RC_ASSERT(applied->outcome.effect <= Effect::replayed);
      RC_ASSERT(applied->cart.version <= largest_version);
      for (const Line& line : applied->cart.lines) RC_ASSERT(line.quantity > 0);
    }
  }));
}

TEST(ScriptReplies, OfAReadOfAnyShapeGiveACartInRangeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const redis::Reply lines = reply_of(*any_reply());
    const redis::Reply meta = reply_of(*any_reply());
    const auto shown = shown_from(lines.view(), meta.view(), *CartId::parse("c"), Time(Millis(1)));
    if (!shown) return;
    RC_ASSERT(shown->cart.version <= largest_version);
    for (const Line& line : shown->cart.lines) RC_ASSERT(line.quantity > 0);
  }));
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

TEST(ScriptReplies, OfACheckOfAnyShapeGiveAReasonOrNone) {
  EXPECT_TRUE(rc::check([] {
    const redis::Reply reply = reply_of(*any_reply());
    const StoreState state = state_of(access_from(reply.view(), "EVAL"), Time(Millis(1)), std::chrono::hours(12));
    RC_ASSERT(state.detail.size() < 500);
  }));
}

TEST(StoredFields, ThatMakeNoSenseAreCorruptAndNotZero) {
  const redis::Reply none = reply_of(list_bytes({}));
  for (const std::string& version : std::vector<std::string>{"-1", "x", "", "1e3", "99999999999999999999", "9007199254740993"}) {
    const redis::Reply meta = reply_of(list_bytes({"v", version}));
    const auto shown = shown_from(none.view(), meta.view(), *CartId::parse("c"), Time(Millis(1)));
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
  for (const std::string& bytes : {list_bytes({"-1", "0"}), list_bytes({"1", "1000000"}), list_bytes({"99999999999999999", "0"}),
                                   list_bytes({"1"}), list_bytes({"x", "1"}), bulk_bytes("1"), nil_bytes})
    EXPECT_EQ(time(bytes), std::nullopt) << bytes;
}

Errc code_of(const std::string& words) { return error_of(reply_of("-" + words + "\r\n").view()).code; }

TEST(ErrorReplies, SpeakOfTheDataOnlyWhereTheySaySo) {
  EXPECT_EQ(code_of("WRONGTYPE Operation against a key holding the wrong kind of value"), Errc::corrupt);
  for (const char* words : {"ERR internal error", "ERR syntax error", "oops", "", "CROSSSLOT x", "EXECABORT x", "FROZEN the future",
                            "NOPROTO x", "ERR user_script:12: attempt to compare nil with number script: f, on @user_script:12."}) {
    EXPECT_EQ(code_of(words), Errc::outcome_unknown) << words;
    EXPECT_EQ(read_error_of(reply_of(std::string("-") + words + "\r\n").view()).code, Errc::unavailable) << words;
  }
  for (const char* words : {"NOPERM x", "NOAUTH x", "LOADING x", "BUSY x", "CLUSTERDOWN x", "READONLY x", "ERR unknown command 'EVALSHA'",
                            "ERR internal error [HSET was refused; nothing was done]"})
    EXPECT_EQ(code_of(words), Errc::unavailable) << words;
}

TEST(ErrorReplies, ShowNothingOfTheServersWordsButTheirCode) {
  for (const char* words : {"ODD 10.1.2.3:6379 hunter2", "hunter2 10.1.2.3", "NOPERM hunter2 10.1.2.3"}) {
    const std::string detail = error_of(reply_of(std::string("-") + words + "\r\n").view()).detail;
    EXPECT_EQ(detail.find("hunter2"), std::string::npos) << detail;
    EXPECT_EQ(detail.find("10.1"), std::string::npos) << detail;
  }
}

}  // namespace
}  // namespace cartd::test
