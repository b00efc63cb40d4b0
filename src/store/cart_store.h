// The port to where carts live. One adapter a folder below this one; all of them pass the same contract suite.
//
// Threads: a store belongs to one reactor and is called on it alone; no call blocks it. Calls on different carts
// may overlap; the caller keeps the order of calls on one cart.
// Failure: Errc::unavailable means that surely nothing was done, Errc::outcome_unknown that it may have been.
#pragma once

#include "domain/apply.h"
#include "domain/cart.h"
#include "domain/command.h"
#include "domain/error.h"
#include "domain/stamp.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <string>

namespace cartd {

/// When an answer is due. A call that has no answer by then answers Errc::unavailable or Errc::outcome_unknown.
using Deadline = std::chrono::steady_clock::time_point;

/// Where the answer's last change is known to be.
enum class Durability { memory, primary };

/// "memory", "primary".
const char* to_string(Durability durability);

/// How much of the cart the caller wants back.
enum class Answer {
  full,     ///< The whole cart.
  version,  ///< Id and version are enough; the rest of the cart may be left empty.
};

struct ApplyRequest {
  CartId cart;
  Change change;  ///< Valid by validate().
  Stamp stamp;
  Answer answer;
  Deadline deadline;
};

struct Applied {
  Cart cart;  ///< As it is after the command.
  Outcome outcome;
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
  virtual boost::asio::awaitable<Result<Cart>> find(CartId id, Deadline deadline) = 0;

  /// Applies the change by the rules of domain/apply.h, atomically. Repeating a request with the same stamp is
  /// harmless as long as no command of the same lane and cart went between: it then answers Effect::duplicate.
  /// `request` must live until the answer.
  virtual boost::asio::awaitable<Result<Applied>> apply(const ApplyRequest& request) = 0;

  /// Asks the store itself whether it can serve now.
  virtual boost::asio::awaitable<StoreState> check(Deadline deadline) = 0;

  virtual Durability durability() const = 0;
};

}  // namespace cartd
