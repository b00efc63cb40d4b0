#include "redis/topology/slots.h"

#include "redis/protocol/redirect.h"

#include <algorithm>
#include <utility>

namespace cartd::redis {
namespace {

bool is_slot(ReplyView reply) {
  return reply.type() == ReplyView::Type::integer && reply.integer() >= 0 && reply.integer() < slot_count;
}

// The owner of a range: [host, port, …].
boost::system::result<Endpoint, std::string> read_owner(ReplyView node, const std::string& asked) {
  const auto wrong = [](const char* what) {
    return boost::system::result<Endpoint, std::string>(boost::system::in_place_error,
                                                        std::string("the slot map has a ") + what);
  };
  if (node.type() != ReplyView::Type::array || node.size() < 2) return wrong("range without a server");
  if (node[1].type() != ReplyView::Type::integer || node[1].integer() < 1 || node[1].integer() > 65535)
    return wrong("server with an invalid port");
  if (!node[0].is_nil() && node[0].type() != ReplyView::Type::string) return wrong("server with an invalid host");
  Endpoint endpoint{std::string(node[0].text()), static_cast<std::uint16_t>(node[1].integer())};
  if (endpoint.host.empty()) endpoint.host = asked;
  if (endpoint.host != Redirect::unknown_host && !is_host(endpoint.host)) return wrong("server with an invalid host");
  return endpoint;
}

}  // namespace

SlotMap SlotMap::of_one(Endpoint server) {
  SlotMap map;
  map.assign(0, slot_count - 1, server);
  return map;
}

std::vector<std::size_t> SlotMap::slots_of_each() const {
  std::vector<std::size_t> counts(servers_.size());
  for (const std::uint16_t owner : owners_) {
    if (owner != no_owner) ++counts[owner];
  }
  return counts;
}

std::size_t SlotMap::slots_of(std::size_t index) const {
  return static_cast<std::size_t>(std::count(owners_.begin(), owners_.end(), static_cast<std::uint16_t>(index)));
}

void SlotMap::assign(std::uint16_t first, std::uint16_t last, const Endpoint& server) {
  const auto [known, is_new] = indexes_.try_emplace(server, static_cast<std::uint16_t>(servers_.size()));
  if (is_new) servers_.push_back(server);
  std::fill(owners_.begin() + first, owners_.begin() + last + 1, known->second);
}

bool SlotMap::same_owners(const SlotMap& other) const {
  const auto owner_in = [](const SlotMap& map, std::size_t slot) {
    return map.owners_[slot] == no_owner ? nullptr : &map.servers_[map.owners_[slot]];
  };
  for (std::size_t slot = 0; slot < slot_count; ++slot) {
    const Endpoint* mine = owner_in(*this, slot);
    const Endpoint* theirs = owner_in(other, slot);
    if ((mine == nullptr) != (theirs == nullptr)) return false;
    if (mine != nullptr && *mine != *theirs) return false;
  }
  return true;
}

boost::system::result<SlotMap, std::string> read_cluster_slots(ReplyView reply, const std::string& asked) {
  if (reply.type() != ReplyView::Type::array) return std::string("the slot map is invalid");
  SlotMap map;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    const ReplyView range = reply[i];
    if (range.type() != ReplyView::Type::array || range.size() < 3 || !is_slot(range[0]) || !is_slot(range[1]) ||
        range[0].integer() > range[1].integer()) {
      return std::string("the slot map has an invalid range");
    }
    const auto owner = read_owner(range[2], asked);
    if (!owner) return owner.error();
    const auto first = static_cast<std::uint16_t>(range[0].integer());
    const auto last = static_cast<std::uint16_t>(range[1].integer());
    for (std::uint16_t slot = first; slot <= last; ++slot) {
      if (map.owner(slot) != SlotMap::no_owner) return std::string("the slot map gives a slot to two servers");
    }
    if (owner->host == Redirect::unknown_host) continue;
    map.assign(first, last, *owner);
    if (map.servers().size() > SlotMap::most_servers) return std::string("the slot map has too many servers");
  }
  return map;
}

}  // namespace cartd::redis
