#include "chaos/workload/client_pool.h"

#include "chaos/run/pause.h"

#include <future>
#include <optional>
#include <utility>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto insisting_patience = 60s;

}  // namespace

template <class Body>
void ClientPool::start(Body body) {
  threads_.emplace_back([this, body = std::move(body)] {
    try {
      body();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      if (!fault_) fault_ = std::current_exception();
    }
  });
}

ClientPool::ClientPool(const WorkloadOptions& workload, int requests_per_second,
                       const std::vector<std::uint16_t>& ports, std::uint16_t redis_port, History& history,
                       Clock::time_point began)
    : interval_(1000ms * (workload.clients + workload.plain_clients) / requests_per_second) {
  for (int i = 0; i < workload.clients; ++i) {
    start([this, workload, i, ports, &history, began] {
      Client client(i, ports, history, began);
      Purchasing purchasing{PurchaseGenerator(workload, i), PurchaseClient(i, ports, history, began),
                            PurchaseClient(i, ports, history, began)};
      run_client(workload, i, client, purchasing);
    });
  }
  for (int i = workload.clients; i < workload.clients + workload.plain_clients; ++i) {
    start([this, workload, i, redis_port, &history, began] {
      PlainClient client(i, redis_port, history, began);
      run_plain_client(workload, i, client);
    });
  }
}

template <class Attempt>
void ClientPool::insist(WorkloadGenerator& generator, Attempt attempt) {
  std::optional<Clock::time_point> end;
  while (!end || Clock::now() < *end) {
    if (!end && ending_.stop_requested()) end = Clock::now() + insisting_patience;
    pause(std::chrono::milliseconds(100 + generator.below(400)));
    if (attempt()) return;
  }
  ++unacknowledged_;
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

void ClientPool::run_client(const WorkloadOptions& workload, int number, Client& client, Purchasing& purchasing) {
  WorkloadGenerator generator(workload, number);
  // Not all at once.
  auto wait = interval_ * generator.below(100) / 100;
  while (pause(wait, ending_.get_token())) {
    if (const auto operation = generator.next_for_user()) {
      client.attempt(*operation);
      continue;
    }
    if (const auto operation = purchasing.generator.next()) {
      purchasing.generator.learn(*operation, execute(purchasing, generator, *operation));
      continue;
    }
    const Operation operation = generator.next();
    generator.learn(operation, execute(client, generator, operation));
    wait = interval_ * (50 + generator.below(100)) / 100;
  }
}

void ClientPool::run_plain_client(const WorkloadOptions& workload, int number, PlainClient& client) {
  WorkloadGenerator generator(workload, number);
  auto wait = interval_ * generator.below(100) / 100;
  while (pause(wait, ending_.get_token())) {
    client.attempt(generator.next());
    wait = interval_ * (50 + generator.below(100)) / 100;
  }
}

Answer ClientPool::execute(Client& client, WorkloadGenerator& generator, const Operation& operation) {
  Answer answer = client.attempt(operation, operation.server);
  if (operation.key.empty() || answer.outcome == Outcome::acknowledged || answer.mismatch) return answer;
  bool sent = answer.outcome == Outcome::unknown;
  insist(generator, [&] {
    answer = client.attempt(operation, operation.roams ? generator.any_server() : operation.server);
    if (answer.outcome == Outcome::acknowledged) return true;
    sent = sent || answer.outcome == Outcome::unknown;
    answer.outcome = sent ? Outcome::unknown : Outcome::refused;
    return answer.mismatch;
  });
  return answer;
}

PurchaseAnswer ClientPool::execute(Purchasing& purchasing, WorkloadGenerator& generator,
                                   const PurchaseOperation& operation) {
  std::future<PurchaseAnswer> rival;
  for (const PurchaseOperation& other : operation.at_once)
    rival = std::async(std::launch::async, [&] { return purchasing.rival.attempt(other, other.server); });
  PurchaseAnswer answer = purchasing.client.attempt(operation, operation.server);
  if (rival.valid()) rival.get();
  if (!operation.insists || answer.outcome == Outcome::acknowledged || answer.is_final) return answer;
  insist(generator, [&] {
    answer = purchasing.client.attempt(operation, operation.roams ? generator.any_server() : operation.server);
    return answer.outcome == Outcome::acknowledged || answer.is_final;
  });
  return answer;
}

}  // namespace cartd::test
