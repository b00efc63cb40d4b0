// What is shown of a cart, and what its changes are called, after something went wrong before.
#include "outbox_core/core_fixture.h"

#include <gtest/gtest.h>

#include <chrono>

namespace cartd {
namespace {

using namespace std::chrono_literals;

class ViewTest : public test::CoreFixture {
 protected:
  ViewTest() : CoreFixture(true) {}

  /// Nothing when the disk was not asked.
  std::optional<CommandId> append() {
    CommandId id{};
    if (!takes<outbox::Append>(id)) return std::nullopt;
    core_.appended(id, {}, now_);
    collect();
    return id;
  }

  Change add_under_key() {
    Change change = add();
    change.idempotency = Idempotency{"key-------------", "fingerprint"};
    return change;
  }
};

TEST_F(ViewTest, ARepeatedChangeShowsOnceWhileTheStoreIsAway) {
  submit(add_under_key());
  append();
  answer_all();
  store_.is_serving = false;
  const RequestId repeated = submit(add_under_key());
  // The store may yet lose what it was seen to have.
  EXPECT_TRUE(append());
  ASSERT_TRUE(is_done(repeated));
  ASSERT_TRUE(result(repeated));
  EXPECT_EQ(result(repeated)->cart.lines.at(0).quantity, 1);
  EXPECT_EQ(result(repeated)->outcome.effect, Effect::replayed);
}

TEST_F(ViewTest, ACartIsShownWholeOnceTheStoreHasShownIt) {
  auto there = std::make_shared<Snapshot>(CartRecord{Cart{cart()}});
  there->record.cart.lines.push_back(Line{sku("B"), 5});
  there->record.cart.version = 1;
  there->token = 99;
  store_.records["a"] = there;
  store_.is_serving = false;
  const RequestId unseen = submit();
  append();
  ASSERT_TRUE(result(unseen));
  EXPECT_TRUE(result(unseen)->knowledge.partial);

  store_.is_serving = true;
  core_.start(now_);
  wait();
  answer();  // The cart is loaded, and the commit …
  ASSERT_TRUE(is_committing());
  store_.is_serving = false;
  fail(Errc::outcome_unknown);  // … is not answered.
  const RequestId reading = find();
  ASSERT_TRUE(is_done(reading));
  const Found& found = readings_.at(reading).value();
  EXPECT_FALSE(found.knowledge.partial);
  EXPECT_EQ(found.cart.lines.size(), 2u);
}

TEST_F(ViewTest, NewChangesComeBehindThoseOfAProcessWhoseClockWasAhead) {
  const auto ahead = static_cast<std::uint64_t>((now_.wall + 1h).time_since_epoch().count());
  std::vector<JournalRecord> left;
  left.push_back({{1, ahead}, cart(), add(), true});
  core_.recover(std::move(left), now_);
  collect();
  submit();
  const auto id = append();
  ASSERT_TRUE(id);
  EXPECT_GT(id->sequence, ahead);
}

}  // namespace
}  // namespace cartd
