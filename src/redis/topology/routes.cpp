#include "redis/topology/routes.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace cartd::redis {
namespace {

using Clock = std::chrono::steady_clock;

// A server that was used more recently is not stopped to make room: a caller may still wait for its
// connection.
constexpr std::chrono::seconds in_use{1};

bool used_earlier(const ServerPtr& a, const ServerPtr& b) { return a->used_at() < b->used_at(); }

}  // namespace

Routes::Routes(boost::asio::any_io_executor executor, const ClientOptions& options, ServerOwner& owner)
    : executor_(std::move(executor)), options_(options), owner_(owner) {}

ServerPtr Routes::owner(std::uint16_t slot) const {
  if (const auto learned = learned_.find(slot); learned != learned_.end()) return learned->second;
  const std::size_t index = map_.owner(slot);
  return index == SlotMap::no_owner ? nullptr : owners_[index];
}

std::vector<std::string> Routes::key_of_each_owner(std::string_view prefix) const {
  // Enough to meet each of the slots almost surely.
  constexpr std::size_t most_tries = 10 * std::size_t{slot_count};
  const auto all =
      std::count_if(shares_.begin(), shares_.end(), [](const Share& share) { return share.server->started(); });
  std::set<const Server*> found;
  std::vector<std::string> keys;
  for (std::size_t number = 0; found.size() < static_cast<std::size_t>(all) && number < most_tries; ++number) {
    std::string key = std::string(prefix) + std::to_string(number);
    const ServerPtr server = owner(key_slot(key));
    if (server && server->started() && found.insert(server.get()).second) keys.push_back(std::move(key));
  }
  return keys;
}

void Routes::adopt(SlotMap map, const Deployment& deployment, const SafetyPolicy& policy,
                   std::chrono::milliseconds idle) {
  const bool is_new = version_ == 0 || !same_owners(map);
  if (is_new || !learned_.empty()) {
    map_ = std::move(map);
    learned_.clear();
    owners_.clear();
    for (const Endpoint& endpoint : map_.servers()) {
      const auto known = servers_.find(endpoint);
      owners_.push_back(known != servers_.end() ? known->second : make(endpoint, deployment, policy));
    }
    count_slots();
  }
  if (is_new) ++version_;
  // Before the new ones connect, so that there is room for them.
  leave_strangers(idle);
  for (std::size_t i = 0; i < std::min(owners_.size(), most_eager); ++i)
    connect(ServerPtr(owners_[i]), deployment, policy);
}

bool Routes::same_owners(const SlotMap& map) const {
  if (learned_.empty()) return map_.same_owners(map);
  SlotMap now = map_;
  for (const auto& [slot, server] : learned_) now.assign(slot, slot, server->endpoint());
  return now.same_owners(map);
}

bool Routes::learn(std::uint16_t slot, const Endpoint& endpoint, const Deployment& deployment,
                   const SafetyPolicy& policy) {
  if (learned_.contains(slot)) return false;
  ServerPtr server = server_at(endpoint, deployment, policy);
  if (!server || server == owner(slot)) return false;
  learned_.emplace(slot, std::move(server));
  count_slots();
  ++version_;
  return true;
}

ServerPtr Routes::server_at(const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy) {
  const auto known = servers_.find(endpoint);
  if (known != servers_.end()) {
    ServerPtr server = known->second;
    return connect(server, deployment, policy) ? server : nullptr;
  }
  const auto strangers =
      std::count_if(servers_.begin(), servers_.end(), [this](const auto& entry) { return is_stranger(*entry.second); });
  if (static_cast<std::size_t>(strangers) >= most_strangers && !make_room(true, deployment, policy)) return nullptr;
  ServerPtr server = make(endpoint, deployment, policy);
  if (connect(server, deployment, policy)) return server;
  servers_.erase(endpoint);
  return nullptr;
}

bool Routes::connect(const ServerPtr& server, const Deployment& deployment, const SafetyPolicy& policy) {
  if (server->started()) return true;
  const auto connected =
      std::count_if(servers_.begin(), servers_.end(), [](const auto& entry) { return entry.second->started(); });
  if (static_cast<std::size_t>(connected) >= most_connected && !make_room(false, deployment, policy)) return false;
  server->start();
  return true;
}

ServerPtr Routes::make(const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy) {
  auto server =
      std::make_shared<Server>(executor_, endpoint, url_of(deployment, endpoint), options_, policy, ++made_, owner_);
  servers_[endpoint] = server;
  return server;
}

// Stops the server that was used least recently. False when every one may be in use.
bool Routes::make_room(bool among_strangers, const Deployment& deployment, const SafetyPolicy& policy) {
  ServerPtr oldest;
  const auto latest = Clock::now() - in_use;
  for (const auto& [endpoint, server] : servers_) {
    if (!server->started() || server->used_at() > latest || !server->can_rest()) continue;
    if (among_strangers && !is_stranger(*server)) continue;
    if (!oldest || used_earlier(server, oldest)) oldest = server;
  }
  if (!oldest) return false;
  drop(oldest);
  // An owner stays one, and is connected again when something is to be sent to it.
  if (!is_stranger(*oldest))
    std::replace(owners_.begin(), owners_.end(), oldest, make(oldest->endpoint(), deployment, policy));
  count_slots();
  return true;
}

// Stopping notifies no observer, so that nothing here changes meanwhile.
void Routes::drop(const ServerPtr& server) {
  server->stop();
  servers_.erase(server->endpoint());
  std::erase_if(learned_, [&](const auto& entry) { return entry.second == server; });
}

void Routes::leave_strangers(std::chrono::milliseconds idle) {
  std::vector<ServerPtr> strangers;
  for (const auto& [endpoint, server] : servers_) {
    if (is_stranger(*server)) strangers.push_back(server);
  }
  std::sort(strangers.begin(), strangers.end(),
            [](const ServerPtr& a, const ServerPtr& b) { return used_earlier(b, a); });
  const auto latest = Clock::now() - idle;
  for (std::size_t i = 0; i < strangers.size(); ++i) {
    if (i >= most_strangers || idle.count() == 0 || !strangers[i]->started() || strangers[i]->used_at() <= latest)
      drop(strangers[i]);
  }
}

void Routes::count_slots() {
  std::vector<std::size_t> counts = map_.slots_of_each();
  std::map<ServerPtr, std::size_t> elsewhere;
  slots_without_owner_ = map_.slots_of(SlotMap::no_owner);
  for (const auto& [slot, server] : learned_) {
    const std::size_t before = map_.owner(slot);
    --(before == SlotMap::no_owner ? slots_without_owner_ : counts[before]);
    ++elsewhere[server];
  }
  shares_.clear();
  for (std::size_t i = 0; i < owners_.size(); ++i) {
    if (const auto more = elsewhere.find(owners_[i]); more != elsewhere.end()) {
      counts[i] += more->second;
      elsewhere.erase(more);
    }
    if (counts[i] > 0) shares_.push_back({owners_[i], counts[i]});
  }
  for (const auto& [server, slots] : elsewhere) shares_.push_back({server, slots});
}

void Routes::clear() {
  for (const auto& [endpoint, server] : servers_) server->stop();
  servers_.clear();
  owners_.clear();
  learned_.clear();
  shares_.clear();
  map_ = SlotMap();
  slots_without_owner_ = slot_count;
}

}  // namespace cartd::redis
