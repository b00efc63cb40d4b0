#include "redis/topology/sentinel_replies.h"

#include "util/decimal.h"
#include "util/hex.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace cartd::redis {
namespace {

constexpr std::size_t most_sentinels = 64;

std::optional<Endpoint> endpoint(std::string_view host, std::string_view port) {
  const std::optional<std::uint16_t> number = port_number(port);
  if (!number || !is_host(host)) return std::nullopt;
  return Endpoint{std::string(host), *number};
}

// The value that follows `name` in a flat list of names and values.
std::string_view field(ReplyView list, std::string_view name) {
  for (std::size_t i = 0; i + 1 < list.size(); i += 2) {
    if (list[i].text() == name) return list[i + 1].text();
  }
  return {};
}

bool is_id(std::string_view text) {
  constexpr std::size_t length = 40;
  return text.size() == length && util::is_lower_hex(text);
}

}  // namespace

std::optional<Endpoint> read_primary_address(ReplyView reply) {
  if (reply.size() != 2) return std::nullopt;
  return endpoint(reply[0].text(), reply[1].text());
}

std::uint64_t read_config_epoch(ReplyView reply) {
  return util::parse_number<std::uint64_t>(field(reply, "config-epoch")).value_or(0);
}

std::map<std::string, Endpoint> read_other_sentinels(ReplyView reply) {
  std::map<std::string, Endpoint> others;
  for (std::size_t i = 0; i < reply.size() && others.size() < most_sentinels; ++i) {
    const std::string_view id = field(reply[i], "runid");
    const std::optional<Endpoint> at = endpoint(field(reply[i], "ip"), field(reply[i], "port"));
    if (is_id(id) && at) others.emplace(id, *at);
  }
  return others;
}

std::string read_sentinel_id(ReplyView reply) {
  return is_id(reply.text()) ? std::string(reply.text()) : std::string();
}

std::string of_a_sentinel(std::string why) {
  constexpr std::string_view server = "the server";
  constexpr std::string_view sentinel = "the Sentinel";
  for (std::size_t at = why.find(server); at != std::string::npos; at = why.find(server, at + sentinel.size()))
    why.replace(at, server.size(), sentinel);
  return why.find(sentinel) == std::string::npos ? "a Sentinel: " + why : why;
}

std::optional<Endpoint> choose_primary(const std::vector<SentinelReport>& reports) {
  std::map<std::pair<std::uint64_t, Endpoint>, std::size_t> votes;
  for (const SentinelReport& report : reports) {
    if (report.primary) ++votes[{report.epoch, *report.primary}];
  }
  const auto best = std::max_element(votes.begin(), votes.end(), [](const auto& a, const auto& b) {
    return std::pair(a.first.first, a.second) < std::pair(b.first.first, b.second);
  });
  if (best == votes.end()) return std::nullopt;
  return best->first.second;
}

std::set<std::string> all_sentinels(const std::vector<SentinelReport>& reports) {
  std::set<std::string> ids;
  for (const SentinelReport& report : reports) {
    if (!report.id.empty()) ids.insert(report.id);
    for (const auto& [id, endpoint] : report.others) ids.insert(id);
  }
  return ids;
}

bool is_majority(std::size_t votes, std::size_t all) { return votes * 2 > all; }

}  // namespace cartd::redis
