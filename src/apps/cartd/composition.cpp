#include "apps/cartd/composition.h"

#include "apps/cartd/link_watch.h"
#include "apps/cartd/machine.h"
#include "apps/cartd/openapi.h"
#include "runtime/clock.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "service/cart_service.h"
#include "service/shard.h"
#include "service/user_service.h"
#include "store/memory/memory_cart_store.h"
#include "store/memory/memory_user_store.h"
#include "store/redis/redis_cart_store.h"
#include "store/redis/redis_user_store.h"
#include "transport/http/server.h"

#include <boost/asio/post.hpp>

#include <utility>
#include <vector>

namespace cartd::app {
namespace {

HttpOptions http_options(const Settings& settings) {
  HttpOptions options;
  options.address = settings.listen.host;
  options.port = settings.listen.port;
  options.limits = settings.http_limits;
  options.timeouts = settings.http_timeouts;
  options.openapi = openapi_text;
  options.store_kind = settings.redis ? "redis" : "memory";
  return options;
}

CartServiceOptions service_options(const Settings& settings) { return {settings.policy, settings.store_deadline}; }

}  // namespace

/// The members stand in the order in which they need each other.
class Composition::Impl {
 public:
  explicit Impl(const Settings& settings)
      : settings_(settings),
        budget_(settings.max_memory.value_or(memory_bytes() / 2)),
        watch_(metrics_),
        expirations_(metrics_.counter("cartd_expirations_total", "Carts that were found expired.", {})),
        reactors_(settings.threads) {
    for (std::size_t i = 0; i < reactors_.size(); ++i)
      shards_.push_back(settings_.redis ? redis_shard(reactors_[i]) : memory_shard(reactors_[i]));
    carts_ = std::make_unique<CartService>(reactors_, shards_, clock_, metrics_, service_options(settings_));
    users_ = std::make_unique<UserService>(reactors_, shards_, *carts_, service_options(settings_));
    HttpOptions options = http_options(settings_);
    options.outbox_depth = [this] { return carts_->outbox_depth(); };
    server_ = std::make_unique<HttpServer>(reactors_, *carts_, *users_, metrics_, std::move(options));
  }

  /// The loops end before anything that their coroutines use.
  ~Impl() {
    server_.reset();
    reactors_.stop();
  }

  void start() {
    server_->start();
    for (std::size_t i = 0; i < links_.size(); ++i) boost::asio::post(reactors_[i].io(), [&link = *links_[i]] { link.start(); });
    reactors_.start();
  }

  ListenAddress listening_on() const { return {settings_.listen.host, server_->port()}; }

  bool drain() { return server_->drain(); }

 private:
  Shard memory_shard(Reactor& reactor) {
    const auto on_expired = [this] { expirations_.add(); };
    return {std::make_unique<MemoryCartStore>(reactor.io().get_executor(), settings_.policy, clock_, budget_, on_expired),
            std::make_unique<MemoryUserStore>(settings_.policy.limits, budget_)};
  }

  Shard redis_shard(Reactor& reactor) {
    const auto on_expired = [this] { expirations_.add(); };
    links_.push_back(
        std::make_unique<redis::Link>(reactor.io().get_executor(), *settings_.redis, redis::LinkOptions{}, &watch_.observer()));
    redis::Link& link = *links_.back();
    return {std::make_unique<RedisCartStore>(link, settings_.policy, clock_, on_expired),
            std::make_unique<RedisUserStore>(link, settings_.policy.limits)};
  }

  const Settings settings_;
  SystemClock clock_;
  Metrics metrics_;
  MemoryBudget budget_;
  LinkWatch watch_;
  Counter& expirations_;
  Reactors reactors_;
  std::vector<std::unique_ptr<redis::Link>> links_;
  std::vector<Shard> shards_;
  std::unique_ptr<CartService> carts_;
  std::unique_ptr<UserService> users_;
  std::unique_ptr<HttpServer> server_;
};

Composition::Composition(const Settings& settings) : impl_(std::make_unique<Impl>(settings)) {}
Composition::~Composition() = default;
void Composition::start() { impl_->start(); }
ListenAddress Composition::listening_on() const { return impl_->listening_on(); }
bool Composition::drain() { return impl_->drain(); }

std::string store_text(const Settings& settings) { return settings.redis ? "redis " + redis::printable(*settings.redis) : "memory"; }

}  // namespace cartd::app
