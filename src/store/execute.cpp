#include "store/execute.h"

#include "domain/decide_transfer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>
#include <variant>

namespace cartd {
namespace {

bool is_rollback(const Result<Decision>& decision) { return !decision && decision.error().code == Errc::rolled_back; }

}  // namespace

Execution::Step Execution::begin(std::optional<Loaded> known, Time now) {
  if (!known && plain_add() != nullptr) return Step::add;
  // The store says what has expired meanwhile.
  if (!known || is_expired(known->snapshot->record.cart, now)) return Step::load;
  return decide_on(std::move(*known), now);
}

Execution::Step Execution::loaded(Result<Loaded> loaded, Time now) {
  if (!loaded) return fail(loaded.error(), group_.commands.size());
  return decide_on(std::move(*loaded), now);
}

// The command, if it is alone and an add that needs nothing of the record but what add.lua compares.
const Add* Execution::plain_add() const {
  const GroupCommand& command = group_.commands.front();
  if (group_.commands.size() != 1 || !command.enforce_preconditions || command.change->expected_version) return nullptr;
  const auto* batch = std::get_if<Batch>(&command.change->command);
  if (!batch || batch->commands.size() != 1) return nullptr;
  const auto* add = std::get_if<Add>(&batch->commands.front());
  const bool builds_on_others = std::any_of(command.required.begin(), command.required.end(), [&](const auto& last) {
    return last.producer != command.command_id.producer;
  });
  return add && add->details == DetailsPatch{} && !add->line.has_label() && !builds_on_others ? add : nullptr;
}

AddRequest Execution::take_add() {
  const GroupCommand& command = group_.commands.front();
  const Add& add = *plain_add();
  std::uint64_t required = 0;
  for (const AppliedSequence& last : command.required) required = std::max(required, last.sequence);
  return {group_.cart,        add.line, add.quantity,   command.change->idempotency,
          command.command_id, required, group_.deadline};
}

Execution::Step Execution::added(Result<Added> added, Time now) {
  if (!added) return fail(added.error(), 1);
  if (!added->was_added) return decide_on(std::move(added->loaded), now);
  const CartRecord& record = added->loaded.snapshot->record;
  const CommandId id = group_.commands.front().command_id;
  const bool is_shown = std::any_of(
      record.applied_sequences.begin(), record.applied_sequences.end(),
      [&](const AppliedSequence& last) { return last.producer == id.producer && last.sequence >= id.sequence; });
  // Where it had to be read from another server, which lost it.
  if (!is_shown) return fail(Error{Errc::outcome_unknown, "the store does not show the change that it made"}, 1);
  Outcome outcome{Effect::changed};
  outcome.transfer = transfer_under_way(record, now);
  result_.answers.push_back(answer(0, outcome, record, added->loaded.now));
  result_.position = added->loaded.position;
  result_.snapshot = std::move(added->loaded.snapshot);
  return Step::done;
}

Result<Decision> Execution::decide_command(std::size_t index, const CartRecord& record, Time now) const {
  const GroupCommand& command = group_.commands[index];
  ApplyContext context{command.command_id,
                       now,
                       policy_.ttl.ttl_of(group_.cart),
                       policy_.limits,
                       command.required,
                       command.enforce_preconditions,
                       base_.now};
  if (group_.dead_producers) context.dead_producers = *group_.dead_producers;
  return decide(record, *command.change, context);
}

CommandAnswer Execution::answer(std::size_t index, const Outcome& outcome, const CartRecord& after, Time now) const {
  if (group_.commands[index].answer == Answer::full) return {visible(after, now), outcome};
  CommandAnswer answer{Cart{group_.cart}, outcome};
  answer.cart.version = after.cart.version;
  return answer;
}

Execution::Step Execution::decide_on(Loaded base, Time now) {
  base_ = std::move(base);
  draft_.reset();
  outcomes_.clear();
  carts_.clear();
  const CartRecord& record = base_.snapshot->record;
  Result<Decision> first = decide_command(0, record, now);
  if (!first || first->edits.empty())
    return base_.is_current ? answer_without_writing(std::move(first), now) : Step::load;
  outcomes_.push_back(first->outcome);
  outcomes_.back().found_expired |= base_.snapshot->has_expired;
  edits_ = std::move(first->edits);
  for (std::size_t i = 1; i < most_; ++i) {
    if (!draft_) patch(draft_.emplace(record), edits_);
    Result<Decision> next = decide_command(i, *draft_, now);
    if (!next || next->edits.empty()) break;
    carts_.push_back(answer(i - 1, outcomes_.back(), *draft_, now).cart);
    outcomes_.push_back(next->outcome);
    patch(*draft_, next->edits);
    compose(edits_, std::move(next->edits));
  }
  return Step::commit;
}

// Nothing is changed: so all are decided on the same record.
Execution::Step Execution::answer_without_writing(Result<Decision> first, Time now) {
  const Snapshot& base = *base_.snapshot;
  Result<Decision> decision = std::move(first);
  for (std::size_t i = 0; !decision || decision->edits.empty();) {
    if (decision) {
      decision->outcome.found_expired |= base.has_expired;
      result_.answers.push_back(answer(i, decision->outcome, base.record, base_.now));
    } else {
      result_.answers.push_back(decision.error());
    }
    if (is_rollback(decision) || ++i == group_.commands.size()) break;
    decision = decide_command(i, base.record, now);
  }
  result_.snapshot = base_.snapshot;
  result_.position = base_.position;
  return Step::done;
}

Execution::Step Execution::committed(Result<Committed> committed, Time now, bool is_late) {
  const std::size_t count = outcomes_.size();
  if (!committed) {
    const Errc code = committed.error().code;
    if (code == Errc::unavailable) return fail(committed.error(), group_.commands.size());
    if (code == Errc::outcome_unknown || count == 1) return fail(committed.error(), count);
    // Whichever of them it was, the others need not suffer for it.
    most_ = 1;
    return Step::load;
  }
  if (!committed->was_current) {
    if (is_late)
      return fail(Error{Errc::unavailable, "other clients keep changing this cart; nothing was done"},
                  group_.commands.size());
    return decide_on(Loaded{std::move(committed->snapshot), true, committed->now, committed->position}, now);
  }
  const CartRecord& after = committed->snapshot->record;
  if (count > 1) show_lines_of_others(after.cart);
  result_.answers.reserve(count);
  for (std::size_t i = 0; i + 1 < count; ++i)
    result_.answers.push_back(CommandAnswer{std::move(carts_[i]), outcomes_[i]});
  result_.answers.push_back(answer(count - 1, outcomes_.back(), after, now));
  result_.snapshot = std::move(committed->snapshot);
  result_.position = committed->position;
  return Step::done;
}

// Plain clients may have changed lines that the group does not touch: the answers to all of its commands show that.
void Execution::show_lines_of_others(const Cart& after) {
  if (after.lines == draft_->cart.lines) return;
  const auto is_of_others = [&](const Line& line) {
    return std::find(touched_.begin(), touched_.end(), line.id) == touched_.end();
  };
  for (std::size_t i = 0; i < carts_.size(); ++i) {
    if (group_.commands[i].answer != Answer::full) continue;
    std::vector<Line>& lines = carts_[i].lines;
    std::erase_if(lines, is_of_others);
    std::copy_if(after.lines.begin(), after.lines.end(), std::back_inserter(lines), is_of_others);
    std::sort(lines.begin(), lines.end(), shown_before);
  }
}

CommitRequest Execution::take_commit() {
  const auto begin = group_.commands.begin();
  const bool lines_wanted = std::any_of(begin, begin + static_cast<std::ptrdiff_t>(outcomes_.size()),
                                        [](const GroupCommand& command) { return command.answer == Answer::full; });
  touched_.clear();
  if (outcomes_.size() > 1)
    for (const LineEdit& line : edits_.lines) touched_.push_back(line.line);
  return {group_.cart, std::move(base_.snapshot), std::move(edits_), lines_wanted, group_.deadline};
}

GroupResult Execution::take_result() { return std::move(result_); }

// Errors that are not the store's absence belong to one command.
Execution::Step Execution::fail(Error error, std::size_t commands) {
  const bool is_of_all = error.code == Errc::unavailable || error.code == Errc::outcome_unknown;
  result_.failed = is_of_all ? commands : 1;
  result_.failure = std::move(error);
  return Step::done;
}

boost::asio::awaitable<GroupResult> execute(CartStore& store, CommandGroup group, const Policy& policy,
                                            const Clock& clock) {
  Execution execution(std::move(group), policy);
  const CartId cart = execution.group().cart;
  const Deadline deadline = execution.group().deadline;
  Execution::Step step = execution.begin(store.known(cart), now_ms(clock));
  while (step != Execution::Step::done) {
    if (step == Execution::Step::load) {
      Result<Loaded> loaded = co_await store.load(cart, deadline);
      step = execution.loaded(std::move(loaded), now_ms(clock));
    } else if (step == Execution::Step::add) {
      AddRequest add = execution.take_add();
      Result<Added> added = co_await store.add(std::move(add));
      step = execution.added(std::move(added), now_ms(clock));
    } else {
      CommitRequest commit = execution.take_commit();
      Result<Committed> committed = co_await store.commit(std::move(commit));
      step = execution.committed(std::move(committed), now_ms(clock), Deadline::clock::now() >= deadline);
    }
  }
  co_return execution.take_result();
}

boost::asio::awaitable<Result<Applied>> execute(CartStore& store, const ApplyRequest& request, const Policy& policy,
                                                const Clock& clock) {
  CommandGroup group{request.cart, {}, request.deadline};
  group.commands.push_back(
      {&request.change, request.command_id, request.answer, request.required, request.enforce_preconditions});
  GroupResult result = co_await execute(store, std::move(group), policy, clock);
  if (result.failure) co_return *result.failure;
  Result<CommandAnswer>& answer = result.answers.front();
  if (!answer) co_return answer.error();
  co_return Applied{std::move(answer->cart), answer->outcome, result.position,
                    result.snapshot->record.applied_sequences};
}

boost::asio::awaitable<Result<Shown>> show(CartStore& store, CartId id, Deadline deadline) {
  auto known = store.known(id);
  Result<Loaded> loaded = Error{Errc::unavailable, ""};
  if (known && known->is_current) loaded = std::move(*known);
  else loaded = co_await store.load(std::move(id), deadline);
  if (!loaded) co_return loaded.error();
  const CartRecord& record = loaded->snapshot->record;
  co_return Shown{visible(record, loaded->now), record.applied_sequences};
}

}  // namespace cartd
