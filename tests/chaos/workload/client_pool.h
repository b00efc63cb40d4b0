// The clients of a run, each a thread with its connections.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/client.h"
#include "chaos/workload/plain_client.h"
#include "chaos/workload/purchase_client.h"
#include "chaos/workload/workload.h"

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace cartd::test {

class ClientPool {
 public:
  /// They begin at once. `ports` are the cartds', `redis_port` is for plain clients; `history` outlives the clients,
  /// and its times count from `began`.
  ClientPool(const WorkloadOptions& workload, int requests_per_second, const std::vector<std::uint16_t>& ports,
             std::uint16_t redis_port, History& history, std::chrono::steady_clock::time_point began);
  ~ClientPool();
  ClientPool(const ClientPool&) = delete;
  ClientPool& operator=(const ClientPool&) = delete;

  /// Lets them begin nothing new, and waits until what was begun is done. Answers how many commands that were to be
  /// acknowledged were not, within a minute. Rethrows what a client threw.
  std::size_t finish();

 private:
  /// A client that acts for a customer, and another one for what is asked for twice at once.
  struct Purchasing {
    PurchaseGenerator generator;
    PurchaseClient client;
    PurchaseClient rival;
  };

  void join();
  /// Runs one client in a thread of its own.
  template <class Body>
  void start(Body body);
  /// Calls `attempt` again and again until it answers true: that it is done, or surely cannot be.
  template <class Attempt>
  void insist(WorkloadGenerator& generator, Attempt attempt);
  void run_plain_client(const WorkloadOptions& workload, int number, PlainClient& client);
  void run_client(const WorkloadOptions& workload, int number, Client& client, Purchasing& purchasing);
  Answer execute(Client& client, WorkloadGenerator& generator, const Operation& operation);
  PurchaseAnswer execute(Purchasing& purchasing, WorkloadGenerator& generator, const PurchaseOperation& operation);

  const std::chrono::milliseconds interval_;
  std::stop_source ending_;
  std::atomic<std::size_t> unacknowledged_{0};
  std::mutex mutex_;
  std::exception_ptr fault_;
  std::vector<std::thread> threads_;
};

}  // namespace cartd::test
