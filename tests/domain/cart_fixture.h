// A cart's record with a clock and a producer of its own, to try commands on.
#pragma once

#include "domain/decide.h"
#include "domain/generators.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

class CartFixture : public testing::Test {
 protected:
  static constexpr Millis ttl = std::chrono::hours(10);

  Result<Outcome> apply(Change change) { return apply(std::move(change), next_command_id()); }
  Result<Outcome> apply(Change change, CommandId command_id) {
    return cartd::apply(record, change, ApplyContext{command_id, now, ttl, limits});
  }
  Result<Outcome> apply(Command command) { return apply(Change{std::move(command)}); }
  Result<Outcome> apply(LineCommand command) { return apply(Command(Batch{{std::move(command)}})); }

  Effect effect(auto command) { return apply(std::move(command)).value().effect; }

  const Cart& cart() const { return record.cart; }

  /// The quantity of `name`, 0 when there is no such line.
  std::int64_t quantity(std::string_view name) const {
    for (const Line& line : record.cart.lines)
      if (line.id.str() == name) return line.quantity;
    return 0;
  }

  const LineDetails* details(std::string_view name) const {
    for (const Line& line : record.cart.lines)
      if (line.id.str() == name) return line.details.get();
    return nullptr;
  }

  std::vector<std::string> order() const {
    std::vector<std::string> names;
    for (const Line& line : record.cart.lines) names.push_back(line.id.str());
    return names;
  }

  static DetailsPatch named(std::string name) { return {std::move(name)}; }
  /// What takes all details away.
  static DetailsPatch none() { return {"", std::optional<Money>(), ""}; }
  /// Describes with a patch of the metadata.
  static Describe patching(LineId line, std::string metadata) {
    return Describe{std::move(line), {{}, {}, std::move(metadata), true}};
  }
  static LineId labelled(std::string_view name, std::string_view label) {
    return {sku(name), LineLabel::parse(label).value()};
  }

  /// As cartd makes them.
  CommandId next_command_id() {
    const auto by_clock = static_cast<std::uint64_t>(std::chrono::microseconds(now.time_since_epoch()).count());
    sequence = std::max(sequence + 1, by_clock);
    return {producer, sequence};
  }

  static constexpr ProducerId producer = 7;
  std::uint64_t sequence = 1'800'000'000'000'000;
  Time now{Millis(1'800'000'000'000)};
  Limits limits{};
  CartRecord record{Cart{cart_id("c1")}};
};

}  // namespace cartd::test
