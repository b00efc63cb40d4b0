#include "store/embedded/embedded_store.h"

#include <random>
#include <utility>

namespace cartd {
namespace {

// They mostly wait, for disks that can do several things at once.
constexpr std::size_t reader_threads = 4;

/// No two processes, and no two starts of one, begin at the same number.
Token first_token() {
  std::random_device random;
  return Token{random()} << 32 | random();
}

}  // namespace

boost::system::result<std::unique_ptr<EmbeddedStore>, std::string> EmbeddedStore::open(Options options,
                                                                                       const Clock& clock,
                                                                                       Metrics& metrics) {
  Counter& forgotten =
      metrics.counter("cartd_embedded_forgotten_total",
                      "Records of deleted and expired carts that the embedded store has dropped from its disk.", {});
  auto database =
      embedded::Database::open(options.folder, clock, [&forgotten, on_expired = options.on_expired](bool had_cart) {
        forgotten.add();
        if (had_cart && on_expired) on_expired();
      });
  if (!database) return database.error();
  return std::unique_ptr<EmbeddedStore>(new EmbeddedStore(std::move(options), std::move(*database), clock, metrics));
}

EmbeddedStore::EmbeddedStore(Options options, std::unique_ptr<embedded::Database> database, const Clock& clock,
                             Metrics& metrics)
    : options_(std::move(options)),
      clock_(clock),
      last_token_(first_token()),
      database_(std::move(database)),
      records_(options_.cache_bytes),
      readers_(*database_, reader_threads),
      writer_(*database_, records_, metrics, {options_.folder, options_.least_space}) {}

void EmbeddedStore::count_expired() const {
  if (options_.on_expired) options_.on_expired();
}

}  // namespace cartd
