#include "apps/cartd/redis_watch.h"

#include "redis/connection/handshake.h"
#include "redis/protocol/endpoint.h"
#include "runtime/log.h"

#include <algorithm>
#include <utility>

namespace cartd::app {
namespace {

Counter& redirects(Metrics& metrics, const char* kind) {
  return metrics.counter("cartd_redis_redirects_total",
                         "Commands that a server redirected or refused because another server has the key.",
                         {{"kind", kind}});
}

// Addresses that have a figure of their own, in the life of a process.
constexpr std::size_t most_shown = 1024;

Gauge& primary(Metrics& metrics, const std::string& address) {
  return metrics.gauge("cartd_redis_primary", "1 for each current primary.", {{"address", address}});
}

}  // namespace

std::string servers_named(const redis::Deployment& deployment) {
  std::string names;
  for (const redis::Url& seed : deployment.seeds) {
    if (!names.empty()) names += ", ";
    names += redis::printable(redis::endpoint_of(seed));
  }
  return names;
}

/// Remembers its client's state, which only that client's executor changes.
class RedisWatch::Observer final : public redis::ClientObserver {
 public:
  explicit Observer(RedisWatch& watch) : watch_(watch) {}

  void on_state(redis::LinkState state, const std::string& /*why*/) override {
    const redis::LinkState before = std::exchange(state_, state);
    if (before == redis::LinkState::up) watch_.went_away();
    if (state == redis::LinkState::up) watch_.went_up();
  }

  void on_cluster_found() override { watch_.found_cluster(); }

  void on_missing(const std::string& command) override { watch_.lacks(command); }

  void on_error_reply(const std::string& code, std::string_view text) override { watch_.answered_error(code, text); }

 private:
  RedisWatch& watch_;
  redis::LinkState state_ = redis::LinkState::connecting;
};

/// A client's counts when they were last published.
struct RedisWatch::Looked {
  redis::RedirectCounts redirects{};
  std::uint64_t connections_lost = 0;
};

RedisWatch::RedisWatch(Metrics& metrics, std::string deployment)
    : metrics_(metrics),
      deployment_(std::move(deployment)),
      up_(metrics.up_down_counter("cartd_redis_links_up", "Event loops whose connections to Redis all work now.", {})),
      map_version_(metrics.gauge("cartd_redis_map_version", "Rises with each failover and moved slot.", {})),
      slots_without_owner_(
          metrics.gauge("cartd_redis_slots_without_owner", "Hash slots, of 16384, that no known server serves.", {})),
      sentinels_(metrics.gauge("cartd_redis_sentinels_answering", "Sentinels that answered last time.", {})),
      losses_(metrics.counter("cartd_redis_link_losses_total", "Lost connections to Redis.", {})),
      degraded_seconds_(
          metrics.counter("cartd_degraded_seconds_total", "Time during which Redis could not serve every cart.", {})) {}

RedisWatch::~RedisWatch() = default;

redis::ClientObserver& RedisWatch::observer() {
  observers_.push_back(std::make_unique<Observer>(*this));
  looked_.push_back(std::make_unique<Looked>());
  return *observers_.back();
}

void RedisWatch::look(std::size_t client, const redis::ClientStatus& status, std::chrono::milliseconds passed) {
  Looked& before = *looked_[client];
  const auto add = [&](const char* kind, std::uint64_t redis::RedirectCounts::*count) {
    redirects(metrics_, kind).add(static_cast<double>(status.redirects.*count - before.redirects.*count));
  };
  add("moved", &redis::RedirectCounts::moved);
  add("ask", &redis::RedirectCounts::ask);
  add("tryagain", &redis::RedirectCounts::try_again);
  add("readonly", &redis::RedirectCounts::read_only);
  losses_.add(static_cast<double>(status.connections_lost - before.connections_lost));
  before = {status.redirects, status.connections_lost};
  log_outages(client, status);
  // All clients of the process see the same servers, so one of them speaks for all.
  if (client != 0) return;
  show_primaries(status);
  log_owners(status);
  if (!status.why.empty()) degraded_seconds_.add(std::chrono::duration<double>(passed).count());
}

void RedisWatch::show_primaries(const redis::ClientStatus& status) {
  map_version_.set(static_cast<double>(status.map_version));
  slots_without_owner_.set(static_cast<double>(status.slots_without_owner));
  if (status.topology == redis::Topology::sentinel) sentinels_.set(static_cast<double>(status.sentinels_answering));
  // A figure stays for the life of the process, and servers can be made up without an end.
  std::vector<std::string> now;
  for (const redis::PrimaryStatus& one : status.primaries) {
    if (shown_.size() < most_shown) shown_.insert(one.address);
    if (shown_.contains(one.address)) now.push_back(one.address);
  }
  for (const std::string& address : primaries_)
    if (std::find(now.begin(), now.end(), address) == now.end()) primary(metrics_, address).set(0);
  for (const std::string& address : now) primary(metrics_, address).set(1);
  primaries_ = std::move(now);
}

void RedisWatch::log_owners(const redis::ClientStatus& status) {
  if (std::exchange(topology_, status.topology) != status.topology) owners_ = OwnersLog();
  Owners owners;
  for (const redis::PrimaryStatus& one : status.primaries)
    if (one.slots > 0) owners[one.address] += one.slots;
  const auto change = owners_.look(owners, std::chrono::steady_clock::now());
  if (!change) return;
  if (change->is_first) {
    // Of a single server the line of the start says as much.
    if (status.topology != redis::Topology::standalone)
      log(LogLevel::info, "Redis primary found", {{"server", change->to}});
    return;
  }
  const std::string from = change->from.empty() ? "nobody" : change->from;
  const std::string to = change->to.empty() ? "nobody" : change->to;
  if (status.topology != redis::Topology::cluster) {
    log(LogLevel::warn, "Redis primary changed", {{"from", from}, {"to", to}});
  } else {
    log(change->servers ? LogLevel::warn : LogLevel::info,
        change->servers ? "Redis primary changed" : "slots of the Redis Cluster moved",
        {{"from", from}, {"to", to}, {"slots", change->slots}});
  }
}

void RedisWatch::log_outages(std::size_t client, const redis::ClientStatus& status) {
  std::vector<Standing> standings;
  for (const redis::PrimaryStatus& one : status.primaries) {
    const bool connected = one.state == redis::LinkState::up;
    standings.push_back({one.address, one.serves, connected, one.state == redis::LinkState::down, one.why});
  }
  // Before any server is known, and when none is any more.
  if (status.topology != redis::Topology::standalone)
    standings.push_back({"any of " + deployment_, !status.primaries.empty(), false, false, status.why});
  const std::lock_guard lock(mutex_);
  for (const OutageLine& line : outages_.look(client, standings, std::chrono::steady_clock::now())) {
    if (line.away) {
      log(LogLevel::info, "Redis can be reached again",
          {{"server", line.server}, {"away_seconds", std::chrono::duration<double>(*line.away).count()}});
    } else {
      log(LogLevel::warn,
          line.connected ? "Redis does not serve; trying again until it does"
                         : "Redis cannot be reached; trying again until it can",
          {{"server", line.server}, {"why", line.why}});
    }
  }
}

void RedisWatch::found_cluster() {
  const std::lock_guard lock(mutex_);
  if (!cluster_found_) log(LogLevel::info, "the Redis server runs in cluster mode and is used as a Cluster");
  cluster_found_ = true;
}

void RedisWatch::lacks(const std::string& command) {
  const std::lock_guard lock(mutex_);
  if (missing_.insert(command).second)
    log(LogLevel::warn, "Redis does not take an optional command",
        {{"command", command}, {"cost", redis::cost_of_missing(command)}});
}

// A server may make up codes and texts, so that only so many are counted, and logged, apart.
void RedisWatch::answered_error(const std::string& code, std::string_view text) {
  constexpr std::size_t most_kinds = 32;
  constexpr std::size_t compared_bytes = 128;
  const std::lock_guard lock(mutex_);
  const std::string name = errors_.contains(code) || errors_.size() < most_kinds ? code : "other";
  Counter*& count = errors_[name];
  if (count == nullptr)
    count = &metrics_.counter("cartd_redis_errors_total",
                              "Error replies from Redis or a proxy in front of it, by code.", {{"code", name}});
  count->add();
  const std::string beginning(text.substr(0, compared_bytes));
  const bool apart = error_lines_.contains(beginning) || error_lines_.size() < most_kinds;
  const auto left_out = error_lines_[apart ? beginning : std::string()].pass();
  if (left_out)
    log(LogLevel::warn, "Redis answered an error", {{"code", name}, {"reply", text}, {"left_out", *left_out}});
}

}  // namespace cartd::app
