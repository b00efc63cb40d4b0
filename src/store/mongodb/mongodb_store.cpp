#include "store/mongodb/mongodb_store.h"

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

boost::system::result<std::unique_ptr<MongodbStore>, std::string> MongodbStore::open(Options options,
                                                                                     Metrics& metrics) {
  std::unique_ptr<MongodbStore> store(new MongodbStore(std::move(options), metrics));
  std::string fault = store->database_.wait_for_first_attempt(patience_at_start);
  if (!fault.empty()) return fault;
  return store;
}

MongodbStore::MongodbStore(Options options, Metrics& metrics)
    : options_(std::move(options)),
      corrupt_(metrics.counter("cartd_mongodb_corrupt_total",
                               "Reads that met a document which cannot be decoded; it stays as it is.", {})),
      last_token_(first_token()),
      database_(options_.database, metrics),
      sweeper_(database_, metrics, options_.sweep_interval, options_.on_expired) {}

Token MongodbStore::next_token() {
  for (;;)
    if (const Token token = ++last_token_; token != 0) return token;
}

void MongodbStore::count_expired() const {
  if (options_.on_expired) options_.on_expired();
}

}  // namespace cartd
