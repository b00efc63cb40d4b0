#include "chaos/workload/client_pool.h"

#include "chaos/run/pause.h"

#include <optional>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto insisting_patience = 60s;

}  // namespace

ClientPool::ClientPool(const WorkloadOptions& workload, int requests_per_second, const std::vector<std::uint16_t>& ports, History& history,
                       Clock::time_point began)
    : interval_(1000ms * workload.clients / requests_per_second) {
  for (int i = 0; i < workload.clients; ++i) {
    threads_.emplace_back([this, workload, i, ports, &history, began] {
      try {
        Client client(i, ports, history, began);
        run_client(workload, i, client);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!fault_) fault_ = std::current_exception();
      }
    });
  }
}

ClientPool::~ClientPool() { join(); }

std::size_t ClientPool::finish() {
  join();
  if (fault_) std::rethrow_exception(fault_);
  return unacknowledged_;
}

void ClientPool::join() {
  ending_.request_stop();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void ClientPool::run_client(const WorkloadOptions& workload, int number, Client& client) {
  WorkloadGenerator generator(workload, number);
  // Not all at once.
  auto wait = interval_ * generator.below(100) / 100;
  while (pause(wait, ending_.get_token())) {
    const Operation operation = generator.next();
    generator.learn(operation, execute(client, generator, operation));
    wait = interval_ * (50 + generator.below(100)) / 100;
  }
}

Outcome ClientPool::execute(Client& client, WorkloadGenerator& generator, const Operation& operation) {
  Outcome outcome = client.attempt(operation, operation.server);
  if (operation.key.empty() || outcome == Outcome::acknowledged) return outcome;
  bool sent = outcome == Outcome::unknown;
  std::optional<Clock::time_point> end;
  while (!end || Clock::now() < *end) {
    if (!end && ending_.stop_requested()) end = Clock::now() + insisting_patience;
    pause(std::chrono::milliseconds(100 + generator.below(400)));
    outcome = client.attempt(operation, operation.roams ? generator.any_server() : operation.server);
    if (outcome == Outcome::acknowledged) return outcome;
    sent = sent || outcome == Outcome::unknown;
  }
  ++unacknowledged_;
  return sent ? Outcome::unknown : Outcome::refused;
}

}  // namespace cartd::test
