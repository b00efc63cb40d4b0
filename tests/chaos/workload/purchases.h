// What a client of a chaos run does next to the carts of a customer, between which pieces go: it adds, merges, moves,
// begins checkouts, completes and aborts them, reads orders, and deletes. Pure, and the same for the same seed.
//
// Two clients act for a customer. Every other customer is served by one cartd, the others by whichever. Some merge with
// other policies than sum. One of a customer's carts is deleted now and then; only what is added there can get lost.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/workload.h"

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace cartd::test {

/// Every cart of every customer; none with plain clients.
std::vector<std::string> customers_carts(const WorkloadOptions& options);

struct PurchaseOperation {
  PurchaseOp op = PurchaseOp::read;
  std::string customer{};
  std::string cart{};
  std::string target{};  ///< As in PurchaseExchange, the others too.
  std::string sku{};
  std::int64_t n = 0;
  std::string policy{};
  std::optional<std::uint64_t> from_version{};
  std::string checkout{};
  std::string key{};
  bool insists = false;  ///< To be sent again until it is acknowledged, or surely cannot be.
  int server = 0;
  bool roams = false;                        ///< May be sent again at any server.
  std::vector<PurchaseOperation> at_once{};  ///< Another one that is sent at the same time, once; or none.
};

struct PurchaseAnswer {
  Outcome outcome = Outcome::unknown;
  bool is_final = false;  ///< To ask again makes no difference.
  std::string checkout{};
  std::optional<std::uint64_t> version{};  ///< Of the cart that a read showed.
};

class PurchaseGenerator {
 public:
  PurchaseGenerator(const WorkloadOptions& options, int number);

  /// Now and then there is something to do first.
  std::optional<PurchaseOperation> next();
  void learn(const PurchaseOperation& operation, const PurchaseAnswer& answer);

 private:
  struct Begun {
    std::string cart;
    std::string id;
  };

  std::uint64_t below(std::uint64_t limit) { return random_() % limit; }
  std::string cart(const char* kind) const { return customer_ + "-" + kind; }
  std::string spare_sku() const;
  std::string next_key();
  int some_server();

  void add(PurchaseOperation& operation);
  void merge(PurchaseOperation& operation);
  void move(PurchaseOperation& operation);
  void check_out(PurchaseOperation& operation);
  void complete(PurchaseOperation& operation);
  void look(PurchaseOperation& operation);
  void erase(PurchaseOperation& operation);

  const WorkloadOptions options_;
  const int number_;
  std::string customer_{};  ///< Empty: this client acts for none.
  bool roams_ = false;
  bool has_policies_ = false;
  std::mt19937_64 random_;
  std::uint64_t keys_ = 0;
  int spares_ = 0;
  bool has_just_begun_ = false;
  std::vector<Begun> begun_{};
  std::map<std::string, std::uint64_t> versions_{};
};

}  // namespace cartd::test
