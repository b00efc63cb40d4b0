// Whatever a server answers about the topology is refused or gives servers that exist: slots, addresses and numbers in
// bounds.
#include "redis/protocol/info.h"
#include "redis/protocol/reply_reader.h"
#include "redis/topology/cluster_report.h"
#include "redis/topology/sentinel_replies.h"
#include "redis/topology/slots.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

using namespace cartd::redis;

namespace {

void expect(bool holds) {
  if (!holds) std::abort();
}

void expect_reachable(const Endpoint& endpoint) { expect(is_host(endpoint.host) && endpoint.port != 0); }

void read_text(std::string_view text) {
  const Replication replication = read_replication(text);
  expect(replication.id.empty() || replication.id.size() == 40);
  expect(replication.acknowledged.size() <= replication.announced);
  const std::string run_id = run_id_of(text);
  expect(run_id.empty() || run_id.size() == 40);
  expect((epoch_hash(run_id, replication.id, 1) == 0) == (run_id.empty() || replication.id.empty()));
  expect(mode_of(text).size() <= std::string_view("standalone").size());
  const ClusterState state = read_cluster_state(text);
  expect(is_current(state, 0) == state.ok);
}

void read_reply(ReplyView reply) {
  if (const auto map = read_cluster_slots(reply, "asked")) {
    expect(map->servers().size() <= SlotMap::most_servers);
    for (const Endpoint& server : map->servers()) expect_reachable(server);
    for (std::uint16_t slot = 0; slot < slot_count; ++slot)
      expect(map->owner(slot) == SlotMap::no_owner || map->owner(slot) < map->servers().size());
  }
  if (const auto primary = read_primary_address(reply)) expect_reachable(*primary);
  for (const auto& [id, sentinel] : read_other_sentinels(reply)) {
    expect(id.size() == 40);
    expect_reachable(sentinel);
  }
  const std::string id = read_sentinel_id(reply);
  expect(id.empty() || id.size() == 40);
  expect(reply.size() >= 2 || read_config_epoch(reply) == 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  read_text(bytes);
  ReplyReader reader;
  reader.feed(bytes);
  for (auto next = reader.next(); next && *next; next = reader.next()) read_reply((*next)->view());
  return 0;
}
