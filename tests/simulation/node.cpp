#include "simulation/node.h"

#include "runtime/defect.h"

#include <algorithm>
#include <utility>

namespace cartd::simulation {

using namespace outbox;

namespace {

constexpr int link_interval = 5;
constexpr std::chrono::milliseconds request_deadline(30);

OutboxOptions options_of(bool memory_while_away) {
  OutboxOptions options;
  options.attempt = std::chrono::milliseconds(20);
  options.retention = std::chrono::milliseconds(40);
  options.tick = std::chrono::milliseconds(5);
  options.memory_while_away = memory_while_away;
  return options;
}

}  // namespace

Node::Node(const Deployment& deployment, std::size_t number, const Scenario& scenario)
    : deployment_(deployment),
      number_(number),
      has_journal_(scenario.has_journal),
      memory_while_away_(scenario.memory_while_away),
      disk_(deployment.schedule, deployment.guards.synced),
      link_(deployment, number) {
  // The core may be told of it, or get to it with a later tick, when requests have come before.
  link_.on_connected([this] {
    if (deployment_.schedule.chance(30)) tell([this](OutboxCore& core) { core.store_moved(now()); });
  });
  tick_link();
}

void Node::start() {
  core_ = std::make_unique<OutboxCore>(link_, Producer(producer_of(life_)), policy_, has_journal_,
                                       options_of(memory_while_away_));
  core_->recover(disk_.read(), now());
  core_->drop_producers(dead_producers());
  tell([this](OutboxCore& core) { core.start(now()); });
}

void Node::crash(int downtime) {
  deployment_.schedule.trace("node ", number_, " crashes");
  crashes_.push_back(deployment_.schedule.now());
  earlier_ = figures();
  ++life_;
  core_.reset();
  timer_.reset();
  disk_.crash();
  link_.crash();
  for (const auto& [request, done] : std::exchange(changes_, {})) done(std::nullopt);
  for (const auto& [request, done] : std::exchange(reads_, {})) done(std::nullopt);
  deployment_.schedule.after(downtime, [this] { start(); });
}

OutboxFigures Node::figures() const {
  OutboxFigures sum = earlier_;
  if (!core_) return sum;
  const OutboxFigures& figures = core_->figures();
  sum.deduplicated += figures.deduplicated;
  sum.restored += figures.restored;
  sum.journaled += figures.journaled;
  sum.remembered += figures.remembered;
  sum.recovered += figures.recovered;
  sum.dead_letters += figures.dead_letters;
  return sum;
}

Instant Node::now() const {
  return {deployment_.schedule.steady_now(), WallTime(deployment_.schedule.wall_now(clock_offset_))};
}

void Node::submit(const CartId& cart, Change change, Done<Acknowledged> done) {
  const RequestId request = ++last_request_;
  changes_.emplace(request, std::move(done));
  deployment_.schedule.trace("node ", number_, " takes request ", request, " for cart ", cart.str());
  const auto refusal = has_journal_ ? disk_.refusal() : std::nullopt;
  tell([&](OutboxCore& core) {
    core.submit({request, cart, std::move(change), Answer::full, now().steady + request_deadline, refusal}, now());
  });
}

void Node::find(const CartId& cart, Done<Found> done) {
  const RequestId request = ++last_request_;
  reads_.emplace(request, std::move(done));
  tell([&](OutboxCore& core) { core.find(request, cart, now().steady + request_deadline, now()); });
}

template <class Input>
void Node::tell(Input input) {
  input(*core_);
  perform();
}

void Node::perform() {
  if (is_performing_) return;
  is_performing_ = true;
  std::vector<Action> actions;
  for (core_->take_actions(actions); !actions.empty(); core_->take_actions(actions))
    for (Action& action : std::exchange(actions, {}))
      std::visit([this](auto& what) { begin(std::move(what)); }, action);
  is_performing_ = false;
  set_timer();
}

void Node::begin(LoadCart action) {
  link_.load(action.cart, action.deadline, [this, cart = action.cart](Result<Loaded> loaded) {
    tell([&](OutboxCore& core) { core.loaded(cart, std::move(loaded), now()); });
  });
}

void Node::begin(CommitCart action) {
  dropped_sequences_ += action.commit.edits.dropped_producers.size();
  const CartId cart = action.commit.cart;
  link_.commit(std::move(action.commit), [this, cart](Result<Committed> committed) {
    const char* const outcome = !committed ? "failed" : committed->was_current ? "was made" : "met another record";
    deployment_.schedule.trace("node ", number_, " learns that its commit to cart ", cart.str(), " ", outcome);
    tell([&](OutboxCore& core) { core.committed(cart, std::move(committed), now()); });
  });
}

void Node::begin(AddToCart action) {
  const CartId cart = action.add.cart;
  link_.add(std::move(action.add), [this, cart](Result<Added> added) {
    const char* const outcome = !added ? "failed" : added->was_added ? "was made" : "was left to it";
    deployment_.schedule.trace("node ", number_, " learns that its add to cart ", cart.str(), " ", outcome);
    tell([&](OutboxCore& core) { core.added(cart, std::move(added), now()); });
  });
}

void Node::begin(ReadCart action) {
  link_.load(action.cart, action.deadline, [this, action](Result<Loaded> loaded) {
    tell([&](OutboxCore& core) { core.read(action, std::move(loaded), now()); });
  });
}

void Node::begin(Append action) {
  const CommandId command_id = action.record.command_id;
  disk_.append(std::move(action.record), [this, command_id](const Result<void>& result) {
    tell([&](OutboxCore& core) { core.appended(command_id, result, now()); });
  });
}

void Node::begin(Accept action) {
  disk_.accept(action.command_id, [this, action](const Result<void>& result) {
    tell([&](OutboxCore& core) { core.accepted(action.command_id, result, now()); });
  });
}

void Node::begin(const Release& action) {
  for (const CommandId& command_id : action.command_ids) disk_.release(command_id);
}

void Node::begin(ReleaseNow action) {
  disk_.release(action.command_id, [this, action](const Result<void>& result) {
    tell([&](OutboxCore& core) { core.released(action.command_id, result, now()); });
  });
}

// Counted by the core; none is expected.
void Node::begin(const KeepDeadLetter& action) { disk_.release(action.record.command_id); }

void Node::begin(const Revive& /*action*/) { ensure(false, "no operator retries dead letters here"); }

void Node::begin(CompleteChange action) {
  const auto request = changes_.extract(action.request);
  deployment_.schedule.trace(
      "node ", number_, " answers request ", action.request, ": ",
      action.result ? to_string(action.result->knowledge.durability) : to_string(action.result.error().code));
  request.mapped()(std::move(action.result));
}

void Node::begin(CompleteRead action) { reads_.extract(action.request).mapped()(std::move(action.result)); }

void Node::begin(const CompleteRetry& /*action*/) { ensure(false, "no operator retries dead letters here"); }

void Node::set_timer() {
  const std::optional<SteadyTime> wake_at = core_->wake_at();
  if (!wake_at) return;
  const int at = std::max(Schedule::time_of(*wake_at), deployment_.schedule.now());
  if (timer_ && *timer_ <= at) return;
  timer_ = at;
  deployment_.schedule.at(at, [this, at, life = life_] {
    if (life_ != life || timer_ != at) return;
    timer_.reset();
    tell([this](OutboxCore& core) { core.tick(now()); });
  });
}

void Node::tick_link() {
  if (core_) core_->drop_producers(dead_producers());
  if (core_) link_.tick();
  deployment_.schedule.after(link_interval, [this] { tick_link(); });
}

ProducerId Node::producer_of(std::uint64_t life) const { return life * node_count + number_; }

// Without the guard every producer but the node's own counts as dead.
std::vector<ProducerId> Node::dead_producers() const {
  std::vector<ProducerId> dead;
  if (!has_journal_) return dead;
  if (!deployment_.guards.dead_producers) {
    constexpr ProducerId most = 100 * node_count;
    for (ProducerId other = 0; other < most; ++other)
      if (other != producer_of(life_)) dead.push_back(other);
    return dead;
  }
  for (std::uint64_t life = 1; life < life_; ++life)
    if (!disk_.has_any_of(producer_of(life))) dead.push_back(producer_of(life));
  return dead;
}

}  // namespace cartd::simulation
