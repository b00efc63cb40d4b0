// What clients ask of the nodes, and plain clients of Redis itself, and what they are told: the workload of the chaos
// tests, and adds of SKUs that nobody else uses, of which each is there once in the end, or not at all.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/workload.h"
#include "simulation/node.h"
#include "simulation/scenario.h"
#include "simulation/store_link.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cartd::simulation {

class Workload {
 public:
  static constexpr int last_operation = 300;

  using Nodes = std::array<std::unique_ptr<Node>, node_count>;

  /// `nodes` outlive it.
  Workload(const Deployment& deployment, Nodes& nodes, std::uint64_t seed, const Scenario& scenario);

  void start();
  /// Every operation was answered, but for those whose answer never comes.
  bool is_done() const { return active_clients_ == 0; }
  const std::vector<test::Exchange>& history() const { return history_; }
  std::vector<std::string> carts() const { return test::carts_of(options_); }

 private:
  struct Client {
    int number;
    test::WorkloadGenerator generator;
    int own_skus = 0;
  };

  bool is_plain(const Client& client) const { return client.number >= options_.clients; }
  void step(Client& client);
  test::Operation next(Client& client);
  void send(Client& client, const test::Operation& operation, int node);
  void send_to_redis(Client& client, const test::Operation& operation);
  void finish(Client& client, const test::Operation& operation, test::Exchange exchange);
  void trace(const test::Exchange& exchange);
  /// No two are the same, so that what came before what is known within a millisecond, too.
  test::Moment moment();

  const Deployment deployment_;
  Nodes& nodes_;
  const test::WorkloadOptions options_;
  std::vector<Client> clients_;
  std::size_t active_clients_ = 0;
  test::Moment last_moment_{0};
  std::vector<test::Exchange> history_;
};

}  // namespace cartd::simulation
