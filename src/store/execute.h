// One command on one cart: load, decide, commit, and again where somebody else was faster. What is decided stands in
// domain/decide.h.
//
// A refusal, and any other answer that writes nothing, is only given on a record that was current during the call;
// whatever is written is compared with what it was decided on in the same atomic step. So a record that this process
// only remembers costs at most another attempt, and never a wrong write or a wrong answer.
#pragma once

#include "domain/decide.h"
#include "domain/limits.h"
#include "runtime/clock.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

#include <optional>
#include <vector>

namespace cartd {

/// How much of the cart the caller wants back.
enum class Answer {
  full,     ///< The whole cart.
  version,  ///< Id and version are enough; the rest of the cart may be left empty.
};

struct ApplyRequest {
  CartId cart;
  Change change;  ///< Valid by validate().
  CommandId command_id;
  Answer answer;
  Deadline deadline;
  std::vector<AppliedSequence> required{};  ///< As in ApplyContext.
  bool enforce_preconditions = true;        ///< As in ApplyContext.
};

struct Applied {
  Cart cart;  ///< As it is after the command.
  Outcome outcome;
  WritePosition position{};
  std::vector<AppliedSequence>
      applied_sequences{};  ///< Which commands the cart has: the newest of each producer, in no order.
};

/// A cart as a store shows it.
struct Shown {
  Cart cart;
  std::vector<AppliedSequence> applied_sequences;  ///< As in Applied.
};

/// The steps of one command, without I/O: it says what to ask the store, and is told what the store said. Loads and
/// commits alternate until done() or until the deadline.
class Execution {
 public:
  enum class Step { load, commit, done };

  /// All must live until it is done.
  Execution(const ApplyRequest& request, const Policy& policy) : request_(request), policy_(policy) {}

  /// `now` is this machine's clock.
  Step loaded(Result<Loaded> loaded, Time now);
  Step committed(Result<Committed> committed, Time now);

  /// What to commit, after Step::commit. Once.
  CommitRequest take_commit();
  /// After Step::done. Once.
  Result<Applied> take_result();

 private:
  Step end(Result<Applied> result);

  const ApplyRequest& request_;
  const Policy& policy_;
  Loaded base_{};
  Decision decision_{};
  std::optional<Result<Applied>> result_{};
};

/// Applies the change to the cart, atomically. Repeating a request with the same command id is harmless: it answers
/// Effect::duplicate, or, in an epoch that lost it, applies it again. Commands of one producer and cart go in the order
/// of their command ids. All must live until the answer.
boost::asio::awaitable<Result<Applied>> execute(CartStore& store, const ApplyRequest& request, const Policy& policy,
                                                const Clock& clock);

/// The cart; empty with version 0 when nobody wrote to it.
boost::asio::awaitable<Result<Shown>> show(CartStore& store, CartId id, Deadline deadline);

}  // namespace cartd
