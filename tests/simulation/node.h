// A cartd of the run: the product's outbox/core/outbox_core.h, driven with the simulated store, disk and clock. It
// crashes, and starts again with what its disk has kept.
#pragma once

#include "domain/limits.h"
#include "outbox/core/outbox_core.h"
#include "simulation/disk.h"
#include "simulation/scenario.h"
#include "simulation/store_link.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace cartd::simulation {

class Node {
 public:
  /// Told nothing when the node dies first.
  template <class Value>
  using Done = std::function<void(std::optional<Result<Value>>)>;

  Node(const Deployment& deployment, std::size_t number, const Scenario& scenario);

  void start();
  bool is_up() const { return core_ != nullptr; }
  /// While it is up.
  void submit(const CartId& cart, Change change, Done<Acknowledged> done);
  void find(const CartId& cart, Done<Found> done);

  /// Up again after `downtime`, with what its disk has kept.
  void crash(int downtime);
  void jump_clock(std::chrono::milliseconds by) { clock_offset_ += by; }
  StoreLink& link() { return link_; }
  /// Null without a journal.
  Disk* disk() { return has_journal_ ? &disk_ : nullptr; }

  /// Nothing waits, and nothing that the store has could still be lost.
  bool is_at_rest() const { return core_ && core_->is_idle(); }
  /// When it crashed, by the steady clock of the run, in milliseconds.
  const std::vector<int>& crashes() const { return crashes_; }
  /// Of all its lives.
  OutboxFigures figures() const;
  /// How many applied sequences of dead producers its commits were to drop.
  std::size_t dropped_sequences() const { return dropped_sequences_; }

 private:
  Instant now() const;
  template <class Input>
  void tell(Input input);
  void perform();
  void begin(outbox::LoadCart action);
  void begin(outbox::CommitCart action);
  void begin(outbox::AddToCart action);
  void begin(outbox::ReadCart action);
  void begin(outbox::Append action);
  void begin(outbox::Accept action);
  void begin(const outbox::Release& action);
  void begin(outbox::ReleaseNow action);
  void begin(const outbox::KeepDeadLetter& action);
  void begin(const outbox::Revive& action);
  void begin(outbox::CompleteChange action);
  void begin(outbox::CompleteRead action);
  void begin(const outbox::CompleteRetry& action);
  void set_timer();
  void tick_link();
  ProducerId producer_of(std::uint64_t life) const;
  std::vector<ProducerId> dead_producers() const;

  const Deployment deployment_;
  const std::size_t number_;
  const bool has_journal_;
  const bool memory_while_away_;
  const Policy policy_{};
  Disk disk_;
  StoreLink link_;
  std::unique_ptr<OutboxCore> core_{};  ///< Null while it is down.
  bool is_performing_ = false;
  std::uint64_t life_ = 1;
  std::optional<int> timer_{};
  std::chrono::milliseconds clock_offset_{0};
  RequestId last_request_ = 0;
  std::map<RequestId, Done<Acknowledged>> changes_;
  std::map<RequestId, Done<Found>> reads_;
  OutboxFigures earlier_{};
  std::vector<int> crashes_{};
  std::size_t dropped_sequences_ = 0;
};

}  // namespace cartd::simulation
