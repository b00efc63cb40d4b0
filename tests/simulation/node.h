// A cartd of the run: takes commands on, journals them where it has a disk, brings them to the store in the order of
// their cart, and crashes and starts again. What decides is the product's: the cart's queue, the execution of a command
// and what an answer means.
#pragma once

#include "domain/limits.h"
#include "outbox/core/cart_queue.h"
#include "simulation/disk.h"
#include "simulation/store_link.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace cartd::simulation {

enum class Answer {
  acknowledged,  ///< The store has it.
  from_journal,  ///< Acknowledged from the disk.
  unknown,       ///< 504, or the node died.
  refused,       ///< Surely not done.
};

class Node {
 public:
  using Answered = std::function<void(Answer)>;

  Node(const Deployment& deployment, std::size_t number, bool has_journal);

  void start();
  bool is_up() const { return is_up_; }
  /// While it is up. Every command is answered.
  void submit(const CartId& cart, Change change, Answered answered);

  /// Up again after `downtime`, with what its disk has kept.
  void crash(int downtime);
  void jump_clock(std::chrono::milliseconds by) { clock_offset_ += by; }
  StoreLink& link() { return link_; }
  Disk* disk() { return has_journal_ ? &disk_ : nullptr; }

  /// Everything is answered, nothing waits, and nothing that the store has could still be lost.
  bool is_at_rest() const;
  /// Attempts beyond a command's first.
  std::size_t repetitions() const { return repetitions_; }

 private:
  struct Request {
    CartId cart;
    Change change;
    CommandId command_id;
    Answered answered;
    bool in_store = false;
    bool on_disk = false;
    bool acknowledged = false;  ///< Without the store's answer.
  };
  using RequestPtr = std::shared_ptr<Request>;
  struct Attempt;
  using AttemptPtr = std::shared_ptr<Attempt>;

  CommandId next_command_id();
  void tick();
  void tell_queues();
  void release_durable();
  void drive(const CartId& cart);
  void go_on(const AttemptPtr& attempt, Execution::Step step);
  void finish(const AttemptPtr& attempt, const Result<Applied>& result);
  void answer_when_ready(const RequestPtr& request);
  void answer(const RequestPtr& request, Answer answer);
  void refuse(const RequestPtr& request);
  void give_up(const RequestPtr& request);

  const Deployment deployment_;
  const std::size_t number_;
  const bool has_journal_;
  const Policy policy_{};
  Disk disk_;
  StoreLink link_;
  bool is_up_ = false;
  std::uint64_t life_ = 0;
  std::uint64_t last_sequence_ = 0;
  std::chrono::milliseconds clock_offset_{0};
  std::map<CartId, CartQueue> queues_;
  std::map<std::uint64_t, RequestPtr> requests_;  ///< That are not answered, by sequence.
  std::uint64_t told_epoch_ = 0;                  ///< That all queues were told of.
  std::set<std::pair<ProducerId, std::uint64_t>> attempted_;
  std::size_t repetitions_ = 0;
};

}  // namespace cartd::simulation
