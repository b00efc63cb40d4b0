#include "simulation/workload.h"

#include "simulation/plain_write.h"
#include "simulation/translation.h"

#include <algorithm>
#include <utility>

namespace cartd::simulation {
namespace {

using test::Exchange;
using test::Op;
using test::Operation;

constexpr int client_count = 6;

test::WorkloadOptions options_of(std::uint64_t seed, const Scenario& scenario) {
  return {.seed = seed,
          .clients = scenario.has_plain_clients ? 4 : client_count,
          .servers = node_count,
          .carts = scenario.has_plain_clients ? 2 : 5,
          .plain_clients = scenario.has_plain_clients ? 2 : 0};
}

}  // namespace

Workload::Workload(const Deployment& deployment, Nodes& nodes, std::uint64_t seed, const Scenario& scenario)
    : deployment_(deployment), nodes_(nodes), options_(options_of(seed, scenario)) {
  for (int i = 0; i < options_.clients + options_.plain_clients; ++i)
    clients_.push_back({i, test::WorkloadGenerator(options_, i)});
}

void Workload::start() {
  active_clients_ = clients_.size();
  for (Client& client : clients_) step(client);
}

test::Moment Workload::moment() {
  const test::Moment now = std::chrono::milliseconds(deployment_.schedule.now());
  last_moment_ = std::max(now, last_moment_ + test::Moment(1));
  return last_moment_;
}

void Workload::step(Client& client) {
  Schedule& schedule = deployment_.schedule;
  schedule.after(schedule.between(1, 30), [this, &client] {
    if (deployment_.schedule.now() > last_operation) {
      --active_clients_;
      return;
    }
    const Operation operation = next(client);
    if (is_plain(client)) send_to_redis(client, operation);
    else send(client, operation, operation.server);
  });
}

Operation Workload::next(Client& client) {
  Operation operation = client.generator.next();
  const bool is_any_change = operation.op == Op::add && operation.key.empty() && !operation.expected;
  if (is_any_change && client.generator.below(2) == 0) {
    operation.sku = "once-" + std::to_string(client.number) + "-" + std::to_string(++client.own_skus);
    operation.n = 1;
  }
  return operation;
}

void Workload::send(Client& client, const Operation& operation, int node) {
  Node& at = *nodes_[static_cast<std::size_t>(node)];
  const Exchange exchange = begin_exchange(operation, client.number, node, moment());
  const auto answered = [this, &client, operation, exchange](const auto& result) {
    Exchange told = exchange;
    if (result) record_answer(told, *result);
    else told.outcome = operation.op == Op::read ? test::Outcome::refused : test::Outcome::unknown;
    finish(client, operation, std::move(told));
  };
  if (!at.is_up()) {
    Exchange told = exchange;
    told.outcome = test::Outcome::refused;
    return finish(client, operation, std::move(told));
  }
  const CartId cart = *CartId::parse(operation.cart);
  if (operation.op == Op::read) at.find(cart, answered);
  else at.submit(cart, change_of(operation), answered);
}

// Over a connection of its own, which it opens again as soon as it may.
void Workload::send_to_redis(Client& client, const Operation& operation) {
  Schedule& schedule = deployment_.schedule;
  Exchange exchange = begin_exchange(operation, client.number, -1, moment());
  schedule.after(schedule.between(1, 4), [this, &client, operation, exchange, &schedule]() mutable {
    const std::size_t number = deployment_.sentinels.agreed();
    Server& server = deployment_.servers.server(number);
    exchange.outcome = test::Outcome::refused;
    if (server.up && server.primary) {
      const CartId cart = *CartId::parse(operation.cart);
      exchange.reply = write_plainly(server.cart(cart), operation);
      deployment_.servers.replicate(number, cart);
      exchange.outcome = test::Outcome::acknowledged;
      if (schedule.chance(3)) {
        exchange.outcome = test::Outcome::unknown;
        exchange.reply.reset();
      }
    }
    schedule.after(schedule.between(1, 4),
                   [this, &client, operation, exchange] { finish(client, operation, exchange); });
  });
}

void Workload::trace(const Exchange& exchange) {
  const std::uint64_t version = exchange.seen ? exchange.seen->version : exchange.version.value_or(0);
  const auto line = exchange.seen ? exchange.seen->quantities.find(exchange.sku) : test::Quantities::const_iterator();
  const std::int64_t quantity = exchange.seen && line != exchange.seen->quantities.end() ? line->second : 0;
  deployment_.schedule.trace("client ", exchange.client, " at node ", exchange.server, ": ", to_string(exchange.op),
                             ' ', exchange.n, ' ', exchange.sku, " of cart ", exchange.cart, " key ", exchange.key,
                             " began ", exchange.start.count(), " us, ended ", exchange.end.count(),
                             " us: ", to_string(exchange.outcome), ", status ", exchange.status, ", version ", version,
                             ", quantity ", quantity, exchange.degraded ? ", degraded" : "");
}

void Workload::finish(Client& client, const Operation& operation, Exchange exchange) {
  exchange.end = moment();
  const bool is_final = exchange.status == 412 || exchange.status == 404;
  test::Answer answer{.outcome = exchange.outcome, .version = exchange.version, .mismatch = is_final};
  if (exchange.seen && !exchange.degraded) answer.version = exchange.seen->version;
  trace(exchange);
  history_.push_back(std::move(exchange));
  const bool again = !operation.key.empty() && answer.outcome != test::Outcome::acknowledged && !answer.mismatch;
  if (!again) {
    client.generator.learn(operation, answer);
    return step(client);
  }
  deployment_.schedule.after(deployment_.schedule.between(5, 30), [this, &client, operation] {
    send(client, operation, operation.roams ? client.generator.any_server() : operation.server);
  });
}

}  // namespace cartd::simulation
