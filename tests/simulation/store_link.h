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
#include "store/execute.h"

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

class StoreLink {
 public:
  template <class Value>
  using Done = std::function<void(Result<Value>)>;

  StoreLink(const Deployment& deployment, std::size_t node)
      : deployment_(deployment), node_(node), last_token_(Token{node} << 32) {}

  /// Told when there is a connection, before anything is sent over it.
  void on_connected(std::function<void()> connected) { connected_ = std::move(connected); }

  /// As CartStore's; `done` is called later, or at once when there is no connection. Never after crash().
  std::optional<Loaded> known(const CartId& id) const;
  void load(const CartId& id, Done<Loaded> done);
  void commit(CommitRequest request, Done<Committed> done);
  /// Not compared with anything: what the product does not do.
  void apply_unseen(const ApplyRequest& request, const Policy& policy, Done<Applied> done);

  bool is_connected() const { return connection_ != nullptr; }
  /// False, too, when the server owes an answer for a while.
  bool serves() const;
  /// 0: none.
  std::uint64_t epoch() const { return connection_ ? connection_->epoch : 0; }
  /// The newest that was found, and up to which checkpoint it is durable.
  std::uint64_t last_epoch() const { return safety_ ? safety_->epoch() : 0; }
  std::uint64_t durable_checkpoint() const { return safety_ ? safety_->durable_checkpoint() : 0; }

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
    std::function<void(Errc)> fail;
  };
  /// What a server says to a question; nothing when it is no primary.
  template <class Value>
  using Ask = std::function<Result<Value>(Server&)>;

  template <class Value>
  void ask(Errc when_lost, Ask<Value> question, Done<Value> done);
  SnapshotPtr seen(const CartId& id, SnapshotPtr snapshot);
  bool is_silent() const;
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
  std::unique_ptr<redis::Safety> safety_;
  std::size_t server_ = 0;    ///< That `safety_` is about.
  std::uint64_t visits_ = 0;  ///< To servers.
};

}  // namespace cartd::simulation
