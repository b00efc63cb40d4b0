// What was asked for once of a customer's carts, however often it was sent. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/history.h"

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cartd::test {

struct Purchase {
  PurchaseOp op = PurchaseOp::read;
  std::string cart{};
  std::string target{};
  std::string sku{};
  std::int64_t n = 0;
  std::string policy{};
  bool names_version = false;
  int server = 0;                      ///< That acknowledged it, or that it was sent to last.
  Outcome outcome = Outcome::refused;  ///< Refused only if every attempt was; unknown where it may be lost.
  Moment start{};                      ///< Of the first attempt.
  std::optional<Moment> done{};        ///< Only acknowledged: the end of the first attempt that was.
  bool in_store = false;               ///< Acknowledged, and the store has it.
};

/// One customer's part of a history.
struct CustomerHistory {
  std::vector<PurchaseExchange> exchanges{};  ///< By start.
  std::vector<Purchase> purchases{};          ///< Changes of carts only: adds, deletions, merges and moves.
  std::set<int> servers{};                    ///< That any request but a read was sent to.

  bool left_merges = false;  ///< A merge or move was answered with a failure, or not at all.

  /// False where a rollback may have changed what merges took: it may change the order of what several cartds did, and
  /// lose a step of a merge that was left in the middle, on which later steps were built that are sent again.
  bool keeps_pieces(const CheckOptions& options) const {
    return !options.store_may_roll_back || (servers.size() == 1 && !left_merges);
  }
};

/// By customer.
std::map<std::string, CustomerHistory> customers_of(const std::vector<PurchaseExchange>& exchanges);

/// "cartd 1's answer to merge of client 3 at 12.034 s".
std::string text_of(const PurchaseExchange& exchange);

}  // namespace cartd::test
