// Which faults happen, in which order and for how long: decided by a seed alone, so that a run can be had again.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace cartd::test {

enum class FaultKind {
  kill_primary,      ///< kill -9 of a server that takes writes, and its start with what it had on disk.
  freeze_primary,    ///< SIGSTOP, and SIGCONT.
  wipe_primary,      ///< kill -9 and its start with an empty disk, once another serves in its place.
  kill_replica,      ///< As with a primary.
  freeze_replica,    ///< As with a primary.
  wipe_replica,      ///< As with a primary.
  kill_sentinel,     ///< As with a primary.
  freeze_sentinel,   ///< As with a primary.
  fail_over,         ///< A failover on command.
  fail_over_twice,   ///< Two of them, the second as soon as the first is done.
  migrate_slots,     ///< Slots move to another primary, with their keys, while clients use them.
  cut_off_primary,   ///< No link to any other server, nor to Sentinels, until another serves in its place and longer.
                     ///< Cartds reach it.
  split_network,     ///< The same, and one cartd is on the primary's side of the split: it reaches nobody else.
  mute_primary,      ///< What it sends to its replicas does not arrive; what they send does.
  cut_off_sentinel,  ///< No link to anyone.
  cut_off_cartd,     ///< No link between one cartd and a primary.
  stall_requests,    ///< What cartds send to a primary does not arrive; it goes on when the fault is healed.
  stall_replies,     ///< What a primary answers does not arrive; the same.
  refuse_links,      ///< Connections to the servers are reset, new ones too.
  reset_links,       ///< Connections to the servers are reset once.
  kill_cartd,        ///< kill -9 of a cartd, and its start.
  kill_cartd_twice,  ///< The same while the store is away, and again when it is back and the cartd replays. With a
                     ///< journal, or where the store rolls nothing back.
  jump_clock,        ///< A cartd's clock is an hour wrong, and right again. Its steady clock goes on.
  fill_disk,         ///< There is no space left for a cartd's journal.
  lock_disk,  ///< kill -9 of a cartd, whose journal can only be read until the fault is healed: till then it may not
              ///< start.
};

/// As on the command line: "kill-primary".
std::string to_string(FaultKind kind);
/// Nothing when no fault has this name.
std::optional<FaultKind> fault_named(const std::string& name);
const std::vector<FaultKind>& all_faults();

struct Fault {
  FaultKind kind = FaultKind::kill_primary;
  std::uint32_t target = 0;           ///< Which of those that can be hit, modulo their number.
  std::chrono::milliseconds lasts{};  ///< Until it is healed.
  std::chrono::milliseconds calm{};   ///< From when all is whole again until the next.

  friend bool operator==(const Fault&, const Fault&) = default;
};

/// An endless sequence. Every kind comes once before any comes again.
class FaultSchedule {
 public:
  FaultSchedule(std::uint64_t seed, std::vector<FaultKind> kinds);

  Fault next();

 private:
  std::mt19937_64 random_;
  std::vector<FaultKind> kinds_;
  std::size_t used_;
};

}  // namespace cartd::test
