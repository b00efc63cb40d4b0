// Whatever tree of values a server answers, every reader of replies refuses it or gives values in bounds.
#include "reply_trees.h"

#include "redis/connection/handshake.h"
#include "redis/protocol/endpoint.h"
#include "redis/protocol/info.h"
#include "redis/protocol/redirect.h"
#include "redis/topology/cluster_report.h"
#include "redis/topology/sentinel_replies.h"
#include "redis/topology/slots.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

const std::string id(40, 'a');

// Noise, and the words that the readers look for.
rc::Gen<std::string> any_text() {
  const auto words = rc::gen::element<std::string>(
      "config-epoch", "runid", "ip", "port", "127.0.0.1", "6379", "?", "", id, "-1", "99999999999999999999",
      "redis_mode:", "role:", "connected_slaves:", "slave0:", "slave1:", "offset=", "master_replid:",
      "master_repl_offset:", "cluster_state:ok", "cluster_current_epoch:", "run_id:", "MOVED ", "ASK ", "16383 ", "h:1",
      "\r\n", ",");
  return rc::gen::oneOf(
      rc::gen::arbitrary<std::string>(), words,
      rc::gen::map(rc::gen::container<std::vector<std::string>>(words), [](const std::vector<std::string>& pieces) {
        std::string text;
        for (const std::string& piece : pieces) text += piece;
        return text;
      }));
}

Reply any_reply() { return reply_of(bytes_of(any_tree(any_text()))); }

// What CLUSTER SLOTS looks like, with anything in the place of its parts.
Reply any_slots() {
  const auto part = [](const std::string& good) {
    return *rc::gen::inRange(0, 8) == 0 ? bytes_of(any_tree(any_text(), 3)) : good;
  };
  std::vector<std::string> ranges;
  const auto count = *rc::gen::inRange(0, 5);
  for (int i = 0; i < count; ++i) {
    const auto slot = [] { return integer_bytes(*rc::gen::inRange<std::int64_t>(0, 16384)); };
    ranges.push_back(part(
        array_bytes({part(slot()), part(slot()), part(array_bytes({part(bulk_bytes("h")), part(integer_bytes(1))}))})));
  }
  return reply_of(array_bytes(ranges));
}

bool is_reachable(const Endpoint& endpoint) { return is_host(endpoint.host) && endpoint.port != 0; }
bool is_id_or_empty(std::string_view text) { return text.empty() || text.size() == 40; }

void check_slots(ReplyView reply) {
  const auto map = read_cluster_slots(reply, "asked");
  if (!map) {
    RC_ASSERT(!map.error().empty() && map.error().size() < 100U);
    return;
  }
  RC_ASSERT(map->servers().size() <= SlotMap::most_servers);
  std::size_t slots = map->slots_of(SlotMap::no_owner);
  for (const std::size_t owned : map->slots_of_each()) slots += owned;
  RC_ASSERT(slots == std::size_t{slot_count});
  for (const Endpoint& server : map->servers()) RC_ASSERT(is_reachable(server));
}

void check_info(std::string_view text) {
  const Replication replication = read_replication(text);
  RC_ASSERT(is_id_or_empty(replication.id));
  RC_ASSERT(replication.acknowledged.size() <= std::min<std::size_t>(replication.announced, 1024));
  RC_ASSERT(is_id_or_empty(run_id_of(text)));
  const std::string mode = mode_of(text);
  RC_ASSERT(mode.empty() || mode == "standalone" || mode == "cluster" || mode == "sentinel");
  read_cluster_state(text);
}

TEST(ReadersOfReplies, GiveValuesInBoundsWhateverTheReplyIs) {
  EXPECT_TRUE(rc::check([] {
    const Reply reply = any_reply();
    check_slots(reply.view());
    check_info(reply.view().text());
    const auto primary = read_primary_address(reply.view());
    RC_ASSERT((!primary || is_reachable(*primary)));
    read_config_epoch(reply.view());
    const auto others = read_other_sentinels(reply.view());
    RC_ASSERT(others.size() <= 64U);
    for (const auto& [other, endpoint] : others) RC_ASSERT(other.size() == 40U && is_reachable(endpoint));
    RC_ASSERT(is_id_or_empty(read_sentinel_id(reply.view())));
    const Redirect next = redirect(reply.view().text());
    RC_ASSERT(next.slot < slot_count);
    RC_ASSERT(next.host.empty() || next.host == Redirect::unknown_host || is_host(next.host));
  }));
}

TEST(ReadersOfReplies, GiveSlotsInBoundsWhateverIsInTheMap) {
  EXPECT_TRUE(rc::check([] {
    const Reply reply = any_slots();
    check_slots(reply.view());
  }));
}

TEST(ReadersOfReplies, MakeASessionOrAReasonOfAnyGreeting) {
  EXPECT_TRUE(rc::check([] {
    const Url url{.password = "p", .database = 1};
    std::vector<Reply> replies;
    const std::size_t count = greeting(url, "n").commands();
    for (std::size_t i = 0; i + 1 < count; ++i) {
      replies.push_back(*rc::gen::inRange(0, 3) == 0 ? any_reply() : reply_of(bulk_bytes(*any_text())));
    }
    replies.push_back(*rc::gen::arbitrary<bool>() ? reply_of("+PONG\r\n") : any_reply());
    const auto session = judge_greeting(url, *rc::gen::arbitrary<bool>(), replies);
    if (!session) {
      RC_ASSERT(!session.error().empty() && session.error().size() < 200U);
      return;
    }
    RC_ASSERT(is_id_or_empty(session->run_id) && is_id_or_empty(session->replication_id));
    RC_ASSERT(session->mode.size() <= 10U);
  }));
}

}  // namespace
}  // namespace cartd::redis
