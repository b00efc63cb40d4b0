// What a client of a chaos run does next, so that the checker can check it. Pure, and the same for the same seed.
//
// The carts are of three kinds:
// - shared: any client adds, and removes what it added, in a line of its own and in one that some share, gives them an
// owner
//   and metadata, and adds on the condition that the cart has the version that it saw last;
// - own: one client does everything to it that can be done, under keys, until acknowledged or until its condition
// fails;
// - roaming: two clients add, with details, under keys, repeating each add at whichever cartd until acknowledged.
// Besides there are users, whom any client puts, patches and deletes.
//
// With plain clients of Redis there is one kind of carts only: everybody changes the quantities of the same few lines
// at once.
#pragma once

#include "chaos/checker/history.h"

#include <cstdint>
#include <map>
#include <optional>
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
  int plain_clients = 0;
};

/// Every cart that the workload uses.
std::vector<std::string> carts_of(const WorkloadOptions& options);
/// Every user; none with plain clients.
std::vector<std::string> users_of(const WorkloadOptions& options);

struct Operation {
  Op op = Op::read;
  std::string cart{};
  std::string sku{};
  std::int64_t n = 0;
  std::optional<std::string> details{};  ///< As in Exchange, the next three too.
  std::optional<std::string> owner{};
  std::optional<std::string> metadata{};
  std::optional<std::uint64_t> expected{};
  std::string key{};   ///< Not empty: to be sent again until it is acknowledged, or its condition fails.
  int server = 0;      ///< Where to send it.
  bool roams = false;  ///< May be sent again at any server.
};

/// The record of `operation` when `client` begins to send it to `server`; -1: to Redis.
Exchange begin_exchange(const Operation& operation, int client, int server, Moment start);

struct UserOperation {
  UserOp op = UserOp::read;
  std::string user{};
  std::map<std::string, std::optional<std::string>> fields{};
  int server = 0;
};

/// What became of an operation.
struct Answer {
  Outcome outcome = Outcome::unknown;
  std::optional<std::uint64_t> version{};  ///< Of the cart, if the answer told it with the store's word.
  bool mismatch = false;                   ///< The condition failed, or the line to describe is not there.
};

class WorkloadGenerator {
 public:
  /// Clients have the numbers from 0 on, plain ones those after them.
  WorkloadGenerator(const WorkloadOptions& options, int number);

  /// Now and then there is something to do to a user first.
  std::optional<UserOperation> next_for_user();
  Operation next();
  /// What became of the last operation: acknowledged counts when any attempt was.
  void learn(const Operation& operation, const Answer& answer);
  /// Any server, for an operation that roams.
  int any_server() { return static_cast<int>(below(static_cast<std::uint64_t>(options_.servers))); }
  /// From 0 to less than `limit`.
  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }

 private:
  bool is_plain_client() const { return number_ >= options_.clients; }
  int own_server() const { return number_ % options_.servers; }

  Operation read();
  Operation count(bool under_key);
  Operation count_on_condition();
  Operation annotate_shared();
  Operation change_own();
  Operation roam();
  Operation mix();
  Operation mix_plain();
  void annotate(Operation& operation);
  std::string any_cart();
  std::string shared_cart();
  std::string next_key();
  /// A number that no other operation of the run has.
  std::uint64_t next_number();
  std::string next_details();

  const WorkloadOptions options_;
  const int number_;
  std::mt19937_64 random_;
  std::uint64_t keys_ = 0;
  std::uint64_t numbers_ = 0;
  /// What may be removed again, by cart and SKU: added, acknowledged, and not touched by any remove.
  std::map<std::pair<std::string, std::string>, std::int64_t> removable_;
  /// The version that each cart was last seen with.
  std::map<std::string, std::uint64_t> versions_;
};

}  // namespace cartd::test
