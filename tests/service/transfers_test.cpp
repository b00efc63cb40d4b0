// Merges that a crash cuts at any step, and who finishes them. A crash leaves what the steps before it did: that is
// done here, step by step, with nobody to go on.
#include "domain/decide.h"
#include "domain/transfer.h"
#include "service/idempotency.h"
#include "service/service_fixture.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;

const CartId guest = CartId::parse("guest").value();
const CartId user = CartId::parse("user").value();
constexpr const char* login_key = "login";

/// The pieces that a guest had before a merge into a user's cart that had one.
constexpr std::int64_t brought = 2;

class TransfersOf : public test::ServiceTest {
 protected:
  void add_to(const CartId& cart, const char* sku, std::int64_t quantity) {
    ASSERT_TRUE(change(cart, Batch{{Add{*Sku::parse(sku), quantity}}}));
  }
  Result<ChangeResult> change(const CartId& cart, Command command) {
    return run(carts_->change(cart, std::move(command), {}, Detail::full));
  }
  Result<MergeResult> merge(const CartId& target, MergeRequest request) {
    return run(carts_->merge(target, std::move(request)));
  }
  std::int64_t pieces(const CartId& cart) {
    std::int64_t pieces = 0;
    const CartView view = run(carts_->find(cart)).value();
    for (const Line& line : view.cart.lines) pieces += line.quantity;
    return pieces;
  }
  bool has_transfer(const CartId& cart) { return run(carts_->find(cart)).value().record->transfer != nullptr; }

  /// So many steps of a merge of the guest's cart, that a process did before it crashed.
  void do_steps(int count, const std::string& distinction, const std::optional<IdempotencyKey>& key = {}) {
    const std::string id = transfer_id(guest, distinction);
    std::shared_ptr<const Transfer> transfer;
    BeginTransfer begin{id, user};
    if (key) begin.key = idempotency_of(*key, BeginTransfer{transfer_prefix(guest), user});
    if (count >= 1) transfer = change(guest, std::move(begin)).value().transfer;
    ASSERT_TRUE(count < 2 || change(user, TakeTransfer{transfer}).has_value());
    ASSERT_TRUE(count < 3 || change(guest, FinishTransfer{transfer}).has_value());
  }
  /// Lines of both carts before any of it.
  void fill() {
    add_to(guest, "MUG", brought);
    add_to(user, "TEE", 1);
  }
  void expect_merged_once() {
    EXPECT_TRUE(test::wait_until([&] { return !has_transfer(guest); }));
    EXPECT_EQ(pieces(user), 1 + brought);
    EXPECT_EQ(pieces(guest), 0);
  }
};

class TransfersCutAfter : public TransfersOf, public testing::WithParamInterface<int> {};

TEST_P(TransfersCutAfter, ARetryWithTheSameVersionFinishesThem) {
  fill();
  do_steps(GetParam(), "v1");
  MergeRequest request{guest};
  request.source_version = 1;
  ASSERT_TRUE(merge(user, request));
  expect_merged_once();
  const auto again = merge(user, request);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->was_replayed);
  expect_merged_once();
}

TEST_P(TransfersCutAfter, AnotherAttemptFinishesThem) {
  fill();
  do_steps(GetParam(), "random");
  ASSERT_TRUE(merge(user, {guest}));
  expect_merged_once();
}

TEST_P(TransfersCutAfter, WhatTheGuestAddsMeanwhileGoesAlongWithAnotherAttempt) {
  fill();
  do_steps(GetParam(), "random");
  add_to(guest, "PEN", 4);
  ASSERT_TRUE(merge(user, {guest}));
  EXPECT_EQ(pieces(user), 1 + brought + 4);
  EXPECT_EQ(pieces(guest), 0);
}

TEST_P(TransfersCutAfter, AnotherCustomersLoginGetsNothingTwice) {
  fill();
  do_steps(GetParam(), "random");
  const CartId other = *CartId::parse("other");
  const auto merged = merge(other, {guest});
  if (GetParam() == 0) {
    EXPECT_TRUE(merged);
  } else {
    EXPECT_EQ(merged.error().code, Errc::not_found) << "it is the first one's";
  }
  EXPECT_EQ(pieces(user) + pieces(other), 1 + brought);
  EXPECT_EQ(pieces(guest), 0);
}

TEST_P(TransfersCutAfter, AReadOfTheSourceFinishesThemSoon) {
  clock_.freeze();
  fill();
  do_steps(GetParam(), "random");
  pieces(guest);
  EXPECT_EQ(has_transfer(guest), GetParam() == 1 || GetParam() == 2) << "somebody may be about to go on";
  clock_.advance(3s);
  pieces(guest);
  if (GetParam() > 0) expect_merged_once();
}

TEST_P(TransfersCutAfter, AnAddToTheSourceFinishesThemSoonAndStays) {
  clock_.freeze();
  fill();
  do_steps(GetParam(), "random");
  clock_.advance(3s);
  add_to(guest, "PEN", 4);
  EXPECT_TRUE(test::wait_until([&] { return !has_transfer(guest); }));
  EXPECT_EQ(pieces(guest), GetParam() == 0 ? brought + 4 : 4);
  EXPECT_EQ(pieces(user), GetParam() == 0 ? 1 : 1 + brought);
}

TEST_P(TransfersCutAfter, ADeletedTargetDoesNotComeBackOnceItHasTakenThem) {
  fill();
  do_steps(GetParam(), "v1");
  ASSERT_TRUE(change(user, Delete{}));
  MergeRequest request{guest};
  request.source_version = 1;
  ASSERT_TRUE(merge(user, request));
  EXPECT_EQ(pieces(user), GetParam() >= 2 ? 0 : brought);
  EXPECT_EQ(pieces(guest), 0);
}

INSTANTIATE_TEST_SUITE_P(Steps, TransfersCutAfter, testing::Values(0, 1, 2, 3));

TEST_F(TransfersOf, AKeyIsOneMergeThoughItsFirstAttemptWasCut) {
  for (int steps = 0; steps <= 3; ++steps) {
    add_to(guest, "MUG", brought);
    const std::int64_t before = pieces(user);
    MergeRequest request{guest};
    request.key = IdempotencyKey::parse(login_key + std::to_string(steps)).value();
    do_steps(steps, "random" + std::to_string(steps), request.key);
    ASSERT_TRUE(merge(user, request)) << steps;
    EXPECT_EQ(pieces(user), before + brought) << steps;
    EXPECT_EQ(pieces(guest), 0) << steps;
    add_to(guest, "PEN", 1);
    const auto again = merge(user, request);
    ASSERT_TRUE(again) << steps;
    EXPECT_EQ(pieces(user), before + brought) << steps << ": a key is one merge";
    ASSERT_TRUE(change(guest, Batch{{Clear{}}}));
  }
}

TEST_F(TransfersOf, AMergeIsCountedStepByStep) {
  fill();
  ASSERT_TRUE(merge(user, {guest}));
  ASSERT_FALSE(merge(user, {user}));
  for (const char* line : {"cartd_commands_total{kind=\"begin_transfer\",outcome=\"changed\"} 1",
                           "cartd_commands_total{kind=\"take_transfer\",outcome=\"changed\"} 1",
                           "cartd_commands_total{kind=\"finish_transfer\",outcome=\"changed\"} 1"})
    EXPECT_NE(metrics_.text().find(line), std::string::npos) << line << " is not in\n" << metrics_.text();
}

}  // namespace
}  // namespace cartd
