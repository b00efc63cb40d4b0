#include "chaos/faults/fault_schedule.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

using Name = std::pair<FaultKind, const char*>;

constexpr std::array names{Name{FaultKind::kill_primary, "kill-primary"},
                           Name{FaultKind::freeze_primary, "freeze-primary"},
                           Name{FaultKind::wipe_primary, "wipe-primary"},
                           Name{FaultKind::kill_replica, "kill-replica"},
                           Name{FaultKind::freeze_replica, "freeze-replica"},
                           Name{FaultKind::wipe_replica, "wipe-replica"},
                           Name{FaultKind::kill_sentinel, "kill-sentinel"},
                           Name{FaultKind::freeze_sentinel, "freeze-sentinel"},
                           Name{FaultKind::fail_over, "fail-over"},
                           Name{FaultKind::fail_over_twice, "fail-over-twice"},
                           Name{FaultKind::migrate_slots, "migrate-slots"},
                           Name{FaultKind::cut_off_primary, "cut-off-primary"},
                           Name{FaultKind::split_network, "split-network"},
                           Name{FaultKind::mute_primary, "mute-primary"},
                           Name{FaultKind::cut_off_sentinel, "cut-off-sentinel"},
                           Name{FaultKind::cut_off_cartd, "cut-off-cartd"},
                           Name{FaultKind::stall_requests, "stall-requests"},
                           Name{FaultKind::stall_replies, "stall-replies"},
                           Name{FaultKind::refuse_links, "refuse-links"},
                           Name{FaultKind::reset_links, "reset-links"},
                           Name{FaultKind::kill_cartd, "kill-cartd"},
                           Name{FaultKind::kill_cartd_twice, "kill-cartd-twice"},
                           Name{FaultKind::jump_clock, "jump-clock"},
                           Name{FaultKind::fill_disk, "fill-disk"},
                           Name{FaultKind::lock_disk, "lock-disk"}};

}  // namespace

std::string to_string(FaultKind kind) {
  return std::find_if(names.begin(), names.end(), [kind](const Name& name) { return name.first == kind; })->second;
}

std::optional<FaultKind> fault_named(const std::string& text) {
  const auto found = std::find_if(names.begin(), names.end(), [&](const Name& name) { return name.second == text; });
  return found == names.end() ? std::nullopt : std::optional(found->first);
}

const std::vector<FaultKind>& all_faults() {
  static const std::vector<FaultKind> all = [] {
    std::vector<FaultKind> kinds;
    for (const Name& name : names) kinds.push_back(name.first);
    return kinds;
  }();
  return all;
}

FaultSchedule::FaultSchedule(std::uint64_t seed, std::vector<FaultKind> kinds)
    : random_(seed), kinds_(std::move(kinds)), used_(kinds_.size()) {}

Fault FaultSchedule::next() {
  if (used_ == kinds_.size()) {
    std::shuffle(kinds_.begin(), kinds_.end(), random_);
    used_ = 0;
  }
  Fault fault;
  fault.kind = kinds_[used_++];
  fault.target = static_cast<std::uint32_t>(random_());
  // Some shorter and some longer than it takes until a server counts as dead.
  fault.lasts = 300ms + 1ms * (random_() % 4700);
  fault.calm = 300ms + 1ms * (random_() % 1700);
  return fault;
}

}  // namespace cartd::test
