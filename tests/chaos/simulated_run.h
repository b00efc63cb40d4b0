// A run without servers: a store that carries out one command after another, clients whose requests overlap as a seed
// says, and answers that get lost. What the checker says of its history is known beforehand.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"
#include "chaos/workload/workload.h"

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

/// One cart that does what docs/semantics.md says.
class SimulatedCart {
 public:
  /// False: the cart has not the expected version, or not the line to describe. A plain client's reply is reply().
  bool apply(const Exchange& command);
  const CartView& view() const { return view_; }
  std::int64_t reply() const { return reply_; }

 private:
  bool change(const Exchange& command);

  CartView view_{.durability = "primary"};
  bool exists_ = false;
  std::int64_t reply_ = 0;
  std::set<std::string> keys_;
};

void write_to(UserFields& user, const UserExchange& write);

/// What a store may do wrong, once.
enum class Mistake { none, loses_a_change, does_a_change_twice };

struct SimulatedHistory {
  std::vector<Exchange> exchanges{};
  std::vector<UserExchange> user_exchanges{};
  std::vector<FinalCarts> carts{};
  std::vector<FinalUsers> users{};
  bool mistaken = false;  ///< The mistake was made.

  std::vector<std::string> violations(CheckOptions options) const;
};

/// Each client does so many things. Some answers get lost where there is no mistake; else a mistake could be taken for
/// a command of unknown outcome. The mistake is made with an acknowledged add.
SimulatedHistory simulate(const WorkloadOptions& workload, int steps, Mistake mistake = Mistake::none);

}  // namespace cartd::test
