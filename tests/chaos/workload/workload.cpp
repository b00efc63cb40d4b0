#include "chaos/workload/workload.h"

#include <algorithm>

namespace cartd::test {
namespace {

// A fifth of the carts each, the others are shared.
int own_carts(const Crowd& crowd) { return crowd.carts / 5; }
int roaming_carts(const Crowd& crowd) { return crowd.carts / 5; }
int shared_carts(const Crowd& crowd) { return crowd.carts - own_carts(crowd) - roaming_carts(crowd); }

std::string name_of(const Crowd& crowd, const char* kind, int number) {
  return "s" + std::to_string(crowd.seed) + "-" + kind + "-" + std::to_string(number);
}

}  // namespace

std::vector<std::string> carts_of(const Crowd& crowd) {
  std::vector<std::string> carts;
  for (int i = 0; i < shared_carts(crowd); ++i) carts.push_back(name_of(crowd, "shared", i));
  for (int i = 0; i < own_carts(crowd); ++i) carts.push_back(name_of(crowd, "own", i));
  for (int i = 0; i < roaming_carts(crowd); ++i) carts.push_back(name_of(crowd, "roaming", i));
  return carts;
}

Shopper::Shopper(const Crowd& crowd, int number)
    : crowd_(crowd), number_(number), random_(crowd.seed * 1'000'003 + static_cast<std::uint64_t>(number)) {}

std::string Shopper::next_key() { return std::to_string(number_) + "-" + std::to_string(++keys_); }

Wish Shopper::next() {
  const std::uint64_t dice = below(100);
  if (dice < 20) return read();
  // Few of them under keys: a cart remembers no more than its newest 32.
  if (dice < 25) return count(true);
  if (dice < 45 && number_ < own_carts(crowd_)) return change_own();
  if (dice < 52 && number_ < 2 * roaming_carts(crowd_)) return roam();
  return count(false);
}

void Shopper::learn(const Wish& wish, Outcome outcome) {
  if (wish.op == Op::add && outcome == Outcome::acknowledged) removable_[{wish.cart, wish.sku}] += wish.n;
  if (wish.op == Op::remove && outcome != Outcome::refused) removable_[{wish.cart, wish.sku}] -= wish.n;
}

Wish Shopper::read() {
  const std::vector<std::string> carts = carts_of(crowd_);
  return {.op = Op::read, .cart = carts[below(carts.size())], .server = below(3) == 0 ? any_server() : number_ % crowd_.servers};
}

Wish Shopper::count(bool under_key) {
  Wish wish{.op = Op::add,
            .cart = name_of(crowd_, "shared", static_cast<int>(below(static_cast<std::uint64_t>(shared_carts(crowd_))))),
            .sku = "of-" + std::to_string(number_),
            .n = static_cast<std::int64_t>(1 + below(9)),
            .server = number_ % crowd_.servers};
  if (number_ % 4 == 0 && below(4) == 0) wish.sku = "common";
  if (under_key) wish.key = next_key();
  const std::int64_t removable = removable_[{wish.cart, wish.sku}];
  if (removable > 0 && below(3) == 0) {
    wish.op = Op::remove;
    wish.n = std::min(wish.n, removable);
  }
  return wish;
}

Wish Shopper::change_own() {
  // The carts number, number + clients, … are its own.
  const int carts = (own_carts(crowd_) - number_ + crowd_.clients - 1) / crowd_.clients;
  const int cart = number_ + crowd_.clients * static_cast<int>(below(static_cast<std::uint64_t>(carts)));
  Wish wish{.cart = name_of(crowd_, "own", cart), .key = next_key(), .server = number_ % crowd_.servers};
  const std::uint64_t dice = below(20);
  if (dice < 2) {
    wish.op = dice < 1 ? Op::clear : Op::erase;
    return wish;
  }
  wish.sku = std::string(1, static_cast<char>('A' + below(3)));
  if (dice < 4) {
    wish.op = Op::remove_line;
    return wish;
  }
  wish.op = dice < 10 ? Op::add : dice < 15 ? Op::set : Op::remove;
  wish.n = static_cast<std::int64_t>(1 + below(9));
  return wish;
}

Wish Shopper::roam() {
  return {.op = Op::add,
          .cart = name_of(crowd_, "roaming", number_ % roaming_carts(crowd_)),
          .sku = "of-" + std::to_string(number_),
          .n = static_cast<std::int64_t>(1 + below(9)),
          .key = next_key(),
          .server = any_server(),
          .roams = true};
}

}  // namespace cartd::test
