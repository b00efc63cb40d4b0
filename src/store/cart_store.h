// The port to where carts live. One adapter a folder below this one; all of them pass the same contract suite.
//
// Threads: a store belongs to one reactor and is called on it alone; no call blocks it. Calls on different carts
// may overlap; the caller keeps the order of calls on one cart.
// Failure: Errc::unavailable means that surely nothing was done, Errc::outcome_unknown that it may have been.
#pragma once

#include "domain/apply.h"
#include "domain/cart.h"
#include "domain/command.h"
#include "domain/durability.h"
#include "domain/error.h"
#include "domain/stamp.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

namespace cartd {

/// When an answer is due. A call that has no answer by then answers Errc::unavailable or Errc::outcome_unknown.
using Deadline = std::chrono::steady_clock::time_point;

/// How much of the cart the caller wants back.
enum class Answer {
  full,        ///< The whole cart.
  with_marks,  ///< The whole cart, and which commands it has.
  version,     ///< Id and version are enough; the rest of the cart may be left empty.
};

struct ApplyRequest {
  CartId cart;
  Change change;  ///< Valid by validate().
  Stamp stamp;
  Answer answer;
  Deadline deadline;
  std::vector<Mark> reached{};  ///< As in ApplyContext.
  bool judged = true;           ///< As in ApplyContext.
};

/// Which history of the store holds a change. A history ends where another server takes over that may not have all of
/// it; what a store has applied in one history is never undone within it.
struct Place {
  std::uint64_t history = 1;  ///< 0: not known. A store that loses nothing has one history, 1.
  std::uint64_t round = 0;    ///< See CartStore::safe_round().
  std::uint64_t home = 0;     ///< While a cart moves: the history that answers for it. 0: `history` itself.

  std::uint64_t owner() const { return home != 0 ? home : history; }

  friend bool operator==(const Place&, const Place&) = default;
};

struct Applied {
  Cart cart;  ///< As it is after the command.
  Outcome outcome;
  Place place{};
  std::vector<Mark> marks{};  ///< As Shown::marks, for Answer::with_marks.
};

/// A cart as a store shows it.
struct Shown {
  Cart cart;
  std::vector<Mark> marks;  ///< Which commands it has: the newest of each lane, in no order.
};

/// What a store says of itself to /readyz.
struct StoreState {
  bool ready;
  std::string detail;  ///< For people: why it is not ready. No addresses, no secrets.
};

class CartStore {
 public:
  virtual ~CartStore() = default;

  /// The cart; empty with version 0 when nobody wrote to it. Reading creates nothing and renews nothing.
  virtual boost::asio::awaitable<Result<Shown>> find(CartId id, Deadline deadline) = 0;

  /// Applies the change by the rules of domain/apply.h, atomically. Repeating a request with the same stamp is
  /// harmless: it answers Effect::duplicate, or, in a history that lost it, applies it again. Commands of one lane and
  /// cart go in the order of their stamps.
  /// `request` must live until the answer.
  virtual boost::asio::awaitable<Result<Applied>> apply(const ApplyRequest& request) = 0;

  /// Asks the store itself whether it can serve now.
  virtual boost::asio::awaitable<StoreState> check(Deadline deadline) = 0;

  virtual Durability durability() const = 0;

  /// False while the store is known not to answer for this cart: asking would only cost time.
  virtual bool serves(const CartId&) const { return true; }

  /// The history that would answer for this cart now; 0 while none is known.
  virtual std::uint64_t history_of(const CartId&) const { return Place{}.history; }

  /// Changes placed in `history` in rounds up to this one can be lost by no single fault.
  virtual std::uint64_t safe_round(std::uint64_t /*history*/) const { return std::numeric_limits<std::uint64_t>::max(); }
};

}  // namespace cartd
