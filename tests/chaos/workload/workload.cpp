#include "chaos/workload/workload.h"

#include <algorithm>
#include <array>

namespace cartd::test {
namespace {

// A fifth of the carts each, the others are shared.
int own_carts(const WorkloadOptions& options) { return options.carts / 5; }
int roaming_carts(const WorkloadOptions& options) { return options.carts / 5; }
int shared_carts(const WorkloadOptions& options) { return options.carts - own_carts(options) - roaming_carts(options); }
int users(const WorkloadOptions& options) { return options.plain_clients > 0 ? 0 : std::max(options.carts / 10, 1); }

std::string name_of(const WorkloadOptions& options, const char* kind, int number) {
  return "s" + std::to_string(options.seed) + "-" + kind + "-" + std::to_string(number);
}

}  // namespace

Exchange begin_exchange(const Operation& operation, int client, int server, Moment start) {
  return {.client = client,
          .server = server,
          .op = operation.op,
          .cart = operation.cart,
          .sku = operation.sku,
          .n = operation.n,
          .details = operation.details,
          .owner = operation.owner,
          .metadata = operation.metadata,
          .expected = operation.expected,
          .key = operation.key,
          .start = start};
}

std::vector<std::string> carts_of(const WorkloadOptions& options) {
  std::vector<std::string> carts;
  if (options.plain_clients > 0) {
    for (int i = 0; i < options.carts; ++i) carts.push_back(name_of(options, "mixed", i));
    return carts;
  }
  for (int i = 0; i < shared_carts(options); ++i) carts.push_back(name_of(options, "shared", i));
  for (int i = 0; i < own_carts(options); ++i) carts.push_back(name_of(options, "own", i));
  for (int i = 0; i < roaming_carts(options); ++i) carts.push_back(name_of(options, "roaming", i));
  return carts;
}

std::vector<std::string> users_of(const WorkloadOptions& options) {
  std::vector<std::string> names;
  for (int i = 0; i < users(options); ++i) names.push_back(name_of(options, "user", i));
  return names;
}

WorkloadGenerator::WorkloadGenerator(const WorkloadOptions& options, int number)
    : options_(options), number_(number), random_(options.seed * 1'000'003 + static_cast<std::uint64_t>(number)) {}

std::string WorkloadGenerator::next_key() { return std::to_string(number_) + "-" + std::to_string(++keys_); }

std::uint64_t WorkloadGenerator::next_number() { return static_cast<std::uint64_t>(number_) * 1'000'000 + ++numbers_; }

std::string WorkloadGenerator::next_details() {
  const std::string number = std::to_string(next_number());
  // As it is read: the members by name, without blanks.
  return R"({"metadata":{"n":)" + number + R"(},"name":"thing )" + number + R"(","unit_price":{"amount_minor":)" +
         number + R"(,"currency":"EUR"}})";
}

std::string WorkloadGenerator::any_cart() {
  const std::vector<std::string> carts = carts_of(options_);
  return carts[below(carts.size())];
}

std::string WorkloadGenerator::shared_cart() {
  return name_of(options_, "shared", static_cast<int>(below(static_cast<std::uint64_t>(shared_carts(options_)))));
}

std::optional<UserOperation> WorkloadGenerator::next_for_user() {
  if (users(options_) == 0 || below(10) != 0) return std::nullopt;
  const std::uint64_t dice = below(10);
  UserOperation operation{
      .op = dice < 4   ? UserOp::read
            : dice < 7 ? UserOp::patch
            : dice < 9 ? UserOp::put
                       : UserOp::erase,
      .user = name_of(options_, "user", static_cast<int>(below(static_cast<std::uint64_t>(users(options_))))),
      .server = below(3) == 0 ? any_server() : own_server()};
  if (operation.op != UserOp::put && operation.op != UserOp::patch) return operation;
  for (const char* name : {"name", "email", "city"}) {
    const bool taken_away = operation.op == UserOp::patch && below(4) == 0;
    if (below(2) == 0)
      operation.fields[name] = taken_away ? std::nullopt : std::optional(std::to_string(next_number()));
  }
  // There has to be one at least.
  operation.fields["last"] = std::to_string(next_number());
  return operation;
}

Operation WorkloadGenerator::next() {
  if (options_.plain_clients > 0) return is_plain_client() ? mix_plain() : mix();
  const std::uint64_t dice = below(100);
  if (dice < 20) return read();
  // Few of them under keys: a cart remembers no more than its newest 32.
  if (dice < 25) return count(true);
  if (dice < 45 && number_ < own_carts(options_)) return change_own();
  if (dice < 52 && number_ < 2 * roaming_carts(options_)) return roam();
  if (dice < 60) return annotate_shared();
  if (dice < 70) return count_on_condition();
  return count(false);
}

void WorkloadGenerator::learn(const Operation& operation, const Answer& answer) {
  if (operation.op == Op::add && answer.outcome == Outcome::acknowledged)
    removable_[{operation.cart, operation.sku}] += operation.n;
  if (operation.op == Op::remove && answer.outcome != Outcome::refused)
    removable_[{operation.cart, operation.sku}] -= operation.n;
  if (answer.version) versions_[operation.cart] = *answer.version;
}

Operation WorkloadGenerator::read() {
  return {.op = Op::read, .cart = any_cart(), .server = below(3) == 0 ? any_server() : own_server()};
}

Operation WorkloadGenerator::count(bool under_key) {
  Operation operation{.op = Op::add,
                      .cart = shared_cart(),
                      .sku = "of-" + std::to_string(number_),
                      .n = static_cast<std::int64_t>(1 + below(9)),
                      .server = own_server()};
  if (number_ % 4 == 0 && below(4) == 0) operation.sku = "common";
  if (under_key) operation.key = next_key();
  const std::int64_t removable = removable_[{operation.cart, operation.sku}];
  if (removable > 0 && below(3) == 0) {
    operation.op = Op::remove;
    operation.n = std::min(operation.n, removable);
  }
  return operation;
}

Operation WorkloadGenerator::count_on_condition() {
  Operation operation{.op = Op::add,
                      .cart = shared_cart(),
                      .sku = "of-" + std::to_string(number_),
                      .n = static_cast<std::int64_t>(1 + below(9)),
                      .server = own_server()};
  if (const auto version = versions_.find(operation.cart); version != versions_.end())
    operation.expected = version->second;
  return operation;
}

void WorkloadGenerator::annotate(Operation& operation) {
  operation.op = Op::annotate;
  const std::string number = std::to_string(next_number());
  const std::uint64_t dice = below(3);
  if (dice != 0) operation.owner = below(6) == 0 ? "" : "owner-" + number;
  if (dice != 1) operation.metadata = below(6) == 0 ? "" : R"({"n":)" + number + "}";
}

Operation WorkloadGenerator::annotate_shared() {
  Operation operation{.cart = shared_cart(), .server = own_server()};
  annotate(operation);
  return operation;
}

Operation WorkloadGenerator::change_own() {
  // The carts number, number + clients, … are its own.
  const int carts = (own_carts(options_) - number_ + options_.clients - 1) / options_.clients;
  const int cart = number_ + options_.clients * static_cast<int>(below(static_cast<std::uint64_t>(carts)));
  Operation operation{.cart = name_of(options_, "own", cart), .key = next_key(), .server = own_server()};
  if (const auto version = versions_.find(operation.cart); version != versions_.end() && below(4) == 0) {
    // Now and then one that the cart had before.
    const bool stale = version->second > 0 && below(8) == 0;
    operation.expected = version->second - (stale ? 1 : 0);
  }
  const std::uint64_t dice = below(24);
  if (dice < 2) {
    operation.op = dice < 1 ? Op::clear : Op::erase;
    return operation;
  }
  if (dice >= 20) {
    annotate(operation);
    return operation;
  }
  static constexpr std::array<const char*, 3> lines{"A", "A\x1Fred", "B"};
  operation.sku = lines[below(lines.size())];
  if (dice < 4) {
    operation.op = Op::remove_line;
    return operation;
  }
  if (dice < 6) {
    operation.op = Op::describe;
    operation.details = below(4) == 0 ? "" : next_details();
    return operation;
  }
  operation.op = dice < 10 ? Op::add : dice < 15 ? Op::set : Op::remove;
  operation.n = static_cast<std::int64_t>(1 + below(9));
  if (operation.op != Op::remove && below(2) == 0) operation.details = next_details();
  return operation;
}

Operation WorkloadGenerator::roam() {
  Operation operation{.op = Op::add,
                      .cart = name_of(options_, "roaming", number_ % roaming_carts(options_)),
                      .sku = "of-" + std::to_string(number_),
                      .n = static_cast<std::int64_t>(1 + below(9)),
                      .key = next_key(),
                      .server = any_server(),
                      .roams = true};
  if (below(2) == 0) operation.details = next_details();
  return operation;
}

Operation WorkloadGenerator::mix() {
  const std::uint64_t dice = below(20);
  Operation operation{.op = Op::read, .cart = any_cart(), .server = own_server()};
  if (dice < 4) return operation;
  if (dice == 4) {
    operation.op = below(2) == 0 ? Op::clear : Op::erase;
    return operation;
  }
  operation.op = dice < 12 ? Op::add : dice < 15 ? Op::remove : dice < 18 ? Op::set : Op::remove_line;
  operation.sku = std::string(1, static_cast<char>('A' + below(3)));
  if (operation.op != Op::remove_line) operation.n = static_cast<std::int64_t>(1 + below(9));
  return operation;
}

Operation WorkloadGenerator::mix_plain() {
  const std::uint64_t dice = below(20);
  Operation operation{.op = dice < 11   ? Op::hincrby
                            : dice < 15 ? Op::hset
                            : dice < 19 ? Op::hdel
                                        : Op::del,
                      .cart = any_cart()};
  if (operation.op == Op::del) return operation;
  operation.sku = std::string(1, static_cast<char>('A' + below(3)));
  if (operation.op != Op::hdel) operation.n = static_cast<std::int64_t>(1 + below(9));
  return operation;
}

}  // namespace cartd::test
