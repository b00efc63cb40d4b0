#include "apps/cartd/composition.h"

#include "api/rest/context.h"
#include "api/rest/routes.h"
#include "apps/cartd/checkpoints.h"
#include "apps/cartd/machine.h"
#include "apps/cartd/stores.h"
#include "http/server.h"
#include "journal/journal.h"
#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/loop_lag.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "runtime/spawn.h"
#include "service/cart_service.h"
#include "service/moving.h"
#include "service/user_service.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

namespace cartd::app {
namespace {

/// A container's limit may change while it runs.
std::uint64_t http_memory() {
  constexpr std::uint64_t least = std::uint64_t{16} << 20;
  return std::max(least, memory_bytes() / 8);
}

http::Options http_options(const Settings& settings) {
  http::Options options;
  options.address = settings.listen.host;
  options.port = settings.listen.port;
  options.limits = settings.http_limits;
  options.timeouts = settings.http_timeouts;
  options.limits.memory_bytes = settings.max_http_memory.value_or(http_memory());
  if (!settings.max_http_memory) options.memory_limit = http_memory;
  return options;
}

CartServiceOptions service_options(const Settings& settings) {
  return {.policy = settings.policy,
          .store_deadline = settings.store_deadline,
          .outbox_memory = settings.outbox_memory.value_or(memory_bytes() / 4),
          .retention = settings.retention,
          .memory_while_away = (settings.redis || has_database(settings)) && while_away(settings) == WhileAway::memory};
}

/// Throws std::runtime_error when there is no journal to be had in the folder.
std::unique_ptr<Journal> open_journal(const Settings& settings) {
  if (!has_journal(settings)) return nullptr;
  make_data_dir(settings);
  auto journal = Journal::open({settings.data_dir / "journal", settings.max_journal, settings.journal_deadline});
  if (!journal) throw std::runtime_error(where_of_data(settings) + journal.error());
  return std::move(*journal);
}

const char* name_of(StoreKind kind) {
  switch (kind) {
    case StoreKind::memory: return "memory";
    case StoreKind::embedded: return "embedded";
    case StoreKind::redis: return "redis";
    case StoreKind::postgresql: return "postgresql";
    case StoreKind::mongodb: return "mongodb";
  }
  return "";
}

// How long a shutdown waits for what the store is still owed, at least. Where that is lost otherwise, it waits as long
// as --drain-timeout.
constexpr std::chrono::seconds settling_time(2);

}  // namespace

/// The members stand in the order in which they need each other.
class Composition::Impl {
 public:
  explicit Impl(const Settings& settings)
      : settings_(settings),
        budget_(settings.max_memory.value_or(memory_bytes() / 2)),
        loop_lag_(metrics_),
        reactors_(settings.threads),
        journal_(open_journal(settings)),
        stores_(settings_, clock_, metrics_, budget_, reactors_),
        shards_(stores_.shards()) {
    carts_ =
        std::make_unique<CartService>(reactors_, shards_, clock_, metrics_, journal_.get(), service_options(settings_));
    users_ = std::make_unique<UserService>(reactors_, shards_, *carts_, service_options(settings_));
    moving_ = std::make_unique<Moving>(reactors_, shards_, clock_, service_options(settings_));
    context_ = std::make_unique<rest::Context>(*carts_, *users_, *moving_, metrics_, name_of(store_kind(settings_)));
    if (EmbeddedStore* const embedded = stores_.embedded()) {
      checkpoints_.emplace(*embedded, settings_.data_dir);
      context_->make_checkpoint = [this](std::string name) { return checkpoints_->make(std::move(name)); };
    }
    server_ =
        std::make_unique<http::Server>(reactors_, rest::make_router(*context_), metrics_, http_options(settings_));
  }

  /// The loops end before anything that their coroutines use.
  ~Impl() {
    server_.reset();
    carts_->stop();
    reactors_.stop();
  }

  void start() {
    server_->start();
    for (std::size_t i = 0; i < reactors_.size(); ++i)
      spawn(reactors_[i].io().get_executor(), "measure the loop's lag", loop_lag_.measure());
    stores_.start();
    carts_->start();
    reactors_.start();
  }

  ListenAddress listening_on() const { return {settings_.listen.host, server_->port()}; }

  void announce_stop() { context_->stopping = true; }

  bool drain() {
    announce_stop();
    using Clock = std::chrono::steady_clock;
    const Clock::time_point deadline = Clock::now() + settings_.http_timeouts.drain;
    const bool all_are_answered = server_->drain();
    // Changes in the journal can wait for the next process.
    if (journal_) return all_are_answered;
    if (all_are_answered) settle(std::max(deadline, Clock::now() + settling_time));
    if (const std::int64_t lost = carts_->outbox().acknowledged; lost > 0)
      log(LogLevel::error, "acknowledged changes are lost: Redis did not take them before cartd ended",
          {{"changes", lost}});
    return all_are_answered;
  }

 private:
  // Until nothing is pending. Beyond settling_time it goes on only for what was acknowledged.
  void settle(std::chrono::steady_clock::time_point deadline) {
    const auto soon = std::chrono::steady_clock::now() + settling_time;
    for (;;) {
      const OutboxReport outbox = carts_->outbox();
      const auto now = std::chrono::steady_clock::now();
      const bool goes_on = now < soon ? outbox.pending > 0 : outbox.acknowledged > 0 && now < deadline;
      if (!goes_on) return;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  const Settings settings_;
  SystemClock clock_;
  Metrics metrics_;
  MemoryBudget budget_;
  LoopLag loop_lag_;
  Reactors reactors_;
  std::unique_ptr<Journal> journal_;
  Stores stores_;
  std::vector<Shard> shards_;
  std::optional<Checkpoints> checkpoints_{};
  std::unique_ptr<CartService> carts_;
  std::unique_ptr<UserService> users_;
  std::unique_ptr<Moving> moving_;
  std::unique_ptr<rest::Context> context_;
  std::unique_ptr<http::Server> server_;
};

Composition::Composition(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}
Composition::~Composition() = default;
void Composition::start() { impl_->start(); }
ListenAddress Composition::listening_on() const { return impl_->listening_on(); }
void Composition::announce_stop() { impl_->announce_stop(); }
bool Composition::drain() { return impl_->drain(); }

std::string carts_text(const Settings& settings) {
  switch (store_kind(settings)) {
    case StoreKind::memory: return "in memory";
    case StoreKind::embedded: return "in " + carts_folder(settings).string() + " (embedded, durable)";
    case StoreKind::redis: return "in Redis " + redis::printable(*settings.redis);
    case StoreKind::postgresql: return "in PostgreSQL " + postgres::printable(*settings.database);
    case StoreKind::mongodb: return "in MongoDB " + mongodb::printable(*settings.mongodb);
  }
  return "";
}

}  // namespace cartd::app
