#include "simulation/store_link.h"

#include "domain/edits.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cartd::simulation {
namespace {

constexpr int silence_timeout = 15;  // An answer overdue by this much: the connection is given up.
constexpr int patience = 8;          // A server that owes an answer for longer does not serve.

SnapshotPtr after_commit(const CommitRequest& request, Token token) {
  auto after = std::make_shared<Snapshot>(request.base->record);
  patch(after->record, request.edits);
  after->token = token;
  after->line_fields = after->record.cart.lines.size();
  return after;
}

WritePosition& position_of(Loaded& answer) { return answer.position; }
WritePosition& position_of(Committed& answer) { return answer.position; }
WritePosition& position_of(Added& answer) { return answer.loaded.position; }

}  // namespace

std::optional<Loaded> StoreLink::known(const CartId& id) {
  const auto found = seen_.find(id);
  if (found == seen_.end()) return std::nullopt;
  return Loaded{found->second, !deployment_.guards.current_refusals, deployment_.schedule.wall_now()};
}

void StoreLink::learn(const CartId& id, const std::vector<AppliedSequence>& committed) {
  for (const AppliedSequence& applied : committed)
    answered_[{id, applied.producer}] = std::max(answered_[{id, applied.producer}], applied.sequence);
}

// Where a guard is off, the record shows less, or more, than it has.
SnapshotPtr StoreLink::show(const CartId& id, SnapshotPtr snapshot) {
  const Guards& guards = deployment_.guards;
  if (!guards.sequences || !guards.unconfirmed_first) {
    auto shown = std::make_shared<Snapshot>(*snapshot);
    std::vector<AppliedSequence>& sequences = shown->record.applied_sequences;
    if (!guards.sequences)
      for (AppliedSequence& applied : sequences)
        applied.sequence = std::min(applied.sequence, answered_[{id, applied.producer}]);
    if (!guards.unconfirmed_first) {
      for (const auto& [whose, sequence] : answered_) {
        if (whose.first != id) continue;
        std::erase_if(sequences, [&](const AppliedSequence& one) {
          return one.producer == whose.second && one.sequence < sequence;
        });
        const bool is_there = std::any_of(sequences.begin(), sequences.end(),
                                          [&](const AppliedSequence& one) { return one.producer == whose.second; });
        if (!is_there) sequences.push_back({whose.second, sequence});
      }
    }
    snapshot = std::move(shown);
  }
  seen_[id] = snapshot;
  return snapshot;
}

template <class Value>
void StoreLink::answer_soon(Result<Value> answer, Done<Value> done) {
  deployment_.schedule.after(0, [this, answer = std::move(answer), done = std::move(done), life = life_] {
    if (life_ == life) done(answer);
  });
}

template <class Value>
void StoreLink::ask(Errc when_lost, Deadline deadline, Ask<Value> question, Done<Value> done) {
  if (!connection_) return answer_soon<Value>(Error{Errc::unavailable, "there is no connection"}, std::move(done));
  const std::uint64_t number = ++last_question_;
  questions_[number] = {deployment_.schedule.now(), [when_lost, done] { done(Error{when_lost, "no answer"}); }};
  const std::uint64_t checkpoint = safety_->sent();
  const ConnectionPtr connection = connection_;
  deployment_.schedule.at(Schedule::time_of(deadline), [this, number, life = life_] {
    if (life_ == life) fail(number);
  });
  deployment_.network.to_server(
      connection, [this, connection, number, checkpoint, question = std::move(question), done = std::move(done)] {
        Server& server = deployment_.servers.server(connection->server);
        Result<Value> answer = Error{Errc::unavailable, "this is not the primary"};
        if (server.primary) answer = question(server);
        if (answer) position_of(*answer) = {connection->epoch, checkpoint};
        deployment_.network.to_node(connection, [this, number, answer = std::move(answer), done] {
          const auto asked = questions_.extract(number);
          if (!asked.empty() && asked.mapped().fail) done(answer);
        });
      });
}

void StoreLink::fail(std::uint64_t number) {
  const auto found = questions_.find(number);
  if (found == questions_.end()) return;
  if (const auto fail = std::exchange(found->second.fail, nullptr)) fail();
}

void StoreLink::load(const CartId& id, Deadline deadline, Done<Loaded> done) {
  Schedule& schedule = deployment_.schedule;
  Ask<Loaded> question = [&schedule, id](Server& server) { return Loaded{server.load(id), true, schedule.wall_now()}; };
  // A read that was not answered did nothing, sent or not.
  ask<Loaded>(Errc::unavailable, deadline, std::move(question),
              [this, id, done = std::move(done)](Result<Loaded> loaded) {
                if (loaded) loaded->snapshot = show(id, std::move(loaded->snapshot));
                done(std::move(loaded));
              });
}

void StoreLink::commit(CommitRequest request, Done<Committed> done) {
  const CartId id = request.cart;
  const RecordEdits edits = request.edits;
  const Deadline deadline = request.deadline;
  const std::size_t at = connection_ ? connection_->server : 0;
  const Token token = ++last_token_;
  const bool answers_early = !deployment_.guards.confirmed_groups && connection_;
  if (answers_early) {
    learn(id, edits.applied_sequences);
    seen_[id] = after_commit(request, token);
    const WritePosition position{connection_->epoch, safety_->sent()};
    answer_soon<Committed>(Committed{true, seen_[id], {}, position}, std::exchange(done, [](const auto&) {}));
  }
  Ask<Committed> question = [this, at, token, request = std::move(request)](Server& server) {
    Committed committed = server.commit(request, token, deployment_.schedule.wall_now(), deployment_.guards);
    if (committed.was_current) deployment_.servers.replicate(at, request.cart);
    return committed;
  };
  ask<Committed>(Errc::outcome_unknown, deadline, std::move(question),
                 [this, id, edits, done = std::move(done)](Result<Committed> committed) {
                   if (committed && committed->was_current) learn(id, edits.applied_sequences);
                   if (committed) committed->snapshot = show(id, std::move(committed->snapshot));
                   done(std::move(committed));
                 });
}

void StoreLink::add(AddRequest request, Done<Added> done) {
  const CartId id = request.cart;
  const CommandId command_id = request.command_id;
  const Deadline deadline = request.deadline;
  const std::size_t at = connection_ ? connection_->server : 0;
  const Token token = ++last_token_;
  Ask<Added> question = [this, at, token, request = std::move(request)](Server& server) {
    Added added = server.add(request, token, deployment_.schedule.wall_now());
    if (added.was_added) deployment_.servers.replicate(at, request.cart);
    return added;
  };
  ask<Added>(Errc::outcome_unknown, deadline, std::move(question),
             [this, id, command_id, done = std::move(done)](Result<Added> added) {
               if (added && added->was_added) learn(id, {{command_id.producer, command_id.sequence}});
               if (added) added->loaded.snapshot = show(id, std::move(added->loaded.snapshot));
               done(std::move(added));
             });
}

bool StoreLink::owes_answer_for(int duration) const {
  const int now = deployment_.schedule.now();
  return std::any_of(questions_.begin(), questions_.end(),
                     [&](const auto& entry) { return now - entry.second.asked > duration; });
}

bool StoreLink::serves(const CartId& /*id*/) const { return connection_ && !owes_answer_for(patience); }

std::uint64_t StoreLink::epoch_of(const CartId& /*id*/) const { return connection_ ? connection_->epoch : 0; }

std::uint64_t StoreLink::durable_checkpoint(std::uint64_t epoch) const {
  return safety_ && safety_->epoch() == epoch ? safety_->durable_checkpoint() : 0;
}

void StoreLink::tick() {
  if (!connection_) connect();
  if (!connection_) return;
  const std::size_t named = deployment_.sentinels.told_to(node_).value_or(connection_->server);
  const bool is_elsewhere = named != connection_->server && deployment_.servers.server(named).primary &&
                            deployment_.network.node_reaches(node_, named);
  const bool is_silent =
      owes_answer_for(silence_timeout) ||
      (asked_for_checkpoint_ && deployment_.schedule.now() - *asked_for_checkpoint_ > silence_timeout);
  if (is_silent || is_elsewhere) return lose(connection_);
  ask_for_checkpoint();
  ask_sentinels();
}

void StoreLink::connect() {
  const std::size_t server = deployment_.sentinels.told_to(node_).value_or(deployment_.sentinels.agreed());
  const auto answers = [this](std::size_t number) {
    const Server& one = deployment_.servers.server(number);
    return one.up && one.primary && deployment_.network.node_reaches(node_, number);
  };
  if (connecting_ || !answers(server)) return;
  connecting_ = true;
  deployment_.schedule.after(deployment_.schedule.between(1, 5), [this, server, answers, life = life_] {
    if (life_ != life) return;
    connecting_ = false;
    if (!connection_ && answers(server)) connect_to(server);
  });
}

void StoreLink::connect_to(std::size_t server) {
  const Guards& guards = deployment_.guards;
  if (!safety_ || server_ != server) {
    redis::SafetyPolicy policy;
    policy.authority = guards.authority;
    if (guards.authority_lag) policy.authority_lag = std::chrono::milliseconds(Sentinels::lag);
    policy.retention_without_copy = std::chrono::milliseconds(40);
    safety_ = std::make_unique<redis::Safety>(policy);
    server_ = server;
    ++visits_;
  }
  const std::uint64_t epoch = epoch_seen(deployment_.servers.server(server).epoch);
  connection_ = deployment_.network.connect(node_, server, epoch);
  if (guards.fence)
    for (const ConnectionPtr& old : lost_) old->ended_by_server |= old->server == server;
  safety_->connected(epoch);
  deployment_.schedule.trace("node ", node_, " connects to ", server, " in epoch ", epoch);
  connected_();
}

void StoreLink::lose(const ConnectionPtr& connection) {
  if (!connection || connection_ != connection) return;
  connection->closed_by_node = true;
  lost_.push_back(connection);
  connection_.reset();
  asked_for_checkpoint_.reset();
  for (auto& [number, question] : std::exchange(questions_, {}))
    if (question.fail) question.fail();
}

void StoreLink::crash() {
  if (connection_) connection_->closed_by_node = true;
  ++life_;
  connection_.reset();
  connecting_ = false;
  questions_.clear();
  asked_for_checkpoint_.reset();
  lost_.clear();
  seen_.clear();
  answered_.clear();
  safety_.reset();
}

void StoreLink::ask_for_checkpoint() {
  if (asked_for_checkpoint_ || !safety_->wants_checkpoint()) return;
  asked_for_checkpoint_ = deployment_.schedule.now();
  safety_->ask();
  const ConnectionPtr connection = connection_;
  deployment_.network.to_server(connection, [this, connection] {
    const redis::Replication says = deployment_.servers.info(connection->server);
    const std::uint64_t epoch = deployment_.servers.server(connection->server).epoch;
    deployment_.network.to_node(connection, [this, connection, says, epoch] {
      if (connection_ != connection) return;
      asked_for_checkpoint_.reset();
      safety_->answered(epoch_seen(epoch), says, deployment_.schedule.steady_now());
    });
  });
}

void StoreLink::ask_sentinels() {
  if (!safety_->wants_confirmation(deployment_.schedule.steady_now())) return;
  const std::uint64_t checkpoint = safety_->ask_authority(deployment_.schedule.steady_now());
  deployment_.schedule.after(deployment_.schedule.between(1, 8),
                             [this, checkpoint, connection = connection_, life = life_] {
                               if (life_ == life && safety_ && deployment_.sentinels.confirm(node_, connection->server))
                                 safety_->confirmed(connection->epoch, checkpoint);
                             });
}

}  // namespace cartd::simulation
