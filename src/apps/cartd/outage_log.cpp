#include "apps/cartd/outage_log.h"

namespace cartd::app {
namespace {

using namespace std::chrono_literals;

constexpr auto patience = 1s;
constexpr auto interval = 10s;
constexpr std::size_t most_servers = 16;

}  // namespace

std::vector<OutageLine> OutageLog::look(std::size_t client, const std::vector<Standing>& servers, Time now) {
  std::vector<OutageLine> lines;
  for (auto& [name, server] : servers_) server.known_to.erase(client);
  for (const Standing& standing : servers) {
    Server& server = servers_[standing.server];
    server.known_to.insert(client);
    std::optional<OutageLine> line;
    if (standing.serves) {
      server.away_for.erase(client);
      line = judge_back(server, standing.server, now);
    } else {
      line = judge_away(server, standing, client, now);
    }
    if (line) lines.push_back(std::move(*line));
  }
  std::erase_if(servers_, [&](const auto& entry) {
    const bool gone = entry.second.known_to.empty();
    if (gone && entry.second.logged) --logged_;
    return gone;
  });
  return lines;
}

std::optional<OutageLine> OutageLog::judge_away(Server& server, const Standing& standing, std::size_t client,
                                                Time now) {
  server.away_for.insert(client);
  server.serves_since.reset();
  if (!server.is_away) server.away_since = now;
  server.is_away = true;
  const bool is_certain = standing.failed || now - server.away_since >= patience;
  const bool too_often = server.last_line && now - *server.last_line < interval;
  if (!is_certain || server.logged || too_often || logged_ == most_servers) return std::nullopt;
  server.logged = true;
  server.last_line = now;
  ++logged_;
  return OutageLine{.server = standing.server, .why = standing.why, .connected = standing.connected};
}

std::optional<OutageLine> OutageLog::judge_back(Server& server, const std::string& name, Time now) {
  // A client that knows it no more has no say.
  std::erase_if(server.away_for, [&](std::size_t client) { return !server.known_to.contains(client); });
  if (!server.is_away || !server.away_for.empty()) return std::nullopt;
  if (!server.serves_since) server.serves_since = now;
  if (server.logged && now - *server.serves_since < patience) return std::nullopt;
  server.is_away = false;
  if (!server.logged) return std::nullopt;
  server.logged = false;
  --logged_;
  return OutageLine{.server = name, .away = *server.serves_since - server.away_since};
}

}  // namespace cartd::app
