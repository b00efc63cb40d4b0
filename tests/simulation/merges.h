// Clients of one customer that fill its guest's cart and merge it into its account, step by step as service/transfers.h
// does it: the source notes the transfer, the target takes it, and the source loses the lines. Nodes crash between the
// steps, clients give up between them, and all of it is tried again until it is acknowledged. In the end somebody reads
// the guest's cart, which has what was left in the middle finished.
#pragma once

#include "chaos/checker/history.h"
#include "domain/transfer.h"
#include "simulation/node.h"
#include "simulation/store_link.h"
#include "simulation/workload.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::simulation {

class Merges {
 public:
  static constexpr int client_count = 3;

  /// `nodes` outlive it.
  Merges(const Deployment& deployment, Workload::Nodes& nodes, std::uint64_t seed);

  void start();
  /// Every operation was answered.
  bool is_done() const { return active_ == 0; }
  const std::vector<test::PurchaseExchange>& history() const { return history_; }
  std::vector<std::string> carts() const { return {guest_.str(), account_.str()}; }

 private:
  /// A merge that is asked for until it is acknowledged.
  struct Merge {
    int client;
    Idempotency key;
    test::PurchaseExchange exchange;  ///< Of this attempt.
    std::string id;
  };
  using MergePtr = std::shared_ptr<Merge>;

  void step(int client);
  void read_last();
  void add(int client);
  void read(int client);
  void attempt(const MergePtr& merge);
  void replay(const MergePtr& merge, CartRecord target);
  void begin(const MergePtr& merge);
  void go_on(const MergePtr& merge, std::shared_ptr<const Transfer> transfer);
  void finish(const MergePtr& merge, std::shared_ptr<const Transfer> transfer, bool has_it);
  void trace(const MergePtr& merge, const Transfer& transfer);
  void end(const MergePtr& merge, test::Outcome outcome);

  /// Calls `then` with what the node answers, or with nothing, where it does not or the client gives up.
  template <class Then>
  void find(const CartId& cart, Then then);
  template <class Then>
  void change(const CartId& cart, Command command, Then then);
  test::PurchaseExchange exchange_of(int client, test::PurchaseOp op, const CartId& cart);
  void record(test::PurchaseExchange exchange);
  test::Moment moment();

  const Deployment deployment_;
  Workload::Nodes& nodes_;
  const std::size_t node_;  ///< All of the customer's requests go there.
  const CartId guest_;
  const CartId account_;
  int active_ = 0;
  int names_ = 0;
  test::Moment last_moment_{0};
  std::vector<test::PurchaseExchange> history_;
};

}  // namespace cartd::simulation
