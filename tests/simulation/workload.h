// What clients ask of the nodes, and what they are told. Every command adds a SKU of its own, so that in the end each
// of them is there once, or not at all, or something went wrong.
#pragma once

#include "simulation/node.h"
#include "simulation/schedule.h"

#include <array>
#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

namespace cartd::simulation {

struct Command {
  CartId cart;
  Sku sku;
  std::size_t node;
  std::optional<Answer> answer{};
};

class Workload {
 public:
  static constexpr int last_command = 300;

  using Nodes = std::array<std::unique_ptr<Node>, node_count>;

  /// Both outlive it.
  Workload(Schedule& schedule, Nodes& nodes) : schedule_(schedule), nodes_(nodes) {}

  void start();
  const std::vector<Command>& commands() const { return commands_; }

 private:
  void submit();

  Schedule& schedule_;
  Nodes& nodes_;
  std::vector<Command> commands_;
};

}  // namespace cartd::simulation
