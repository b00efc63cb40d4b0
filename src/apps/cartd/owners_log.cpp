#include "apps/cartd/owners_log.h"

#include <algorithm>
#include <set>
#include <utility>

namespace cartd::app {
namespace {

using namespace std::chrono_literals;

constexpr auto longest_wait = 2s;
constexpr auto between_changes = 1s;
constexpr auto between_moves = 10s;
constexpr std::size_t most_names = 8;

std::size_t slots_of(const Owners& owners, const std::string& server) {
  const auto found = owners.find(server);
  return found == owners.end() ? 0 : found->second;
}

void add_name(std::string& names, std::size_t number, const std::string& name) {
  if (number > most_names) return;
  if (number > 0) names += ", ";
  names += number == most_names ? "…" : name;
}

}  // namespace

std::optional<OwnerChange> compare(const Owners& before, const Owners& after) {
  if (before == after) return std::nullopt;
  std::set<std::string> all;
  for (const auto& [server, slots] : before) all.insert(server);
  for (const auto& [server, slots] : after) all.insert(server);
  OwnerChange change;
  std::size_t losers = 0;
  std::size_t winners = 0;
  std::size_t lost = 0;
  std::size_t won = 0;
  for (const std::string& server : all) {
    const std::size_t had = slots_of(before, server);
    const std::size_t has = slots_of(after, server);
    if (has < had) add_name(change.from, losers++, server);
    if (has > had) add_name(change.to, winners++, server);
    lost += had > has ? had - has : 0;
    won += has > had ? has - had : 0;
    if (has != had && (has == 0 || had == 0)) change.servers = true;
  }
  change.is_first = before.empty();
  change.slots = std::max(lost, won);
  if (change.slots == 0) return std::nullopt;
  return change;
}

std::optional<OwnerChange> OwnersLog::look(const Owners& owners, Time now) {
  if (owners.empty()) return std::nullopt;
  const bool stable = std::exchange(last_, owners) == owners;
  std::optional<OwnerChange> change = compare(logged_, owners);
  if (!change) {
    changing_since_.reset();
    return std::nullopt;
  }
  if (!changing_since_) changing_since_ = now;
  if (!stable && now - *changing_since_ < longest_wait) return std::nullopt;
  if (last_line_ && now - *last_line_ < (change->servers ? between_changes : between_moves)) return std::nullopt;
  logged_ = owners;
  last_line_ = now;
  changing_since_.reset();
  return change;
}

}  // namespace cartd::app
