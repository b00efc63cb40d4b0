#include "chaos/checker/version_rules.h"

#include "chaos/checker/text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace cartd::test {
namespace {

/// The version that an answer told with the store's word.
std::optional<std::uint64_t> version_in(const Exchange& exchange) {
  if (exchange.version) return exchange.version;
  if (exchange.seen && !exchange.seen->degraded) return exchange.seen->version;
  return std::nullopt;
}

}  // namespace

bool same_content(const CartView& a, const CartView& b) {
  const bool with_details = !a.durability.empty() && !b.durability.empty();
  return a.quantities == b.quantities && a.owner == b.owner && a.metadata == b.metadata &&
         (!with_details || a.details == b.details);
}

VersionRules::VersionRules(const std::vector<Exchange>& exchanges, const CartCommands& commands, const Finals& finals,
                           CheckOptions options, Violated violated)
    : exchanges_(exchanges), commands_(commands), finals_(finals), options_(options), violated_(std::move(violated)) {
  for (const Command& command : commands_.commands) {
    if (command.outcome == Outcome::refused) continue;
    if (is_plain(command.op)) plain_clients_write_ = true;
    else writing_cartds_.insert(command.server);
    if (command.roamed) {
      constexpr int another_cartd = -1;
      writing_cartds_.insert(another_cartd);
      writers_.emplace(command.client, another_cartd);
    }
    has_unknown_ |= command.outcome == Outcome::unknown;
    writers_.emplace(command.client, command.server);
  }
}

void VersionRules::check() const {
  check_falls();
  if (!options_.versions_count) return;
  check_number();
  check_contents();
  check_matches();
}

bool VersionRules::may_fall(int server) const {
  return options_.store_may_roll_back && (has_unknown_ || std::any_of(writing_cartds_.begin(), writing_cartds_.end(),
                                                                      [&](int writer) { return writer != server; }));
}

void VersionRules::check_falls() const {
  std::map<std::pair<int, int>, std::uint64_t> seen;
  std::uint64_t highest = 0;
  for (const Exchange& exchange : exchanges_) {
    if (!exchange.seen || exchange.seen->degraded) continue;
    std::uint64_t& before = seen[{exchange.client, exchange.server}];
    const std::uint64_t now = exchange.seen->version;
    if (now < before && !may_fall(exchange.server))
      violated_(": its version fell from " + std::to_string(before) + " to " + std::to_string(now) + " for client " +
                std::to_string(exchange.client) + " at cartd " + std::to_string(exchange.server) + ", at " +
                seconds(exchange.end));
    before = now;
    const bool is_acknowledged = exchange.outcome == Outcome::acknowledged && exchange.op != Op::read;
    if (is_acknowledged && !may_fall(exchange.server)) highest = std::max(highest, now);
  }
  for (const auto& [source, view] : finals_)
    if (view.version < highest)
      violated_(": has version " + std::to_string(view.version) + " in the end (" + source + "), and " +
                std::to_string(highest) + " was acknowledged");
}

void VersionRules::check_number() const {
  std::uint64_t least = 0;
  std::uint64_t most = 0;
  for (const Command& command : commands_.commands) {
    if (is_plain(command.op) || command.outcome == Outcome::refused) continue;
    ++most;
    if (command.outcome == Outcome::acknowledged && always_changes(command)) ++least;
  }
  for (const auto& [source, view] : finals_) {
    if (view.version > most)
      violated_(": has version " + std::to_string(view.version) + " in the end (" + source +
                "), where all that was not refused makes at most " + std::to_string(most) +
                ": something was done twice, or though it was refused");
    if (view.version < least)
      violated_(": has version " + std::to_string(view.version) + " in the end (" + source +
                "), where what was acknowledged makes at least " + std::to_string(least) +
                ": two changes have the same version, or one was lost");
  }
}

// After a rollback the changes of several cartds may get other versions than before.
void VersionRules::check_contents() const {
  if (plain_clients_write_ || (options_.store_may_roll_back && writers_.size() > 1)) return;
  std::map<std::uint64_t, const CartView*> content;
  std::set<std::uint64_t> different;
  const auto check_view = [&](const CartView& view) {
    const CartView* first = content.emplace(view.version, &view).first->second;
    if (!same_content(*first, view)) different.insert(view.version);
  };
  for (const Exchange& exchange : exchanges_)
    if (exchange.seen && !exchange.seen->degraded && !exchange.seen->partial) check_view(*exchange.seen);
  for (const auto& [source, view] : finals_) check_view(view);
  for (const std::uint64_t version : different)
    violated_(": answers show different contents under version " + std::to_string(version) +
              ": it was given to two changes");
}

std::uint64_t VersionRules::highest_before(Moment when) const {
  std::uint64_t highest = 0;
  for (const Exchange& exchange : exchanges_)
    if (exchange.end <= when) highest = std::max(highest, version_in(exchange).value_or(0));
  return highest;
}

void VersionRules::check_matches() const {
  for (const Exchange& exchange : exchanges_) {
    if (!exchange.expected) continue;
    if (exchange.outcome == Outcome::acknowledged) check_match(exchange);
    if (exchange.status == 412) check_mismatch(exchange);
  }
  if (options_.store_may_roll_back && writing_cartds_.size() > 1) return;
  std::map<std::uint64_t, int> matched;
  for (const Command& command : commands_.commands) {
    const bool changed = command.outcome == Outcome::acknowledged && command.expected && always_changes(command);
    if (changed && ++matched[*command.expected] == 2)
      violated_(": two changes were acknowledged that both expected version " + std::to_string(*command.expected));
  }
}

void VersionRules::check_match(const Exchange& exchange) const {
  const std::string whose =
      "client " + std::to_string(exchange.client) + "'s " + to_string(exchange.op) + " at " + seconds(exchange.end);
  const std::string expected = std::to_string(*exchange.expected);
  const auto now = version_in(exchange);
  if (now && exchange.op == Op::add && *now <= *exchange.expected)
    violated_(": " + whose + " expected version " + expected + " and was acknowledged with version " +
              std::to_string(*now));
  // Sent again under its key it is acknowledged whatever the version is by then.
  const bool once = exchange.key.empty();
  if (once && !may_fall(exchange.server) && highest_before(exchange.start) > *exchange.expected)
    violated_(": " + whose + " expected version " + expected + " and was acknowledged, though the cart had version " +
              std::to_string(highest_before(exchange.start)) + " before");
}

void VersionRules::check_mismatch(const Exchange& exchange) const {
  const std::string whose =
      "client " + std::to_string(exchange.client) + "'s " + to_string(exchange.op) + " at " + seconds(exchange.end);
  const std::uint64_t told = exchange.version.value_or(0);
  const auto wrong = [&](const std::string& why) {
    violated_(": " + whose + " expected version " + std::to_string(*exchange.expected) +
              " and was refused for version " + std::to_string(told) + ", " + why);
  };
  const auto begun = static_cast<std::uint64_t>(
      std::count_if(commands_.commands.begin(), commands_.commands.end(), [&](const Command& command) {
        return command.outcome != Outcome::refused && !is_plain(command.op) && command.start <= exchange.end;
      }));
  if (told == *exchange.expected) return wrong("which is the same");
  if (told > begun) return wrong("and only " + std::to_string(begun) + " changes had begun");
  if (!may_fall(exchange.server) && told < highest_before(exchange.start))
    wrong("and version " + std::to_string(highest_before(exchange.start)) + " had been told before");
}

}  // namespace cartd::test
