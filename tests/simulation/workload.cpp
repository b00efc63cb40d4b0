#include "simulation/workload.h"

#include <string>

namespace cartd::simulation {
namespace {

constexpr int command_count = 30;
constexpr int cart_count = 3;

}  // namespace

void Workload::start() {
  for (int i = 0; i < command_count; ++i) schedule_.at(schedule_.between(1, last_command), [this] { submit(); });
}

void Workload::submit() {
  const std::size_t which = schedule_.below(node_count);
  Node& node = *nodes_[which];
  if (!node.is_up()) return;
  const std::size_t number = commands_.size();
  const CartId cart = *CartId::parse("c" + std::to_string(schedule_.below(cart_count)));
  const Sku sku = *Sku::parse("S" + std::to_string(number));
  commands_.push_back({cart, sku, which});
  node.submit(cart, Change{Batch{{Add{sku, 1}}}}, [this, number](Answer answer) { commands_[number].answer = answer; });
}

}  // namespace cartd::simulation
