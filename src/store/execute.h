// The commands of one cart that wait, as one group: load, decide each on what the ones before it left, commit all of
// them in one step, and again where somebody else was faster. What is decided stands in domain/decide.h.
//
// A refusal, and any other answer that writes nothing, is only given on a record that was current during the call;
// whatever is written is compared with what it was decided on in the same atomic step. So a record that this process
// only remembers costs at most another attempt, and never a wrong write or a wrong answer.
//
// What writes nothing ends a group: it is never told from a record that is not written yet, and what is behind it goes
// with the next group. Otherwise a command that was refused could not be told from one that was applied when the answer
// to the commit is lost: the last applied sequence of what was committed behind it would cover both.
#pragma once

#include "domain/decide.h"
#include "domain/limits.h"
#include "runtime/clock.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>
#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace cartd {

/// How much of the cart the caller wants back.
enum class Answer {
  full,     ///< The whole cart.
  version,  ///< Id and version are enough; the rest of the cart may be left empty.
};

struct GroupCommand {
  const Change* change;  ///< Valid by validate(). Outlives the execution.
  CommandId command_id;
  Answer answer;
  std::span<const AppliedSequence> required{};  ///< As in ApplyContext.
  bool enforce_preconditions = true;            ///< As in ApplyContext.
};

/// Commands of one cart, at least one, in the order in which they take effect. Those of one producer are in the order
/// of their command ids.
struct CommandGroup {
  CartId cart;
  boost::container::small_vector<GroupCommand, 1> commands;
  Deadline deadline;
  /// As in ApplyContext; null when none is known.
  std::shared_ptr<const std::vector<ProducerId>> dead_producers{};
};

/// The result of one command.
struct CommandAnswer {
  Cart cart;  ///< As it is after this command.
  Outcome outcome;
};

struct GroupResult {
  /// Of the first commands, in their order. What is behind them was not sent.
  boost::container::small_vector<Result<CommandAnswer>, 1> answers{};
  /// Why there are no answers: it is the same for the first `failed` commands. Errc::unavailable or
  /// Errc::outcome_unknown, or any other error of a single command.
  std::optional<Error> failure{};
  std::size_t failed = 0;
  SnapshotPtr snapshot{};    ///< What the answers were given on; null where there are none …
  WritePosition position{};  ///< … and where it stands.
};

/// The steps of a group, without I/O: it says what to ask the store, and is told what the store said.
class Execution {
 public:
  enum class Step { load, add, commit, done };

  /// `policy` outlives it.
  Execution(CommandGroup group, const Policy& policy) : group_(std::move(group)), policy_(policy) {}

  /// The first step, from what the store knows of the cart without being asked. `now` is this machine's clock.
  Step begin(std::optional<Loaded> known, Time now);
  Step loaded(Result<Loaded> loaded, Time now);
  Step added(Result<Added> added, Time now);
  /// `is_late`: the deadline is over, so that nothing is tried again.
  Step committed(Result<Committed> committed, Time now, bool is_late);

  const CommandGroup& group() const { return group_; }
  /// What to add, after Step::add. Once.
  AddRequest take_add();
  /// The edits to commit, after Step::commit. Once.
  CommitRequest take_commit();
  /// After Step::done. Once.
  GroupResult take_result();

 private:
  const Add* plain_add() const;
  Step decide_on(Loaded base, Time now);
  Step answer_without_writing(Result<Decision> first, Time now);
  CommandAnswer answer(std::size_t index, const Outcome& outcome, const CartRecord& after, Time now) const;
  Result<Decision> decide_command(std::size_t index, const CartRecord& record, Time now) const;
  Step fail(Error error, std::size_t commands);
  void show_lines_of_others(const Cart& after);

  CommandGroup group_;
  const Policy& policy_;
  std::size_t most_ = group_.commands.size();  ///< So many may go together.
  Loaded base_{};
  RecordEdits edits_{};                                    ///< Of the commands that are to be committed …
  boost::container::small_vector<Outcome, 1> outcomes_{};  ///< … and what they come to.
  std::vector<Cart> carts_{};                              ///< After each of them but the last.
  std::optional<CartRecord> draft_{};  ///< The record that they leave, where there is more than one.
  std::vector<LineId> touched_{};      ///< By a commit of several.
  GroupResult result_{};
};

/// Carries a group out. All must live until the answer.
boost::asio::awaitable<GroupResult> execute(CartStore& store, CommandGroup group, const Policy& policy,
                                            const Clock& clock);

/// A group of one.
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

/// Applies the change to the cart, atomically. Repeating a request with the same command id is harmless: it answers
/// Effect::duplicate, or, in an epoch that lost it, applies it again. Commands of one producer and cart go in the order
/// of their command ids. All must live until the answer.
boost::asio::awaitable<Result<Applied>> execute(CartStore& store, const ApplyRequest& request, const Policy& policy,
                                                const Clock& clock);

/// The cart; empty with version 0 when nobody wrote to it.
boost::asio::awaitable<Result<Shown>> show(CartStore& store, CartId id, Deadline deadline);

}  // namespace cartd
