// Reads Sentinels' replies and draws conclusions from several (Redis documentation, "Sentinel"). Pure; strict, as
// the answers decide where the data goes.
#pragma once

#include "redis/protocol/endpoint.h"
#include "redis/protocol/reply.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cartd::redis {

/// SENTINEL GET-MASTER-ADDR-BY-NAME: the primary; none when the Sentinel knows no such name, or the reply is no
/// address.
std::optional<Endpoint> read_primary_address(ReplyView reply);

/// SENTINEL MASTER: the epoch of the configuration that the Sentinel holds, 0 when the reply tells none.
std::uint64_t read_config_epoch(ReplyView reply);

/// SENTINEL SENTINELS: the other Sentinels, by their ids. What is no Sentinel is left out, and so is all above the
/// first 64.
std::map<std::string, Endpoint> read_other_sentinels(ReplyView reply);

/// SENTINEL MYID: 40 hexadecimal digits, or empty.
std::string read_sentinel_id(ReplyView reply);

/// Why there is no connection to a Sentinel: `why`, which speaks of the server at its other end, in words that cannot
/// be taken to speak of one of the servers that the Sentinels watch.
std::string of_a_sentinel(std::string why);

/// One Sentinel's report.
struct SentinelReport {
  std::string id{};
  std::optional<Endpoint> primary{};
  std::uint64_t epoch = 0;
  std::map<std::string, Endpoint> others{};
};

/// The primary to go for: that of the newest configuration; of several, the one that most Sentinels name. None when
/// none is named. Newer beats more because only a majority can make a new configuration, and it reaches the others one
/// by one.
std::optional<Endpoint> choose_primary(const std::vector<SentinelReport>& reports);

/// The ids of all Sentinels that `reports` name, their senders included.
std::set<std::string> all_sentinels(const std::vector<SentinelReport>& reports);

/// Whether `votes` are more than half of `all`.
bool is_majority(std::size_t votes, std::size_t all);

}  // namespace cartd::redis
