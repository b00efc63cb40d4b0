#include "chaos/workload/workload.h"

#include <algorithm>

namespace cartd::test {
namespace {

// A fifth of the carts each, the others are shared.
int own_carts(const WorkloadOptions& workload) { return workload.carts / 5; }
int roaming_carts(const WorkloadOptions& workload) { return workload.carts / 5; }
int shared_carts(const WorkloadOptions& workload) { return workload.carts - own_carts(workload) - roaming_carts(workload); }

std::string name_of(const WorkloadOptions& workload, const char* kind, int number) {
  return "s" + std::to_string(workload.seed) + "-" + kind + "-" + std::to_string(number);
}

}  // namespace

std::vector<std::string> carts_of(const WorkloadOptions& workload) {
  std::vector<std::string> carts;
  for (int i = 0; i < shared_carts(workload); ++i) carts.push_back(name_of(workload, "shared", i));
  for (int i = 0; i < own_carts(workload); ++i) carts.push_back(name_of(workload, "own", i));
  for (int i = 0; i < roaming_carts(workload); ++i) carts.push_back(name_of(workload, "roaming", i));
  return carts;
}

WorkloadGenerator::WorkloadGenerator(const WorkloadOptions& workload, int number)
    : workload_(workload), number_(number), random_(workload.seed * 1'000'003 + static_cast<std::uint64_t>(number)) {}

std::string WorkloadGenerator::next_key() { return std::to_string(number_) + "-" + std::to_string(++keys_); }

Operation WorkloadGenerator::next() {
  const std::uint64_t dice = below(100);
  if (dice < 20) return read();
  // Few of them under keys: a cart remembers no more than its newest 32.
  if (dice < 25) return count(true);
  if (dice < 45 && number_ < own_carts(workload_)) return change_own();
  if (dice < 52 && number_ < 2 * roaming_carts(workload_)) return roam();
  return count(false);
}

void WorkloadGenerator::learn(const Operation& operation, Outcome outcome) {
  if (operation.op == Op::add && outcome == Outcome::acknowledged) removable_[{operation.cart, operation.sku}] += operation.n;
  if (operation.op == Op::remove && outcome != Outcome::refused) removable_[{operation.cart, operation.sku}] -= operation.n;
}

Operation WorkloadGenerator::read() {
  const std::vector<std::string> carts = carts_of(workload_);
  return {.op = Op::read, .cart = carts[below(carts.size())], .server = below(3) == 0 ? any_server() : number_ % workload_.servers};
}

Operation WorkloadGenerator::count(bool under_key) {
  Operation operation{.op = Op::add,
                      .cart = name_of(workload_, "shared", static_cast<int>(below(static_cast<std::uint64_t>(shared_carts(workload_))))),
                      .sku = "of-" + std::to_string(number_),
                      .n = static_cast<std::int64_t>(1 + below(9)),
                      .server = number_ % workload_.servers};
  if (number_ % 4 == 0 && below(4) == 0) operation.sku = "common";
  if (under_key) operation.key = next_key();
  const std::int64_t removable = removable_[{operation.cart, operation.sku}];
  if (removable > 0 && below(3) == 0) {
    operation.op = Op::remove;
    operation.n = std::min(operation.n, removable);
  }
  return operation;
}

Operation WorkloadGenerator::change_own() {
  // The carts number, number + clients, … are its own.
  const int carts = (own_carts(workload_) - number_ + workload_.clients - 1) / workload_.clients;
  const int cart = number_ + workload_.clients * static_cast<int>(below(static_cast<std::uint64_t>(carts)));
  Operation operation{.cart = name_of(workload_, "own", cart), .key = next_key(), .server = number_ % workload_.servers};
  const std::uint64_t dice = below(20);
  if (dice < 2) {
    operation.op = dice < 1 ? Op::clear : Op::erase;
    return operation;
  }
  operation.sku = std::string(1, static_cast<char>('A' + below(3)));
  if (dice < 4) {
    operation.op = Op::remove_line;
    return operation;
  }
  operation.op = dice < 10 ? Op::add : dice < 15 ? Op::set : Op::remove;
  operation.n = static_cast<std::int64_t>(1 + below(9));
  return operation;
}

Operation WorkloadGenerator::roam() {
  return {.op = Op::add,
          .cart = name_of(workload_, "roaming", number_ % roaming_carts(workload_)),
          .sku = "of-" + std::to_string(number_),
          .n = static_cast<std::int64_t>(1 + below(9)),
          .key = next_key(),
          .server = any_server(),
          .roams = true};
}

}  // namespace cartd::test
