#include "chaos/workload/client_pool.h"

#include "chaos/run/pause.h"

#include <optional>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto insisting_patience = 60s;

}  // namespace

Audience::Audience(const Crowd& crowd, int requests_per_second, const std::vector<std::uint16_t>& ports, History& history,
                   Clock::time_point began)
    : interval_(1000ms * crowd.clients / requests_per_second) {
  for (int i = 0; i < crowd.clients; ++i) {
    threads_.emplace_back([this, crowd, i, ports, &history, began] {
      try {
        Client client(i, ports, history, began);
        attend(crowd, i, client);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!fault_) fault_ = std::current_exception();
      }
    });
  }
}

Audience::~Audience() { join(); }

std::size_t Audience::finish() {
  join();
  if (fault_) std::rethrow_exception(fault_);
  return unacknowledged_;
}

void Audience::join() {
  ending_.request_stop();
  for (std::thread& thread : threads_)
    if (thread.joinable()) thread.join();
}

void Audience::attend(const Crowd& crowd, int number, Client& client) {
  Shopper shopper(crowd, number);
  // Not all at once.
  auto pause = interval_ * shopper.below(100) / 100;
  while (rest(pause, ending_.get_token())) {
    const Wish wish = shopper.next();
    shopper.learn(wish, fulfil(client, shopper, wish));
    pause = interval_ * (50 + shopper.below(100)) / 100;
  }
}

Outcome Audience::fulfil(Client& client, Shopper& shopper, const Wish& wish) {
  Outcome outcome = client.attempt(wish, wish.server);
  if (wish.key.empty() || outcome == Outcome::acknowledged) return outcome;
  bool sent = outcome == Outcome::unknown;
  std::optional<Clock::time_point> end;
  while (!end || Clock::now() < *end) {
    if (!end && ending_.stop_requested()) end = Clock::now() + insisting_patience;
    rest(std::chrono::milliseconds(100 + shopper.below(400)));
    outcome = client.attempt(wish, wish.roams ? shopper.any_server() : wish.server);
    if (outcome == Outcome::acknowledged) return outcome;
    sent = sent || outcome == Outcome::unknown;
  }
  ++unacknowledged_;
  return sent ? Outcome::unknown : Outcome::refused;
}

}  // namespace cartd::test
