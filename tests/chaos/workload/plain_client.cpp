#include "chaos/workload/plain_client.h"

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {
namespace {

std::vector<std::string> command_of(const Operation& operation) {
  std::vector<std::string> command{to_string(operation.op), "cart:" + operation.cart};
  if (operation.op != Op::del) command.push_back(operation.sku);
  if (operation.op == Op::hincrby || operation.op == Op::hset) command.push_back(std::to_string(operation.n));
  return command;
}

}  // namespace

PlainClient::PlainClient(int number, std::uint16_t redis_port, History& history,
                         std::chrono::steady_clock::time_point began)
    : number_(number), redis_port_(redis_port), history_(history), began_(began) {}

Moment PlainClient::now() const {
  return std::chrono::duration_cast<Moment>(std::chrono::steady_clock::now() - began_);
}

void PlainClient::attempt(const Operation& operation) {
  // No cartd has this number.
  Exchange record = begin_exchange(operation, number_, -1, now());
  RedisValue value;
  try {
    record.outcome = Outcome::refused;
    if (!connection_) connection_.emplace(redis_port_);
    record.outcome = Outcome::unknown;
    value = connection_->command(command_of(operation));
    record.outcome = Outcome::acknowledged;
  } catch (const std::runtime_error&) {
    connection_.reset();
  }
  record.end = now();
  if (record.outcome == Outcome::acknowledged) {
    if (value.type != RedisValue::Type::integer)
      throw std::runtime_error("Redis answers a plain client: " + value.text);
    record.reply = value.integer;
  }
  history_.add(std::move(record));
}

}  // namespace cartd::test
