// Checks a history: nothing acknowledged is lost, nothing is applied twice, nothing that was refused was done, and no
// cartd forgets what it said. That holds for quantities, details, owners, metadata, versions, conditions and users.
// Pure: no I/O, no clock.
//
// The rules of lines, registers and versions hold whatever faults there were. Where a cart's store rolled nothing back
// and was never away, there has to be one order of all commands besides that explains every answer.
//
// What the clients have to keep to, so that every answer can be checked:
// - A client sends one request at a time. A command that carries a key is either sent again under it until it is
//   acknowledged or its condition does not match, or is the client's last for that cart.
// - A client removes from a line no more than it added to it before, through the same cartd, and saw acknowledged.
//   (A rollback may bring back the commands of different cartds in another order, and no quantity falls below 0.)
// - A line where more is removed, or that is set, or lies in a cart that is cleared or deleted, has one writer, which
// uses
//   one cartd and keys.
// - A line with details has one writer and one cartd, or nothing is ever removed from it.
// - A plain client of Redis only writes to carts whose store rolls nothing back, and that are never changed while it is
// away.
#pragma once

#include "chaos/checker/history.h"

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace cartd::test {

/// All carts as one source shows them at the end: a cartd, or Redis itself.
struct FinalCarts {
  std::string source;
  std::map<std::string, CartView> carts{};
};

/// The same for users.
struct FinalUsers {
  std::string source;
  std::map<std::string, UserFields> users{};
};

/// All orders that one source shows at the end, in whatever way it was asked.
struct FinalOrders {
  std::string source;
  std::vector<OrderView> orders{};
};

struct CheckOptions {
  /// The store may forget what it did last, as a failover makes it, until the cartds have sent it again. Meanwhile a
  /// cartd answers only for what went through itself.
  bool store_may_roll_back = false;
  /// Versions are looked at, not only whether they fall. False for histories made by hand that tell none.
  bool versions_count = true;
};

struct Summary {
  std::size_t requests = 0;
  std::size_t acknowledged = 0;
  std::size_t from_journal = 0;  ///< Of these, acknowledged from the journal …
  std::size_t from_memory = 0;   ///< … or from memory, while the store was away.
  std::size_t unpromised = 0;    ///< Of those, by a cartd that was killed afterwards: they may be lost.
  std::size_t degraded = 0;      ///< Answers marked so.
  std::size_t unknown = 0;
  std::size_t refused = 0;
  std::size_t mismatches = 0;  ///< Of these, because the cart did not have the expected version.
  std::size_t repeated = 0;    ///< Sent again under their key.
  std::size_t carts = 0;
  std::size_t users = 0;
  std::size_t views = 0;  ///< Lines, owners and metadata in answers held against what was acknowledged.
  /// Lines whose end cannot be known, because they were set against a cart that was only partly known, and carts and
  /// users with too many possible orders to try them all.
  std::size_t undetermined = 0;
  std::size_t exact_lines = 0;  ///< Lines whose final quantity could be one number only.
  std::size_t merges = 0;       ///< Acknowledged, moves included.
  std::size_t orders = 0;       ///< Checkouts that became one.
  std::size_t ordered = 0;      ///< Carts and users of which one order of all commands explains every answer.
};

struct CheckResult {
  std::vector<std::string> violations;  ///< In sentences.
  Summary summary;
};

CheckResult check(const std::vector<Exchange>& history, const std::vector<FinalCarts>& finals, CheckOptions options);

}  // namespace cartd::test
