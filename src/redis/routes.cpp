#include "redis/routes.h"

#include <algorithm>
#include <utility>

namespace cartd::redis {

Routes::Routes(boost::asio::any_io_executor executor, const ClientOptions& options, ServerOwner& owner)
    : executor_(std::move(executor)), options_(options), owner_(owner), map_(std::make_shared<const SlotMap>()) {}

ServerPtr Routes::owner(std::uint16_t slot) const {
  const std::size_t index = map_->owner(slot);
  return index == SlotMap::nobody ? nullptr : owners_[index];
}

bool Routes::adopt(SlotMap map, const Deployment& deployment, const SafetyPolicy& policy, std::chrono::milliseconds idle) {
  const bool is_new = map_->version() == 0 || !map_->same_owners(map);
  if (is_new) {
    map_ = std::make_shared<const SlotMap>(std::move(map).with_version(map_->version() + 1));
    slots_without_owner_ = map_->slots_of(SlotMap::nobody);
    std::vector<ServerPtr> owners;
    for (const Endpoint& endpoint : map_->servers()) owners.push_back(server_at(endpoint, deployment, policy));
    owners_ = std::move(owners);
  }
  const auto now = std::chrono::steady_clock::now();
  const auto stays = [&](const ServerPtr& server) {
    const bool owns = std::find(owners_.begin(), owners_.end(), server) != owners_.end();
    return owns || (idle.count() > 0 && now - server->used_at() < idle);
  };
  // Stopping tells nobody, so that the list does not change meanwhile.
  for (const ServerPtr& server : servers_) {
    if (!stays(server)) server->stop();
  }
  std::erase_if(servers_, [&](const ServerPtr& server) { return !stays(server); });
  return is_new;
}

ServerPtr Routes::server_at(const Endpoint& endpoint, const Deployment& deployment, const SafetyPolicy& policy) {
  const auto known =
      std::find_if(servers_.begin(), servers_.end(), [&](const ServerPtr& server) { return server->endpoint() == endpoint; });
  if (known != servers_.end()) return *known;
  auto server = std::make_shared<Server>(executor_, endpoint, url_of(deployment, endpoint), options_, policy, ++started_, owner_);
  servers_.push_back(server);
  server->start();
  return server;
}

void Routes::clear() {
  for (const ServerPtr& server : servers_) server->stop();
  servers_.clear();
  owners_.clear();
  map_ = std::make_shared<const SlotMap>(SlotMap().with_version(map_->version()));
  slots_without_owner_ = slot_count;
}

}  // namespace cartd::redis
