#include "chaos/workload/purchases.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cartd::test {
namespace {

constexpr std::array<const char*, 4> kinds{"guest", "account", "later", "spare"};

int customers(const WorkloadOptions& options) {
  return options.plain_clients > 0 ? 0 : std::max(options.clients / 4, 1);
}

std::string customer_name(const WorkloadOptions& options, int number) {
  return "s" + std::to_string(options.seed) + "-customer-" + std::to_string(number);
}

}  // namespace

std::vector<std::string> customers_carts(const WorkloadOptions& options) {
  std::vector<std::string> carts;
  for (int i = 0; i < customers(options); ++i)
    for (const char* kind : kinds) carts.push_back(customer_name(options, i) + "-" + kind);
  return carts;
}

PurchaseGenerator::PurchaseGenerator(const WorkloadOptions& options, int number)
    : options_(options), number_(number), random_(options.seed * 2'000'003 + static_cast<std::uint64_t>(number)) {
  const int all = customers(options);
  if (number >= 2 * all) return;
  const int customer = number % all;
  customer_ = customer_name(options, customer);
  roams_ = customer % 2 == 1;
  has_policies_ = customer % 4 >= 2;
}

std::string PurchaseGenerator::next_key() {
  return "purchase-" + std::to_string(number_) + "-" + std::to_string(++keys_);
}

/// Another one after each deletion.
std::string PurchaseGenerator::spare_sku() const {
  return "spare-" + std::to_string(number_) + "-" + std::to_string(spares_);
}

int PurchaseGenerator::some_server() {
  const int all = options_.servers;
  return roams_ ? static_cast<int>(below(static_cast<std::uint64_t>(all))) : number_ % customers(options_) / 2 % all;
}

std::optional<PurchaseOperation> PurchaseGenerator::next() {
  if (customer_.empty() || below(3) != 0) return std::nullopt;
  PurchaseOperation operation{.customer = customer_, .server = some_server(), .roams = roams_};
  // Mostly a checkout is completed before the cart has become another one.
  const bool pays = std::exchange(has_just_begun_, false) && below(4) != 0;
  const std::uint64_t dice = below(100);
  if (pays) complete(operation);
  else if (dice < 32) add(operation);
  else if (dice < 50) merge(operation);
  else if (dice < 60) move(operation);
  else if (dice < 76) check_out(operation);
  else if (dice < 84) complete(operation);
  else if (dice < 96) look(operation);
  else erase(operation);
  return operation;
}

void PurchaseGenerator::learn(const PurchaseOperation& operation, const PurchaseAnswer& answer) {
  if (operation.op == PurchaseOp::begin && !answer.checkout.empty())
    begun_.push_back({operation.cart, answer.checkout});
  if (begun_.size() > 4) begun_.erase(begun_.begin());
  if (operation.op == PurchaseOp::read && answer.version) versions_[operation.cart] = *answer.version;
  if (operation.op == PurchaseOp::erase) ++spares_;
}

void PurchaseGenerator::add(PurchaseOperation& operation) {
  operation.op = PurchaseOp::add;
  const std::uint64_t dice = below(10);
  operation.cart = cart(dice < 3 ? "guest" : dice < 7 ? "account" : dice < 8 ? "later" : "spare");
  operation.sku = dice < 8 ? "of-" + std::to_string(number_) : spare_sku();
  operation.n = static_cast<std::int64_t>(1 + below(9));
  if (below(2) == 0) return;
  operation.key = next_key();
  operation.insists = true;
}

void PurchaseGenerator::merge(PurchaseOperation& operation) {
  static constexpr std::array<const char*, 4> policies{"max", "keep_target", "keep_source", "replace"};
  operation.op = PurchaseOp::merge;
  const std::uint64_t dice = below(10);
  operation.cart = cart(dice < 6 ? "guest" : dice < 8 ? "spare" : "later");
  operation.target = cart("account");
  operation.key = next_key();
  operation.insists = true;
  if (has_policies_ && below(2) == 0) operation.policy = policies[below(policies.size())];
  if (const auto version = versions_.find(operation.cart); version != versions_.end() && below(4) == 0)
    operation.from_version = version->second;
  if (below(3) != 0) return;
  PurchaseOperation rival = operation;
  rival.server = some_server();
  if (below(2) == 0) rival.key = next_key();
  operation.at_once.push_back(std::move(rival));
}

void PurchaseGenerator::move(PurchaseOperation& operation) {
  operation.op = PurchaseOp::move;
  const bool back = below(2) == 0;
  operation.cart = cart(back ? "later" : "account");
  operation.target = cart(back ? "account" : "later");
  operation.sku = "of-" + std::to_string(number_);
  operation.n = static_cast<std::int64_t>(1 + below(9));
  operation.key = next_key();
  operation.insists = true;
}

void PurchaseGenerator::check_out(PurchaseOperation& operation) {
  operation.op = PurchaseOp::begin;
  operation.cart = cart(below(5) == 0 ? "spare" : "account");
}

void PurchaseGenerator::complete(PurchaseOperation& operation) {
  if (begun_.empty()) return check_out(operation);
  // Mostly the newest; else one that is an order, or was superseded.
  const Begun& begun = below(4) == 0 ? begun_[below(begun_.size())] : begun_.back();
  operation.op = below(8) == 0 ? PurchaseOp::abort : PurchaseOp::complete;
  operation.cart = begun.cart;
  operation.checkout = begun.id;
  operation.insists = operation.op == PurchaseOp::complete;
  if (!operation.insists || below(2) == 0) return;
  // By a payment provider at the same time, or while lines leave the cart.
  PurchaseOperation rival = operation;
  rival.server = some_server();
  if (below(2) == 0) {
    rival.checkout.clear();
    move(rival);
    rival.cart = begun.cart;
    rival.target = cart("later");
  }
  operation.at_once.push_back(std::move(rival));
}

void PurchaseGenerator::look(PurchaseOperation& operation) {
  if (below(3) == 0) operation.server = static_cast<int>(below(static_cast<std::uint64_t>(options_.servers)));
  operation.cart = cart(kinds[below(kinds.size())]);
  const std::uint64_t dice = below(4);
  if (dice < 2) return;
  operation.op = dice == 2 || begun_.empty() ? PurchaseOp::read_orders : PurchaseOp::read_order;
  if (operation.op == PurchaseOp::read_orders) operation.cart = cart(below(3) == 0 ? "spare" : "account");
  else operation.checkout = begun_[below(begun_.size())].id;
}

void PurchaseGenerator::erase(PurchaseOperation& operation) {
  operation.op = PurchaseOp::erase;
  operation.cart = cart("spare");
  operation.key = next_key();
  operation.insists = true;
}

}  // namespace cartd::test
