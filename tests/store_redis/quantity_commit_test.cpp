// The short way to commit is taken where it says the same as the long one, and its replies are believed no further.
#include "store_redis/reply_trees.h"

#include "store/redis/cart_layout.h"
#include "store/redis/quantity_commit.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

using redis::array_bytes, redis::bulk_bytes, redis::integer_bytes, redis::list_bytes, redis::nil_bytes, redis::reply_of;

constexpr Token next_token = 77;

/// Two more of B, in a cart of A and B.
CommitRequest a_request(bool lines_wanted = true) {
  CartRecord record{Cart{*CartId::parse("c")}};
  record.cart.version = 2;
  record.cart.lines = {Line{*Sku::parse("A"), 1}, Line{*Sku::parse("B"), 1}};
  auto base = std::make_shared<Snapshot>(record);
  base->token = 5;
  base->line_fields = 2;
  CommitRequest request{record.cart.id, std::move(base), {}, lines_wanted, Deadline::max()};
  request.edits.lines = {LineEdit{*Sku::parse("B"), 1, 3}};
  request.edits.version = 3;
  request.edits.updated_at = Time(Millis(1'700'000'000'000));
  request.edits.applied_sequences = {{1, 7}};
  return request;
}

Result<std::optional<Committed>> committed(const std::string& bytes, bool lines_wanted = true) {
  return quantity_committed_from(reply_of(bytes).view(), a_request(lines_wanted), next_token, std::chrono::hours(24),
                                 std::nullopt);
}

const std::string state = list_bytes({token_text(next_token), "3"});

TEST(QuantityCommit, ShowsWhatPlainClientsDidToOtherLines) {
  const auto done = committed(array_bytes({integer_bytes(1), list_bytes({"B", "3", "C", "9"}), state}));
  ASSERT_TRUE(done && *done);
  const Snapshot& after = *(*done)->snapshot;
  EXPECT_EQ(after.record.cart.lines, (std::vector<Line>{{*Sku::parse("B"), 3}, {*Sku::parse("C"), 9}}));
  EXPECT_EQ(after.token, next_token);
  EXPECT_EQ(after.record.cart.version, 3U);
  EXPECT_EQ(after.line_fields, 2U);
}

TEST(QuantityCommit, DoesNotShowLinesOfALaterCommit) {
  const std::string lines = list_bytes({"B", "9"});
  for (const std::string& other : {list_bytes({token_text(next_token + 1), "3"}), list_bytes({token_text(5), "4"}),
                                   nil_bytes, std::string("-MOVED 1 127.0.0.1:1\r\n")}) {
    const auto done = committed(array_bytes({integer_bytes(1), lines, other}));
    ASSERT_TRUE(done && *done) << other;
    const std::vector<Line>& shown = (*done)->snapshot->record.cart.lines;
    EXPECT_EQ(shown, (std::vector<Line>{{*Sku::parse("A"), 1}, {*Sku::parse("B"), 3}})) << other;
  }
}

TEST(QuantityCommit, OnAnotherRecordBringsThatRecord) {
  const std::string other = array_bytes({integer_bytes(0), list_bytes({"B", "4"}),
                                         list_bytes({"t", token_text(6), "v", "9"}), list_bytes({"1700000000", "0"})});
  for (const bool lines_wanted : {false, true}) {
    const std::string lines = list_bytes({"B", "9"});
    const auto conflict = committed(lines_wanted ? array_bytes({other, lines, state}) : other, lines_wanted);
    ASSERT_TRUE(conflict && *conflict);
    EXPECT_FALSE((*conflict)->was_current);
    EXPECT_EQ((*conflict)->snapshot->token, 6U);
    EXPECT_EQ((*conflict)->snapshot->record.cart.version, 9U);
    EXPECT_EQ((*conflict)->snapshot->record.cart.lines, (std::vector<Line>{{*Sku::parse("B"), 4}}));
    EXPECT_EQ((*conflict)->now, Time(std::chrono::seconds(1'700'000'000)));
  }
  EXPECT_EQ(committed(array_bytes({integer_bytes(1), list_bytes({})}), false).error().code, Errc::corrupt);
}

TEST(QuantityCommit, ThatIsRefusedIsNone) {
  EXPECT_FALSE(*committed(integer_bytes(0), false));
  EXPECT_FALSE(*committed(array_bytes({integer_bytes(0), list_bytes({}), state})));
  EXPECT_FALSE(*committed(array_bytes({"-TRYAGAIN x\r\n", list_bytes({}), "-ASK 1 127.0.0.1:1\r\n"})));
  EXPECT_EQ(committed("-READONLY x\r\n", false).error().code, Errc::unavailable);
  EXPECT_EQ(committed("-ERR odd\r\n", false).error().code, Errc::outcome_unknown);
}

TEST(QuantityCommit, RepliesOfAnyShapeGiveARecordInRangeOrAnError) {
  EXPECT_TRUE(rc::check([](bool lines_wanted) {
    const std::string bytes = *rc::gen::arbitrary<bool>()
                                  ? *any_reply()
                                  : array_bytes({*rc::gen::element(integer_bytes(1), *any_reply()), *any_reply(),
                                                 *rc::gen::element(state, *any_reply())});
    const auto done = committed(bytes, lines_wanted);
    if (!done || !*done) return;
    for (const Line& line : (*done)->snapshot->record.cart.lines) RC_ASSERT(line.quantity > 0);
  }));
}

TEST(QuantityCommit, CountsTheFieldsWhereLinesHaveDetails) {
  constexpr std::size_t fields = 5;
  EXPECT_EQ((*quantity_arguments(a_request(), next_token))[fields], "");
  CommitRequest request = a_request();
  auto base = std::make_shared<Snapshot>(*request.base);
  LineDetails details;
  details.name = "Mug";
  base->record.cart.lines[0].details = std::make_shared<const LineDetails>(details);
  request.base = std::move(base);
  EXPECT_EQ((*quantity_arguments(request, next_token))[fields], "2");
}

TEST(QuantityCommit, IsForASecondChangeInTheSameMillisecondToo) {
  constexpr std::size_t updated_at = 8;
  CommitRequest request = a_request();
  auto base = std::make_shared<Snapshot>(*request.base);
  base->record.cart.updated_at = **std::exchange(request.edits.updated_at, std::nullopt);
  request.base = std::move(base);
  EXPECT_EQ((*quantity_arguments(request, next_token))[updated_at], "1700000000000");
}

TEST(QuantityCommit, IsForOneQuantityAndNothingElse) {
  EXPECT_TRUE(quantity_arguments(a_request(), next_token));
  const std::vector<std::function<void(CommitRequest&)>> more{
      [](CommitRequest& r) { r.edits.lines.front().seen = 0; },
      [](CommitRequest& r) { r.edits.lines.front().quantity = 0; },
      [](CommitRequest& r) { r.edits.lines.front().details_changed = true; },
      [](CommitRequest& r) {
        r.edits.lines.push_back(LineEdit{*Sku::parse("A"), 1, 2});
      },
      [](CommitRequest& r) { r.edits.lines.clear(); },
      [](CommitRequest& r) { r.edits.covers_all_lines = true; },
      [](CommitRequest& r) { r.edits.starts_anew = true; },
      [](CommitRequest& r) { r.edits.version.reset(); },
      [](CommitRequest& r) { r.edits.updated_at.reset(); },
      [](CommitRequest& r) { r.edits.updated_at = std::optional<Time>(); },
      [](CommitRequest& r) { r.edits.created_at = std::optional<Time>(); },
      [](CommitRequest& r) { r.edits.expires_at = Time(); },
      [](CommitRequest& r) { r.edits.owner = std::optional<UserId>(); },
      [](CommitRequest& r) { r.edits.metadata = "{}"; },
      [](CommitRequest& r) { r.edits.forget_at = Time(); },
      [](CommitRequest& r) {
        r.edits.applied_sequences.push_back({2, 7});
      },
      [](CommitRequest& r) { r.edits.dropped_producers = {9}; },
      [](CommitRequest& r) {
        r.edits.dropped_keys = {"one", "two"};
      },
      [](CommitRequest& r) { r.edits.keys.resize(2); }};
  for (std::size_t i = 0; i < more.size(); ++i) {
    CommitRequest request = a_request();
    more[i](request);
    EXPECT_FALSE(quantity_arguments(request, next_token)) << i;
  }
  const auto on = [](auto change) {
    CommitRequest request = a_request();
    auto base = std::make_shared<Snapshot>(*request.base);
    change(*base);
    request.base = std::move(base);
    return quantity_arguments(request, next_token);
  };
  EXPECT_FALSE(on([](Snapshot& base) { base.token = 0; }));
  EXPECT_FALSE(on([](Snapshot& base) { base.has_expired = true; }));
  EXPECT_FALSE(on([](Snapshot& base) { base.details_without_line = {"C"}; }));
}

}  // namespace
}  // namespace cartd::test
