#include "store/postgres/postgres_store.h"

#include <random>
#include <utility>

namespace cartd {
namespace {

constexpr std::chrono::seconds patience_at_start(3);

/// No two processes, and no two starts of one, begin at the same number.
Token first_token() {
  std::random_device random;
  return Token{random()} << 32 | random();
}

}  // namespace

boost::system::result<std::unique_ptr<PostgresStore>, std::string> PostgresStore::open(Options options,
                                                                                       Metrics& metrics) {
  std::unique_ptr<PostgresStore> store(new PostgresStore(std::move(options), metrics));
  std::string fault = store->database_.wait_for_first_attempt(patience_at_start);
  if (!fault.empty()) return fault;
  return store;
}

PostgresStore::PostgresStore(Options options, Metrics& metrics)
    : options_(std::move(options)),
      last_token_(first_token()),
      database_(options_.database, metrics),
      sweeper_(database_, metrics, options_.sweep_interval, options_.on_expired) {}

Token PostgresStore::next_token() {
  for (;;)
    if (const Token token = ++last_token_; token != 0) return token;
}

void PostgresStore::count_expired() const {
  if (options_.on_expired) options_.on_expired();
}

}  // namespace cartd
