// Checks the versions of one cart: nobody sees them fall, they count the changes, stand for one content each, and
// are what If-Match was held against. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/command.h"
#include "chaos/checker/history.h"

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

/// Whether two views show the same but for the version. Where one of them is of Redis itself, details are left out.
bool same_content(const CartView& one, const CartView& other);

class VersionRules {
 public:
  /// Told each violation: the rest of a sentence that begins with the cart.
  using Violated = std::function<void(const std::string&)>;
  /// The cart as a source shows it in the end.
  using Finals = std::vector<std::pair<std::string, CartView>>;

  /// The exchanges are all of one cart, by start; all that is given outlives the object.
  VersionRules(const std::vector<Exchange>& exchanges, const CartCommands& commands, const Finals& finals,
               CheckOptions options, Violated violated);

  void check() const;

 private:
  void check_falls() const;
  void check_number() const;
  void check_contents() const;
  void check_matches() const;
  void check_match(const Exchange& exchange) const;
  void check_mismatch(const Exchange& exchange) const;

  /// What other cartds did may be gone after a rollback, and its version with it, until they have sent it again; and
  /// what nobody was told of is gone for good.
  bool may_fall(int server) const;
  /// The highest version that anybody was told of before `when`.
  std::uint64_t highest_before(Moment when) const;

  const std::vector<Exchange>& exchanges_;
  const CartCommands& commands_;
  const Finals& finals_;
  const CheckOptions options_;
  const Violated violated_;
  std::set<int> writing_cartds_;
  std::set<std::pair<int, int>> writers_;  // client and cartd
  bool plain_clients_write_ = false;
  bool has_unknown_ = false;  ///< A command of which nobody was told what became of it.
};

}  // namespace cartd::test
