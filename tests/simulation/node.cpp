#include "simulation/node.h"

#include "outbox/core/retry.h"

#include <algorithm>

namespace cartd::simulation {
namespace {

constexpr int tick_interval = 5;
constexpr int request_deadline = 30;

}  // namespace

/// One command on its way to the store and back.
struct Node::Attempt {
  Attempt(ApplyRequest its_request, const Policy& policy)
      : request(std::move(its_request)), execution(group_of(request), policy) {}

  static CommandGroup group_of(const ApplyRequest& request) {
    CommandGroup group{request.cart, {}, request.deadline};
    group.commands.push_back(
        {&request.change, request.command_id, request.answer, request.required, request.enforce_preconditions});
    return group;
  }

  Result<Applied> take_result() {
    GroupResult group = execution.take_result();
    if (group.failure) return *group.failure;
    Result<CommandAnswer>& answer = group.answers.front();
    if (!answer) return answer.error();
    return Applied{std::move(answer->cart), answer->outcome, group.position, std::move(group.applied_sequences)};
  }

  const ApplyRequest request;
  Execution execution;
};

Node::Node(const Deployment& deployment, std::size_t number, bool has_journal)
    : deployment_(deployment),
      number_(number),
      has_journal_(has_journal),
      disk_(deployment.schedule),
      link_(deployment, number) {
  link_.on_connected([this] {
    // What is not compared has to be told at once; what is compared is told by the server.
    if (!deployment_.guards.compared_first) tell_queues();
    for (auto& [cart, queue] : queues_) drive(cart);
  });
  tick();
}

void Node::start() {
  is_up_ = true;
  ++life_;
  last_sequence_ = 0;
  for (JournalRecord& record : disk_.read())
    queues_[record.cart].accept(record.command_id, std::move(record.change), record.accepted, true);
}

void Node::crash(int downtime) {
  deployment_.schedule.trace("node ", number_, " crashes");
  is_up_ = false;
  disk_.crash();
  link_.crash();
  queues_.clear();
  told_epoch_ = 0;
  for (const auto& [sequence, request] : std::exchange(requests_, {})) request->answered(Answer::unknown);
  deployment_.schedule.after(downtime, [this] { start(); });
}

CommandId Node::next_command_id() {
  const auto time = std::chrono::microseconds(deployment_.schedule.wall_now(clock_offset_).time_since_epoch());
  last_sequence_ = std::max(last_sequence_ + 1, static_cast<std::uint64_t>(time.count()));
  return {life_ * node_count + number_, last_sequence_};
}

void Node::submit(const CartId& cart, Change change, Answered answered) {
  const auto request =
      std::make_shared<Request>(Request{cart, std::move(change), next_command_id(), std::move(answered)});
  requests_.emplace(request->command_id.sequence, request);
  deployment_.schedule.trace("node ", number_, " takes ", request->command_id.producer, '-',
                             request->command_id.sequence, " of cart ", cart.str());
  request->acknowledged = has_journal_ && !link_.serves();
  queues_[cart].accept(request->command_id, request->change, request->acknowledged);
  if (has_journal_) {
    disk_.append({request->command_id, cart, request->change, request->acknowledged}, [this, request] {
      request->on_disk = true;
      answer_when_ready(request);
    });
  }
  deployment_.schedule.after(request_deadline, [this, request] { give_up(request); });
  drive(cart);
}

void Node::tick() {
  if (is_up_) {
    link_.tick();
    if (link_.is_connected()) {
      tell_queues();
      release_durable();
      for (auto& [cart, queue] : queues_) drive(cart);
    }
  }
  deployment_.schedule.after(tick_interval, [this] { tick(); });
}

void Node::tell_queues() {
  if (!deployment_.guards.unconfirmed_first && deployment_.schedule.chance(50)) return;  // It gets to it later.
  if (std::exchange(told_epoch_, link_.epoch()) == link_.epoch()) return;
  for (auto& [cart, queue] : queues_) queue.moved_to(link_.epoch());
}

void Node::release_durable() {
  for (auto& [cart, queue] : queues_) {
    for (const CommandId& durable : queue.release(link_.last_epoch(), link_.durable_checkpoint())) {
      deployment_.schedule.trace("durable: ", durable.producer, '-', durable.sequence);
      if (has_journal_) disk_.release(durable);
    }
  }
}

void Node::drive(const CartId& cart) {
  if (!link_.is_connected()) return;
  const auto group = queues_[cart].next({1, 0});
  if (group.empty()) return;
  const CartQueue::Attempt* const next = &group.front();
  const Guards& guards = deployment_.guards;
  const bool is_repeated = !attempted_.insert({next->command_id.producer, next->command_id.sequence}).second;
  repetitions_ += is_repeated;
  const bool checks_order = guards.unconfirmed_first && guards.sequences;
  const auto attempt = std::make_shared<Attempt>(
      ApplyRequest{cart, *next->change, next->command_id, cartd::Answer::version, Deadline::max(),
                   checks_order ? next->required : std::vector<AppliedSequence>(), next->enforce_preconditions},
      policy_);
  if (!guards.compared_first && !is_repeated && next->enforce_preconditions) {
    return link_.apply_unseen(attempt->request, policy_,
                              [this, attempt](Result<Applied> result) { finish(attempt, result); });
  }
  std::optional<Loaded> known = link_.known(cart);
  go_on(attempt, known ? attempt->execution.loaded(std::move(*known), deployment_.schedule.wall_now(clock_offset_))
                       : Execution::Step::load);
}

void Node::go_on(const AttemptPtr& attempt, Execution::Step step) {
  const auto now = [this] { return deployment_.schedule.wall_now(clock_offset_); };
  switch (step) {
    case Execution::Step::load:
      return link_.load(attempt->request.cart, [this, attempt, now](Result<Loaded> loaded) {
        go_on(attempt, attempt->execution.loaded(std::move(loaded), now()));
      });
    case Execution::Step::commit:
      return link_.commit(attempt->execution.take_commit(), [this, attempt, now](Result<Committed> committed) {
        go_on(attempt, attempt->execution.committed(std::move(committed), now(), false));
      });
    case Execution::Step::done: finish(attempt, attempt->take_result());
  }
}

void Node::finish(const AttemptPtr& attempt, const Result<Applied>& result) {
  const ApplyRequest& request = attempt->request;
  CartQueue& queue = queues_[request.cart];
  const CartQueue::Ending ending =
      ending_of(result ? Result<CommandAnswer>(CommandAnswer{result->cart, result->outcome}) : result.error(),
                is_kept_without_effect(request.change), queue.is_acknowledged(request.command_id));
  deployment_.schedule.trace("node ", number_, " learns of ", request.command_id.producer, '-',
                             request.command_id.sequence, " of cart ", request.cart.str(), ": ending ",
                             static_cast<int>(ending));
  queue.report(request.command_id, ending, result ? result->position : WritePosition{});
  const Guards& guards = deployment_.guards;
  if (result && guards.sequences && guards.unconfirmed_first) queue.shown(result->applied_sequences);
  const auto found = requests_.find(request.command_id.sequence);
  if (result && has_journal_) disk_.accept(request.command_id);
  if (found != requests_.end()) {
    const RequestPtr waiting = found->second;
    waiting->in_store |= result.has_value();
    if (ending == CartQueue::Ending::refused) refuse(waiting);
    else answer_when_ready(waiting);
  }
  drive(request.cart);
}

void Node::answer_when_ready(const RequestPtr& request) {
  if (has_journal_ && !request->on_disk) return;
  if (request->in_store) answer(request, Answer::acknowledged);
  else if (request->acknowledged) answer(request, Answer::from_journal);
}

void Node::answer(const RequestPtr& request, Answer answer) {
  if (requests_.erase(request->command_id.sequence) > 0) request->answered(answer);
}

// What is refused must not come back from the disk.
void Node::refuse(const RequestPtr& request) {
  if (!has_journal_) return answer(request, Answer::refused);
  disk_.release(request->command_id, [this, request] { answer(request, Answer::refused); });
}

void Node::give_up(const RequestPtr& request) {
  if (!requests_.contains(request->command_id.sequence) || request->in_store) return;  // Then the disk is waited for.
  CartQueue& queue = queues_[request->cart];
  if (has_journal_ && request->on_disk) {
    queue.acknowledge(request->command_id);
    return disk_.accept(request->command_id, [this, request] {
      request->acknowledged = true;
      answer_when_ready(request);
    });
  }
  if (queue.withdraw(request->command_id)) {
    answer(request, Answer::unknown);
    if (has_journal_) disk_.release(request->command_id);
  } else {
    refuse(request);
  }
}

bool Node::is_at_rest() const {
  return is_up_ && requests_.empty() &&
         std::all_of(queues_.begin(), queues_.end(), [](const auto& entry) { return entry.second.empty(); });
}

}  // namespace cartd::simulation
