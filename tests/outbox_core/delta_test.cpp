#include "outbox/core/delta.h"

#include "domain/decide.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace cartd {
namespace {

using test::any_command;
using test::sku;

Cart seen() {
  Cart cart{*CartId::parse("a")};
  cart.lines = {Line{sku("A"), 3}, Line{sku("B"), 1}};
  return cart;
}

std::optional<Command> delta_of(LineCommand command) { return delta(Batch{{std::move(command)}}, seen()); }
Command batch(std::vector<LineCommand> commands) { return Batch{std::move(commands)}; }

TEST(DeltaTest, AnAddStaysAnAdd) { EXPECT_EQ(delta_of(Add{sku("A"), 2}), batch({Add{sku("A"), 2}})); }

TEST(DeltaTest, ARemoveTakesNoMoreThanWasSeen) {
  EXPECT_EQ(delta_of(Remove{sku("A"), 2}), batch({Remove{sku("A"), 2}}));
  EXPECT_EQ(delta_of(Remove{sku("A"), 9}), batch({Remove{sku("A"), 3}}));
  EXPECT_EQ(delta_of(Remove{sku("C"), 1}), std::nullopt);
}

TEST(DeltaTest, ASetIsTheDifference) {
  EXPECT_EQ(delta_of(Set{sku("A"), 5}), batch({Add{sku("A"), 2}}));
  EXPECT_EQ(delta_of(Set{sku("A"), 1}), batch({Remove{sku("A"), 2}}));
  EXPECT_EQ(delta_of(Set{sku("A"), 0}), batch({Remove{sku("A"), 3}}));
  EXPECT_EQ(delta_of(Set{sku("A"), 3}), std::nullopt);
  EXPECT_EQ(delta_of(Set{sku("C"), 4}), batch({Add{sku("C"), 4}}));
}

TEST(DeltaTest, ClearAndRemoveLineTakeWhatWasSeen) {
  EXPECT_EQ(delta_of(RemoveLine{sku("A")}), batch({Remove{sku("A"), 3}}));
  EXPECT_EQ(delta_of(Clear{}), batch({Remove{sku("A"), 3}, Remove{sku("B"), 1}}));
}

TEST(DeltaTest, WhatOtherServersAddMeanwhileSurvives) {
  CartRecord record{seen()};
  record.cart.lines.front().quantity += 10;
  const Command command = *delta_of(Clear{});
  ASSERT_TRUE(apply(record, Change{command}, {CommandId{1, 1}, Time{}, std::chrono::days(1), Limits{}}));
  EXPECT_EQ(record.cart.lines, (std::vector{Line{sku("A"), 10}}));
}

TEST(DeltaTest, WhatIsNoLineCommandStaysWhatItIs) {
  EXPECT_EQ(delta(Delete{}, seen()), Command(Delete{}));
  EXPECT_EQ(delta(Annotate{"{}"}, seen()), Command(Annotate{"{}"}));
}

// On the cart that was seen, the difference does what the command does.
RC_GTEST_PROP(DeltaTest, OnTheCartThatWasSeenItDoesWhatTheCommandDoes, ()) {
  const Limits limits;
  CartRecord record{Cart{*CartId::parse("a")}};
  std::uint64_t sequence = 0;
  const auto context = [&] {
    return ApplyContext{CommandId{1, ++sequence}, Time{std::chrono::hours(1)}, std::chrono::days(1), limits};
  };
  for (const Command& command : *rc::gen::container<std::vector<Command>>(any_command()))
    (void)apply(record, Change{command}, context());
  const Command command = *any_command();
  CartRecord by_command = record;
  CartRecord by_delta = record;
  RC_PRE(apply(by_command, Change{command}, context()).has_value());
  if (const auto difference = delta(command, record.cart)) {
    ApplyContext unjudged = context();
    unjudged.enforce_preconditions = false;
    RC_ASSERT(apply(by_delta, Change{*difference}, unjudged).has_value());
  }
  // Details that come and go with a line may be dated anew.
  RC_ASSERT(item_count(by_delta.cart.lines) == item_count(by_command.cart.lines));
  for (const Line& line : by_command.cart.lines) {
    const auto same = std::find_if(by_delta.cart.lines.begin(), by_delta.cart.lines.end(),
                                   [&](const Line& l) { return l.id == line.id; });
    RC_ASSERT(same != by_delta.cart.lines.end());
    RC_ASSERT(same->quantity == line.quantity);
    RC_ASSERT(!same->details == !line.details);
    if (line.details) RC_ASSERT(same->details->name == line.details->name);
  }
}

}  // namespace
}  // namespace cartd
