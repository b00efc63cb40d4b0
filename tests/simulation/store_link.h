// A node's way to the servers: finds the primary, asks it, notices when it is silent or another one is named, and knows
// from when on a write is durable (redis/replication/safety.h). It remembers the records that it saw, as the adapter of
// the product does.
#pragma once

#include "redis/replication/safety.h"
#include "simulation/guards.h"
#include "simulation/network.h"
#include "simulation/replication.h"
#include "simulation/schedule.h"
#include "simulation/sentinels.h"
#include "store/cart_store.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cartd::simulation {

/// What all nodes of a run share.
struct Deployment {
  Schedule& schedule;
  Network& network;
  Replication& servers;
  Sentinels& sentinels;
  const Guards& guards;
};

class StoreLink : public StoreView {
 public:
  template <class Value>
  using Done = std::function<void(Result<Value>)>;

  StoreLink(const Deployment& deployment, std::size_t node)
      : deployment_(deployment), node_(node), last_token_(Token{node} << 32) {}

  /// Told when there is a connection.
  void on_connected(std::function<void()> connected) { connected_ = std::move(connected); }

  /// As CartStore's. `done` is called later, and never after crash().
  void load(const CartId& id, Deadline deadline, Done<Loaded> done);
  void commit(CommitRequest request, Done<Committed> done);
  void add(AddRequest request, Done<Added> done);

  std::optional<Loaded> known(const CartId& id) override;
  Durability durability() const override { return Durability::primary; }
  bool serves(const CartId& id) const override;
  std::uint64_t epoch_of(const CartId& id) const override;
  std::uint64_t durable_checkpoint(std::uint64_t epoch) const override;

  /// Connects, gives a silent server up, and asks what is durable.
  void tick();
  /// The connection is gone: whatever is asked ends now.
  void lose(const ConnectionPtr& connection);
  void lose() { lose(connection_); }
  /// Forgets everything; nothing that was asked ends.
  void crash();

 private:
  struct Question {
    int asked;
    std::function<void()> fail;  ///< Nothing: its time was over before.
  };
  template <class Value>
  using Ask = std::function<Result<Value>(Server&)>;

  template <class Value>
  void ask(Errc when_lost, Deadline deadline, Ask<Value> question, Done<Value> done);
  template <class Value>
  void answer_soon(Result<Value> answer, Done<Value> done);
  void fail(std::uint64_t number);
  void learn(const CartId& id, const std::vector<AppliedSequence>& committed);
  SnapshotPtr show(const CartId& id, SnapshotPtr snapshot);
  bool owes_answer_for(int duration) const;
  void connect();
  void connect_to(std::size_t server);
  void ask_for_checkpoint();
  void ask_sentinels();
  /// Another server, or the same one found again, is an epoch of its own.
  std::uint64_t epoch_seen(std::uint64_t epoch) const { return epoch * 1'000'000 + visits_; }

  const Deployment deployment_;
  const std::size_t node_;
  Token last_token_;
  std::function<void()> connected_;
  ConnectionPtr connection_{};
  bool connecting_ = false;
  std::uint64_t life_ = 1;
  std::uint64_t last_question_ = 0;
  std::map<std::uint64_t, Question> questions_;
  std::optional<int> asked_for_checkpoint_;
  std::vector<ConnectionPtr> lost_;
  std::map<CartId, SnapshotPtr> seen_;
  /// The newest sequence of each producer whose commit was answered.
  std::map<std::pair<CartId, ProducerId>, std::uint64_t> answered_;
  std::unique_ptr<redis::Safety> safety_;
  std::size_t server_ = 0;    ///< That `safety_` is about.
  std::uint64_t visits_ = 0;  ///< To servers.
};

}  // namespace cartd::simulation
