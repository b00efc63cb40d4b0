// What a client of a chaos run does next, so that the checker can check it. Pure, and the same for the same seed.
//
// The carts are of three kinds:
// - shared: any client adds, and removes what it added, in a line of its own and in one that some share;
// - own: one client does everything to it that can be done, under keys, until acknowledged;
// - roaming: two clients add, under keys, repeating each add at whichever cartd until acknowledged.
#pragma once

#include "chaos/checker/history.h"

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

struct WorkloadOptions {
  std::uint64_t seed = 1;
  int clients = 32;
  int servers = 2;
  int carts = 50;  ///< At least 5.
};

/// Every cart that the workload uses.
std::vector<std::string> carts_of(const WorkloadOptions& workload);

struct Operation {
  Op op = Op::read;
  std::string cart{};
  std::string sku{};
  std::int64_t n = 0;
  std::string key{};   ///< Not empty: to be sent again until it is acknowledged.
  int server = 0;      ///< Where to send it.
  bool roams = false;  ///< May be sent again at any server.
};

class WorkloadGenerator {
 public:
  WorkloadGenerator(const WorkloadOptions& workload, int number);

  Operation next();
  /// What became of the last operation: acknowledged counts when any attempt was.
  void learn(const Operation& operation, Outcome outcome);
  /// Any server, for a operation that roams.
  int any_server() { return static_cast<int>(below(static_cast<std::uint64_t>(workload_.servers))); }
  /// From 0 to less than `limit`.
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  Operation read();
  Operation count(bool under_key);
  Operation change_own();
  Operation roam();
  std::string next_key();

  const WorkloadOptions workload_;
  const int number_;
  std::mt19937_64 random_;
  std::uint64_t keys_ = 0;
  /// What may be removed again, by cart and SKU: added, acknowledged, and not touched by any remove.
  std::map<std::pair<std::string, std::string>, std::int64_t> removable_;
};

}  // namespace cartd::test
