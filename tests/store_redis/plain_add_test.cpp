// What is read behind an add is believed where it is what the add left.
#include "store_redis/reply_trees.h"

#include "store/redis/cart_layout.h"
#include "store/redis/plain_add.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using redis::array_bytes, redis::bulk_bytes, redis::integer_bytes, redis::list_bytes, redis::nil_bytes, redis::reply_of;

constexpr Token add_token = 77;
constexpr Time add_time(Millis(1'700'000'000'000));
constexpr Millis day = std::chrono::hours(24);

const AddRequest request{*CartId::parse("c"), *Sku::parse("A"), 2, {}, CommandId{1, 7}, 0, Deadline::max()};

Result<AddReply> added(const std::string& bytes) {
  return added_from(reply_of(bytes).view(), request, add_token, add_time, std::chrono::hours(1), day);
}

std::string script(std::int64_t code, const std::string& version, const std::string& token_before) {
  return array_bytes({integer_bytes(code), bulk_bytes(version), bulk_bytes(token_before)});
}

std::string meta(Token its_token, const std::string& version, Time expires_at = add_time + day) {
  return list_bytes({"t", token_text(its_token), "v", version, "x",
                     std::to_string(expires_at.time_since_epoch().count()), "m:AAAAAAAB", "7"});
}

const std::string lines = list_bytes({"A", "3", "B", "1"});

TEST(PlainAdd, ShowsTheCartThatItLeft) {
  const auto answer = added(array_bytes({script(1, "4", token_text(5)), lines, meta(add_token, "4")}));
  ASSERT_TRUE(answer && answer->after);
  EXPECT_TRUE(answer->was_added);
  EXPECT_EQ(answer->after->record.cart.version, 4U);
  EXPECT_EQ(answer->after->record.cart.lines[0].quantity, 3);
  EXPECT_EQ(answer->after->token, add_token);
  EXPECT_EQ(answer->found, 5U);
}

TEST(PlainAdd, ShowsTheCartThatItLeftAlone) {
  const auto answer = added(array_bytes({script(0, "3", token_text(5)), lines, meta(5, "3")}));
  ASSERT_TRUE(answer && answer->after);
  EXPECT_FALSE(answer->was_added);
  EXPECT_EQ(answer->after->token, 5U);
  const auto absent = added(array_bytes({script(0, "", ""), list_bytes({}), list_bytes({})}));
  ASSERT_TRUE(absent && absent->after);
  EXPECT_EQ(absent->after->record.cart, Cart{request.cart});
}

TEST(PlainAdd, HasTheCartLoadedWhereItChangedAgainOrMayHaveExpired) {
  const auto is_loaded = [](const std::string& by_script, const std::string& its_meta,
                            const std::string& its_lines = lines) {
    const auto answer = added(array_bytes({by_script, its_lines, its_meta}));
    return answer && !answer->after;
  };
  const std::string done = script(1, "4", token_text(5));
  EXPECT_TRUE(is_loaded(done, meta(add_token + 1, "4")));
  EXPECT_TRUE(is_loaded(done, meta(add_token, "5")));
  EXPECT_TRUE(is_loaded(done, list_bytes({})));
  EXPECT_TRUE(is_loaded(done, nil_bytes));
  EXPECT_TRUE(is_loaded(done, meta(add_token, "4"), "-MOVED 1 127.0.0.1:1\r\n"));
  EXPECT_TRUE(is_loaded(done, meta(add_token, "4", add_time + std::chrono::hours(1))));
  EXPECT_TRUE(is_loaded(script(0, "3", token_text(5)), meta(6, "3")));
  EXPECT_TRUE(is_loaded(script(0, "", ""), meta(6, "3")));
}

TEST(PlainAdd, HasTheCartLoadedWhereItsSlotMoves) {
  for (const char* error : {"-TRYAGAIN x\r\n", "-MOVED 1 127.0.0.1:1\r\n", "-ASK 1 127.0.0.1:1\r\n"}) {
    const auto answer = added(array_bytes({error, lines, error}));
    ASSERT_TRUE(answer) << error;
    EXPECT_FALSE(answer->was_added);
    EXPECT_FALSE(answer->after);
  }
}

TEST(PlainAdd, TellsFromErrorsWhetherItMayHaveBeenDone) {
  const auto with = [](const std::string& error) { return added(array_bytes({error, lines, meta(5, "3")})); };
  EXPECT_EQ(with("-LOADING x\r\n").error().code, Errc::unavailable);
  EXPECT_EQ(with("-ERR odd\r\n").error().code, Errc::outcome_unknown);
  EXPECT_EQ(with(script(2, "4", "")).error().code, Errc::corrupt);
  EXPECT_EQ(with(nil_bytes).error().code, Errc::corrupt);
  EXPECT_EQ(added(lines).error().code, Errc::corrupt);
}

TEST(PlainAdd, OfAnyReplyGivesARecordInRangeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const std::string by_script = *rc::gen::element(script(1, "0", ""), script(0, "", ""), *any_reply());
    const auto answer = added(array_bytes({by_script, *any_reply(), *any_reply()}));
    if (!answer || !answer->after) return;
    for (const Line& line : answer->after->record.cart.lines) RC_ASSERT(line.quantity > 0);
  }));
}

}  // namespace
}  // namespace cartd::test
