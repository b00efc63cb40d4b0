// The checker, held against runs in which a store makes one mistake with something else than a quantity: it is found,
// whether the store may roll back or not, and there is no false alarm without it.
#include "chaos/checker/user_rules.h"
#include "chaos/simulated_run.h"
#include "support/seed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <iostream>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

/// Requests of client 1 to cartd 0 about one cart, one after another.
class SimulatedTrace {
 public:
  /// The store does what it says.
  SimulatedTrace& does(Exchange command) {
    command.status = cart_.apply(command) ? 200 : 412;
    return record(std::move(command), cart_.view());
  }
  /// It says so only.
  SimulatedTrace& loses(Exchange command) {
    SimulatedCart elsewhere = cart_;
    command.status = elsewhere.apply(command) ? 200 : 412;
    return record(std::move(command), elsewhere.view());
  }
  /// It does once more what it did before.
  SimulatedTrace& repeats(Exchange command) {
    command.expected.reset();
    cart_.apply(command);
    return *this;
  }
  /// It does what it refuses.
  SimulatedTrace& refuses_and_does(Exchange command) {
    cart_.apply(command);
    command.outcome = Outcome::refused;
    command.status = 503;
    return record(std::move(command), std::nullopt);
  }
  /// It is told to a client, whatever is true.
  SimulatedTrace& record(Exchange exchange, std::optional<CartView> view) {
    exchange.client = 1;
    exchange.cart = "c";
    exchange.start = now_ += 1ms;
    exchange.end = now_ += 1ms;
    if (exchange.status == 200) exchange.outcome = Outcome::acknowledged;
    if (exchange.status == 412) exchange.outcome = Outcome::refused;
    if (exchange.status == 412 && !exchange.version) exchange.version = view->version;
    if (exchange.status == 200) exchange.seen = std::move(view);
    history_.push_back(std::move(exchange));
    return *this;
  }

  std::uint64_t version() const { return cart_.view().version; }
  const CartView& view() const { return cart_.view(); }

  std::vector<std::string> violations(bool may_roll_back) const { return violations(may_roll_back, cart_.view()); }
  std::vector<std::string> violations(bool may_roll_back, CartView final) const {
    return check(history_, {{"cartd 0", {{"c", std::move(final)}}}}, {.store_may_roll_back = may_roll_back}).violations;
  }

 private:
  std::vector<Exchange> history_;
  SimulatedCart cart_;
  Moment now_ = 1s;
};

Exchange add(std::int64_t n, std::optional<std::uint64_t> expected = {}) {
  return {.op = Op::add, .sku = "A", .n = n, .expected = expected};
}

struct Value {
  std::string name;
  std::function<Exchange(std::string)> write;
};

// What GoogleTest shows of a parameter.
std::ostream& operator<<(std::ostream& out, const Value& value) { return out << value.name; }

class CheckedValueTest : public testing::TestWithParam<std::tuple<Value, bool>> {
 protected:
  Exchange write(std::string text) const { return std::get<0>(GetParam()).write(std::move(text)); }
  bool may_roll_back() const { return std::get<1>(GetParam()); }
};

TEST_P(CheckedValueTest, WritesInOrderAreNoFault) {
  SimulatedTrace trace;
  trace.does(write("1")).does(write("2")).does(write("")).does(write("3"));
  EXPECT_THAT(trace.violations(may_roll_back()), IsEmpty());
}

TEST_P(CheckedValueTest, ALostWriteIsFound) {
  SimulatedTrace trace;
  trace.does(write("1")).loses(write("2"));
  EXPECT_THAT(trace.violations(may_roll_back()), Contains(HasSubstr("in the end")));
}

TEST_P(CheckedValueTest, ADoubledWriteIsFound) {
  SimulatedTrace trace;
  trace.does(write("1")).does(write("2")).repeats(write("1"));
  EXPECT_THAT(trace.violations(may_roll_back()), Contains(HasSubstr("in the end")));
}

TEST_P(CheckedValueTest, WritesInTheWrongOrderAreFound) {
  SimulatedTrace trace;
  trace.does(write("0")).loses(write("1")).loses(write("2")).repeats(write("2")).repeats(write("1"));
  EXPECT_THAT(trace.violations(may_roll_back()), Not(IsEmpty()));
}

TEST_P(CheckedValueTest, ARefusedWriteThatTookEffectIsFound) {
  SimulatedTrace trace;
  trace.does(write("1")).refuses_and_does(write("2"));
  EXPECT_THAT(trace.violations(may_roll_back()), Not(IsEmpty()));
}

TEST_P(CheckedValueTest, AStaleReadIsFound) {
  SimulatedTrace trace;
  trace.does(write("1"));
  CartView stale = trace.view();
  trace.does(write("2")).record({.op = Op::read, .status = 200}, std::move(stale));
  EXPECT_THAT(trace.violations(may_roll_back()), Contains(HasSubstr("cartd 0 said")));
}

const std::vector<Value> values{
    {"Details",
     [](std::string text) { return Exchange{.op = Op::set, .sku = "A", .n = 1, .details = std::move(text)}; }},
    {"DetailsOfAdds",
     [](std::string text) { return Exchange{.op = Op::add, .sku = "A", .n = 1, .details = std::move(text)}; }},
    {"Owner", [](std::string text) { return Exchange{.op = Op::annotate, .owner = std::move(text)}; }},
    {"Metadata", [](std::string text) { return Exchange{.op = Op::annotate, .metadata = std::move(text)}; }}};

INSTANTIATE_TEST_SUITE_P(Values, CheckedValueTest, testing::Combine(testing::ValuesIn(values), testing::Bool()),
                         [](const auto& tested) {
                           return std::get<0>(tested.param).name + (std::get<1>(tested.param) ? "RollingBack" : "");
                         });

class CheckedVersionTest : public testing::TestWithParam<bool> {};

TEST_P(CheckedVersionTest, ConditionsThatHoldOrFailForAReasonAreNoFault) {
  SimulatedTrace trace;
  trace.does(add(1)).does(add(1, 1)).does(add(1, 1)).does(add(2, 2));
  EXPECT_THAT(trace.violations(GetParam()), IsEmpty());
}

TEST_P(CheckedVersionTest, ALostConditionalChangeIsFound) {
  SimulatedTrace trace;
  trace.does(add(1)).loses(add(1, 1));
  EXPECT_THAT(trace.violations(GetParam()), Contains(HasSubstr("something was lost")));
}

TEST_P(CheckedVersionTest, ADoubledConditionalChangeIsFound) {
  SimulatedTrace trace;
  trace.does(add(1)).does(add(1, 1)).repeats(add(1));
  EXPECT_THAT(trace.violations(GetParam()), Contains(HasSubstr("done twice")));
}

TEST_P(CheckedVersionTest, TwoChangesOnTheSameConditionAreFound) {
  SimulatedTrace trace;
  trace.does(add(1)).does(add(1, 1)).does(add(1));
  trace.repeats(add(1)).record({.op = Op::add, .sku = "A", .n = 1, .expected = 1, .status = 200}, trace.view());
  EXPECT_THAT(trace.violations(GetParam()), Contains(HasSubstr("both expected version 1")));
}

TEST_P(CheckedVersionTest, AConditionThatNoLongerHeldIsFound) {
  SimulatedTrace trace;
  trace.does(add(1)).does(add(1));
  trace.repeats(add(1)).record({.op = Op::add, .sku = "A", .n = 1, .expected = 1, .status = 200}, trace.view());
  EXPECT_THAT(trace.violations(GetParam()), Contains(HasSubstr("though the cart had version 2 before")));
}

TEST_P(CheckedVersionTest, AnUnexplainedMismatchIsFound) {
  const auto told = [](std::uint64_t version) {
    SimulatedTrace trace;
    trace.does(add(1)).does(add(1));
    Exchange refused = add(1, 2);
    refused.status = 412;
    refused.version = version;
    return trace.record(refused, std::nullopt);
  };
  EXPECT_THAT(told(2).violations(GetParam()), Contains(HasSubstr("which is the same")));
  EXPECT_THAT(told(3).violations(GetParam()), Contains(HasSubstr("only 2 changes had begun")));
  EXPECT_THAT(told(1).violations(GetParam()), Contains(HasSubstr("version 2 had been told before")));
}

TEST_P(CheckedVersionTest, AVersionGivenToTwoChangesIsFound) {
  SimulatedTrace trace;
  trace.does(add(1));
  CartView view = trace.view();
  ++view.quantities["A"];
  trace.record({.op = Op::add, .sku = "A", .n = 1, .status = 200}, view);
  EXPECT_THAT(trace.violations(GetParam(), view), Contains(HasSubstr("different contents under version 1")));
  EXPECT_THAT(trace.violations(GetParam(), view), Contains(HasSubstr("at least 2")));
}

TEST_P(CheckedVersionTest, AVersionAboveTheNumberOfChangesIsFound) {
  SimulatedTrace trace;
  trace.does(add(1));
  CartView view = trace.view();
  ++view.version;
  EXPECT_THAT(trace.violations(GetParam(), view), Contains(HasSubstr("at most 1")));
}

INSTANTIATE_TEST_SUITE_P(Stores, CheckedVersionTest, testing::Bool(),
                         [](const auto& tested) { return tested.param ? "RollingBack" : "Steady"; });

/// Writes of one user, one after another.
class UserTrace {
 public:
  UserTrace& does(UserExchange write) {
    write_to(user_, write);
    return record(std::move(write), user_);
  }
  UserTrace& loses(UserExchange write) {
    UserFields elsewhere = user_;
    write_to(elsewhere, write);
    return record(std::move(write), elsewhere);
  }
  UserTrace& repeats(const UserExchange& write) {
    write_to(user_, write);
    return *this;
  }
  UserTrace& may_do(UserExchange write) {
    write.outcome = Outcome::unknown;
    return record(std::move(write), std::nullopt);
  }
  UserTrace& record(UserExchange exchange, std::optional<UserFields> seen) {
    exchange.user = "u";
    exchange.start = now_ += 1ms;
    exchange.end = now_ += 1ms;
    if (seen) exchange.outcome = Outcome::acknowledged;
    exchange.seen = std::move(seen);
    history_.push_back(std::move(exchange));
    return *this;
  }

  std::vector<std::string> violations(bool may_roll_back = false) const { return violations(may_roll_back, user_); }
  std::vector<std::string> violations(bool may_roll_back, UserFields final) const {
    CheckResult result;
    check_users(history_, {{"Redis", {{"u", std::move(final)}}}}, {.store_may_roll_back = may_roll_back}, result);
    return result.violations;
  }

 private:
  std::vector<UserExchange> history_;
  UserFields user_;
  Moment now_ = 1s;
};

UserExchange put(std::string name) { return {.op = UserOp::put, .fields = {{"name", std::move(name)}}}; }
UserExchange patch(std::string city) { return {.op = UserOp::patch, .fields = {{"city", std::move(city)}}}; }

const auto no_order = HasSubstr("no order of the writes");

TEST(CheckedUserTest, WritesInOrderAreNoFault) {
  UserTrace trace;
  trace.does(put("1"))
      .does(patch("1"))
      .does({.op = UserOp::patch, .fields = {{"city", std::nullopt}}})
      .does({.op = UserOp::erase});
  EXPECT_THAT(trace.violations(), IsEmpty());
  EXPECT_THAT(trace.violations(true), IsEmpty());
}

TEST(CheckedUserTest, ALostWriteIsFound) {
  for (const auto& write : {put("2"), patch("2"), UserExchange{.op = UserOp::erase}}) {
    UserTrace trace;
    trace.does(put("1")).loses(write);
    EXPECT_THAT(trace.violations(), Contains(no_order)) << to_string(write.op);
    EXPECT_THAT(trace.violations(true), IsEmpty()) << "a failover may lose it";
  }
}

TEST(CheckedUserTest, ADoubledWriteIsFound) {
  UserTrace trace;
  trace.does(put("1")).does(put("2")).repeats(put("1"));
  EXPECT_THAT(trace.violations(), Contains(no_order));
}

TEST(CheckedUserTest, WritesInTheWrongOrderAreFound) {
  UserTrace trace;
  trace.loses(put("1")).loses(patch("1")).repeats(patch("1")).repeats(put("1"));
  EXPECT_THAT(trace.violations(), Contains(no_order));
}

TEST(CheckedUserTest, AnUnknownWriteMayComeLaterOrNever) {
  UserTrace trace;
  trace.may_do(put("1")).does(put("2"));
  EXPECT_THAT(trace.violations(false, {{"name", "2"}}), IsEmpty());
  EXPECT_THAT(trace.violations(false, {{"name", "1"}}), IsEmpty());
  EXPECT_THAT(trace.violations(false, {}), Contains(no_order));
}

TEST(CheckedUserTest, AValueThatNobodyWroteIsFoundInARollbackToo) {
  UserTrace trace;
  trace.does(put("1"));
  EXPECT_THAT(trace.violations(true, {{"name", "2"}}), Contains(HasSubstr("nobody wrote that")));
}

WorkloadOptions workload(std::uint64_t seed, int plain_clients = 0) {
  return {.seed = seed, .clients = 6, .servers = 2, .carts = 5, .plain_clients = plain_clients};
}

constexpr std::uint64_t runs = 20;
constexpr int steps = 60;

std::vector<std::uint64_t> seeds() {
  std::vector<std::uint64_t> all(runs);
  std::iota(all.begin(), all.end(), test_seed() * runs);
  return all;
}

TEST(SimulatedRunTest, WithoutAMistakeThereIsNoFalseAlarm) {
  for (const std::uint64_t seed : seeds()) {
    const SimulatedHistory history = simulate(workload(seed), steps);
    EXPECT_THAT(history.violations({}), IsEmpty()) << "seed " << seed;
    EXPECT_THAT(history.violations({.store_may_roll_back = true}), IsEmpty()) << "seed " << seed;
  }
}

TEST(SimulatedRunTest, WithPlainClientsThereIsNoFalseAlarm) {
  for (const std::uint64_t seed : seeds())
    EXPECT_THAT(simulate(workload(seed, 3), steps).violations({}), IsEmpty()) << "seed " << seed;
}

TEST(SimulatedRunTest, EveryMistakeIsFound) {
  for (const int plain_clients : {0, 3}) {
    for (const Mistake mistake : {Mistake::loses_a_change, Mistake::does_a_change_twice}) {
      std::uint64_t mistaken = 0;
      for (const std::uint64_t seed : seeds()) {
        const SimulatedHistory history = simulate(workload(seed, plain_clients), steps, mistake);
        if (!history.mistaken) continue;
        ++mistaken;
        EXPECT_THAT(history.violations({}), Not(IsEmpty())) << "seed " << seed;
      }
      EXPECT_GT(mistaken, runs / 2) << "else this tests little";
    }
  }
}

}  // namespace
}  // namespace cartd::test
