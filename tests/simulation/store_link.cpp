#include "simulation/store_link.h"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cartd::simulation {
namespace {

constexpr int silence_timeout = 15;  // An answer overdue by this much: the connection is given up.
constexpr int patience = 8;          // A server that owes an answer for longer does not serve.

}  // namespace

std::optional<Loaded> StoreLink::known(const CartId& id) const {
  const auto found = seen_.find(id);
  if (found == seen_.end()) return std::nullopt;
  return Loaded{found->second, false, deployment_.schedule.wall_now()};
}

// What a node without the guard does not see.
SnapshotPtr StoreLink::seen(const CartId& id, SnapshotPtr snapshot) {
  if (!deployment_.guards.sequences) {
    auto without = std::make_shared<Snapshot>(*snapshot);
    without->record.applied_sequences.clear();
    snapshot = std::move(without);
  }
  seen_[id] = snapshot;
  return snapshot;
}

template <class Value>
void StoreLink::ask(Errc when_lost, Ask<Value> question, Done<Value> done) {
  if (!connection_) return done(Error{Errc::unavailable, "there is no connection"});
  const std::uint64_t number = ++last_question_;
  questions_[number] = {deployment_.schedule.now(), [when_lost, done](Errc) { done(Error{when_lost, "no answer"}); }};
  const std::uint64_t checkpoint = safety_->sent();
  const ConnectionPtr connection = connection_;
  deployment_.network.to_server(
      connection, [this, connection, number, checkpoint, question = std::move(question), done = std::move(done)] {
        Server& server = deployment_.servers.server(connection->server);
        Result<Value> answer = Error{Errc::unavailable, "this is not the primary"};
        if (server.primary) answer = question(server);
        if (answer) answer->position = {connection->epoch, checkpoint};
        deployment_.network.to_node(connection, [this, number, answer = std::move(answer), done] {
          questions_.erase(number);
          done(answer);
        });
      });
}

void StoreLink::load(const CartId& id, Done<Loaded> done) {
  Schedule& schedule = deployment_.schedule;
  Ask<Loaded> question = [&schedule, id](Server& server) { return Loaded{server.load(id), true, schedule.wall_now()}; };
  // A read that was not answered did nothing, sent or not.
  ask<Loaded>(Errc::unavailable, std::move(question), [this, id, done = std::move(done)](Result<Loaded> loaded) {
    if (loaded) loaded->snapshot = seen(id, std::move(loaded->snapshot));
    done(std::move(loaded));
  });
}

void StoreLink::commit(CommitRequest request, Done<Committed> done) {
  const CartId id = request.cart;
  const std::size_t at = connection_ ? connection_->server : 0;
  Ask<Committed> question = [this, at, request = std::move(request), token = ++last_token_](Server& server) {
    Committed committed = server.commit(request, token, deployment_.schedule.wall_now());
    if (committed.was_current) deployment_.servers.replicate(at, request.cart);
    return committed;
  };
  ask<Committed>(Errc::outcome_unknown, std::move(question),
                 [this, id, done = std::move(done)](Result<Committed> committed) {
                   if (committed) committed->snapshot = seen(id, std::move(committed->snapshot));
                   done(std::move(committed));
                 });
}

void StoreLink::apply_unseen(const ApplyRequest& request, const Policy& policy, Done<Applied> done) {
  const std::size_t at = connection_ ? connection_->server : 0;
  Ask<Applied> question = [this, at, request, &policy, token = ++last_token_](Server& server) {
    Result<Applied> applied = server.apply_unseen(request, policy, token, deployment_.schedule.wall_now());
    if (applied) deployment_.servers.replicate(at, request.cart);
    return applied;
  };
  ask<Applied>(Errc::outcome_unknown, std::move(question), std::move(done));
}

bool StoreLink::serves() const {
  const int now = deployment_.schedule.now();
  return connection_ && std::all_of(questions_.begin(), questions_.end(),
                                    [&](const auto& entry) { return now - entry.second.asked <= patience; });
}

bool StoreLink::is_silent() const {
  const int now = deployment_.schedule.now();
  return (asked_for_checkpoint_ && now - *asked_for_checkpoint_ > silence_timeout) ||
         std::any_of(questions_.begin(), questions_.end(),
                     [&](const auto& entry) { return now - entry.second.asked > silence_timeout; });
}

void StoreLink::tick() {
  if (!connection_) connect();
  if (!connection_) return;
  const std::size_t named = deployment_.sentinels.told_to(node_).value_or(connection_->server);
  const bool is_elsewhere = named != connection_->server && deployment_.servers.server(named).primary &&
                            deployment_.network.node_reaches(node_, named);
  if (is_silent() || is_elsewhere) return lose(connection_);
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
  for (const auto& [number, question] : std::exchange(questions_, {})) question.fail(Errc::outcome_unknown);
}

void StoreLink::crash() {
  if (connection_) connection_->closed_by_node = true;
  // A fence is put up by the process that lost the connection. Commands that are not compared are tried without the
  // bytes of processes that died: no fence would hold them back.
  if (!deployment_.guards.compared_first)
    for (const ConnectionPtr& connection : deployment_.network.connections())
      connection->ended_by_server |= connection->node == node_;
  ++life_;
  connection_.reset();
  connecting_ = false;
  questions_.clear();
  asked_for_checkpoint_.reset();
  lost_.clear();
  seen_.clear();
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
