#include "chaos/faults/fault_injector.h"

#include "chaos/run/pause.h"
#include "support/wait_until.h"

#include <stdexcept>
#include <utility>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;

// Far longer than any failover: only something broken takes it.
constexpr auto patience = 90s;

std::string millis(std::chrono::milliseconds time) { return std::to_string(time.count()) + " ms"; }

}  // namespace

FaultInjector::FaultInjector(Deployment& deployment, Fleet& fleet, std::stop_token stop, Announce announce)
    : deployment_(deployment), fleet_(fleet), stop_(std::move(stop)), announce_(std::move(announce)) {}

void FaultInjector::run(const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kill_cartd: kill_cartd(fault); break;
    case FaultKind::kill_cartd_twice: kill_twice(fault); break;
    case FaultKind::jump_clock: jump(fault); break;
    case FaultKind::fill_disk: fill(fault); break;
    case FaultKind::lock_disk: lock(fault); break;
    default: {
      // A failover takes time, and commands are lost while it goes on.
      announce_(to_string(fault.kind) + " begins");
      const std::string target = deployment_.inject(fault);
      announce_(to_string(fault.kind) + ": " + target + ", for " + millis(fault.lasts));
      pause(fault.lasts, stop_);
      deployment_.heal();
    }
  }
  wait_until_whole(to_string(fault.kind));
  announce_("whole again after " + to_string(fault.kind));
  pause(fault.calm, stop_);
}

void FaultInjector::kill_cartd(const Fault& fault) {
  const int number = static_cast<int>(fault.target % static_cast<std::uint32_t>(fleet_.size()));
  announce_("kill-cartd: cartd " + std::to_string(number) + ", for " + millis(fault.lasts));
  fleet_.kill(number);
  pause(fault.lasts, stop_);
  fleet_.start(number);
}

void FaultInjector::kill_twice(const Fault& fault) {
  const int number = static_cast<int>(fault.target % static_cast<std::uint32_t>(fleet_.size()));
  const std::string target = deployment_.inject(
      {.kind = FaultKind::freeze_primary, .target = fault.target, .lasts = fault.lasts, .calm = fault.calm});
  announce_("kill-cartd-twice: " + target + " frozen for " + millis(fault.lasts) + ", cartd " + std::to_string(number) +
            " killed meanwhile and after");
  pause(fault.lasts / 2, stop_);
  restart(number);
  pause(fault.lasts / 2, stop_);
  deployment_.heal();
  // Some time within the replay.
  pause(fault.calm / 10, stop_);
  restart(number);
}

void FaultInjector::restart(int number) {
  fleet_.kill(number);
  fleet_.start(number);
}

void FaultInjector::jump(const Fault& fault) {
  const int number = static_cast<int>(fault.target % static_cast<std::uint32_t>(fleet_.size()));
  const std::chrono::seconds offset = (fault.target / 2) % 2 == 0 ? 1h : -1h;
  announce_("jump-clock: cartd " + std::to_string(number) + " by " + std::to_string(offset.count()) + " s, for " +
            millis(fault.lasts));
  fleet_.set_clock(number, offset);
  pause(fault.lasts, stop_);
  fleet_.set_clock(number, 0s);
}

void FaultInjector::fill(const Fault& fault) {
  const int number = static_cast<int>(fault.target % static_cast<std::uint32_t>(fleet_.size()));
  announce_("fill-disk: of cartd " + std::to_string(number) + ", for " + millis(fault.lasts));
  fleet_.fill_disk(number);
  pause(fault.lasts, stop_);
  fleet_.free_disk(number);
}

void FaultInjector::lock(const Fault& fault) {
  const int number = static_cast<int>(fault.target % static_cast<std::uint32_t>(fleet_.size()));
  fleet_.kill(number);
  fleet_.lock_disk(number);
  const std::string refusal = fleet_.refusal(number);
  announce_("lock-disk: of cartd " + std::to_string(number) + ", for " + millis(fault.lasts) + "; it says: " + refusal);
  if (refusal.find("--data-dir") == std::string::npos)
    throw std::runtime_error("a cartd that cannot write does not say where: " + refusal);
  pause(fault.lasts, stop_);
  fleet_.unlock_disk(number);
  fleet_.start(number);
}

void FaultInjector::wait_until_whole(const std::string& after) {
  deployment_.wait_until_whole();
  for (int i = 0; i < fleet_.size(); ++i) {
    if (!wait_until([&] { return fleet_.ready(i); }, patience))
      throw std::runtime_error("cartd " + std::to_string(i) + " does not serve a minute and a half after " + after +
                               ": " + fleet_.state(i));
  }
}

}  // namespace cartd::test
