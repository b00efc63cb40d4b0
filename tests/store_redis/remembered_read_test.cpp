// A record that is remembered is believed only where the server's reply says that it is still the one.
#include "store_redis/reply_trees.h"

#include "store/redis/cart_layout.h"
#include "store/redis/remembered_read.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <memory>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using redis::array_bytes, redis::bulk_bytes, redis::integer_bytes, redis::list_bytes, redis::nil_bytes, redis::reply_of;

constexpr Token token = 5;
constexpr Time now(Millis(1'700'000'000'000));

/// Version 2, with A, which has details, and B; the details of "gone" have no line any more.
std::shared_ptr<Snapshot> a_snapshot() {
  LineDetails details;
  details.name = "Mug";
  CartRecord record{Cart{*CartId::parse("c")}};
  record.cart.version = 2;
  record.cart.lines = {Line{*Sku::parse("A"), 1, std::make_shared<const LineDetails>(details)},
                       Line{*Sku::parse("B"), 1}};
  record.cart.expires_at = now + std::chrono::hours(1);
  auto snapshot = std::make_shared<Snapshot>(record);
  snapshot->token = token;
  snapshot->line_fields = 2;
  snapshot->details_without_line = {"gone"};
  return snapshot;
}

const SnapshotPtr remembered = a_snapshot();
const std::string same_state = list_bytes({token_text(token), "2"});

Result<SnapshotPtr> reread(const std::string& lines, const std::string& state = same_state) {
  return reread_from(reply_of(array_bytes({lines, state})).view(), remembered);
}

void expect_for_the_script(const std::string& lines, const std::string& state = same_state) {
  const auto read = reread(lines, state);
  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(*read, nullptr);
}

TEST(RememberedRead, AnswersTheRecordItselfWhereNothingChanged) {
  EXPECT_EQ(*reread(list_bytes({"B", "1", "A", "1"})), remembered);
}

TEST(RememberedRead, ShowsWhatPlainClientsDidToTheLines) {
  const auto read = reread(list_bytes({"B", "7", "new", "2", "text", "two"}));
  ASSERT_TRUE(read && *read);
  const Snapshot& shown = **read;
  EXPECT_EQ(shown.record.cart.lines, (std::vector<Line>{{*Sku::parse("B"), 7}, {*Sku::parse("new"), 2}}));
  EXPECT_EQ(shown.details_without_line, (std::vector<std::string>{"gone", "A"}));
  EXPECT_EQ(shown.line_fields, 3U);
  EXPECT_EQ(shown.token, token);
  EXPECT_EQ(remembered->record.cart.lines.size(), 2U);
}

TEST(RememberedRead, ShowsOtherQuantitiesOfTheSameLines) {
  const auto read = reread(list_bytes({"B", "7", "A", "3"}));
  ASSERT_TRUE(read && *read);
  const auto& before = remembered->record.cart.lines;
  EXPECT_EQ((*read)->record.cart.lines, (std::vector<Line>{{before[0].id, 3, before[0].details}, {before[1].id, 7}}));
  EXPECT_EQ((*read)->details_without_line, (std::vector<std::string>{"gone"}));
  EXPECT_EQ(before[0].quantity, 1);
}

TEST(RememberedRead, ShowsAsManyOtherLines) {
  for (const auto& other : {list_bytes({"B", "7", "new", "2"}), list_bytes({"new", "2", "B", "7"})}) {
    const auto read = reread(other);
    ASSERT_TRUE(read && *read);
    EXPECT_EQ((*read)->record.cart.lines, (std::vector<Line>{{*Sku::parse("B"), 7}, {*Sku::parse("new"), 2}}));
    EXPECT_EQ((*read)->details_without_line, (std::vector<std::string>{"gone", "A"}));
  }
}

TEST(RememberedRead, PassesOverALineThatLostItsQuantity) {
  const auto read = reread(list_bytes({"A", "3", "B", "many"}));
  ASSERT_TRUE(read && *read);
  ASSERT_EQ((*read)->record.cart.lines.size(), 1U);
  EXPECT_EQ((*read)->record.cart.lines[0].quantity, 3);
  EXPECT_EQ((*read)->line_fields, 2U);
}

TEST(RememberedRead, LeavesAnotherStateToTheScript) {
  const std::string lines = list_bytes({"A", "1", "B", "1"});
  expect_for_the_script(lines, list_bytes({token_text(token + 1), "2"}));
  expect_for_the_script(lines, list_bytes({token_text(token), "3"}));
  expect_for_the_script(lines, array_bytes({bulk_bytes(token_text(token)), nil_bytes}));
  expect_for_the_script(lines, array_bytes({nil_bytes, nil_bytes}));
}

TEST(RememberedRead, LeavesCartsThatMayHaveExpiredToTheScript) { expect_for_the_script(list_bytes({})); }

TEST(RememberedRead, LeavesALineWhoseDetailsItForgotToTheScript) {
  expect_for_the_script(list_bytes({"A", "1", "B", "1", "gone", "1"}));
}

TEST(RememberedRead, AnswersErrorsAndWhatMakesNoSenseAsErrors) {
  const std::string lines = list_bytes({"A", "1"});
  const std::string wrong_type = "-WRONGTYPE x\r\n";
  EXPECT_EQ(reread(wrong_type).error().code, Errc::corrupt);
  EXPECT_EQ(reread(lines, wrong_type).error().code, Errc::corrupt);
  EXPECT_EQ(reread(lines, "-LOADING x\r\n").error().code, Errc::unavailable);
  for (const std::string& bytes :
       {array_bytes({lines}), array_bytes({lines, list_bytes({"2"})}), array_bytes({nil_bytes, same_state}),
        array_bytes({list_bytes({"A"}), same_state}), array_bytes({lines, same_state, lines}), bulk_bytes("OK")})
    EXPECT_EQ(reread_from(reply_of(bytes).view(), remembered).error().code, Errc::corrupt) << bytes;
}

TEST(RememberedRead, OfAnyReplyGivesARecordInRangeOrAnError) {
  EXPECT_TRUE(rc::check([] {
    const redis::Reply reply = reply_of(array_bytes({*any_reply(), *rc::gen::element(same_state, *any_reply())}));
    const auto read = reread_from(reply.view(), remembered);
    if (!read || !*read) return;
    for (const Line& line : (*read)->record.cart.lines) RC_ASSERT(line.quantity > 0);
  }));
}

TEST(RememberedRead, IsForRecordsOfCartdWhoseTimeIsNotOverByAnyClock) {
  const Millis hour = std::chrono::hours(1);
  EXPECT_TRUE(is_rereadable(*remembered, now, hour - Millis(1)));
  EXPECT_FALSE(is_rereadable(*remembered, now, hour));
  EXPECT_TRUE(is_rereadable(*remembered, now + hour - Millis(1), Millis::max()));
  EXPECT_FALSE(is_rereadable(*remembered, now + hour, Millis::max()));
  auto other = a_snapshot();
  other->token = 0;
  EXPECT_FALSE(is_rereadable(*other, now, Millis(0)));
  other = a_snapshot();
  other->has_expired = true;
  EXPECT_FALSE(is_rereadable(*other, now, Millis(0)));
}

}  // namespace
}  // namespace cartd::test
