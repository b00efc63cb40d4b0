#include "outbox/core/retry.h"

#include <algorithm>
#include <variant>

namespace cartd {

bool is_kept_without_effect(const Change& change) {
  const Command& command = change.command;
  return change.idempotency.has_value() || std::holds_alternative<Annotate>(command) ||
         std::holds_alternative<CompleteCheckout>(command) || std::holds_alternative<TakeTransfer>(command) ||
         std::holds_alternative<FinishTransfer>(command);
}

CartQueue::Ending ending_of(const Result<CommandAnswer>& result, bool is_kept, bool acknowledged) {
  using Ending = CartQueue::Ending;
  if (result) {
    switch (result->outcome.effect) {
      case Effect::changed: return Ending::applied;
      case Effect::duplicate:
      case Effect::replayed: return Ending::found_there;
      case Effect::unchanged: return is_kept ? Ending::applied : Ending::nothing_to_keep;
    }
  }
  switch (result.error().code) {
    case Errc::unavailable: return Ending::not_sent;
    case Errc::outcome_unknown: return Ending::outcome_unknown;
    case Errc::rolled_back: return Ending::rolled_back;
    // Room may be made, and then it takes effect.
    case Errc::store_full: return acknowledged ? Ending::not_sent : Ending::refused;
    default: return Ending::refused;
  }
}

namespace {

std::chrono::milliseconds doubled(std::chrono::milliseconds first, unsigned failures, std::chrono::milliseconds most) {
  constexpr unsigned enough_doublings = 16;
  return std::min(most, first * (1 << std::min(failures - 1, enough_doublings)));
}

}  // namespace

std::chrono::milliseconds pause_after(unsigned failures) {
  return doubled(std::chrono::milliseconds(5), failures, std::chrono::milliseconds(320));
}

std::chrono::milliseconds rest_after(unsigned failures) {
  return doubled(std::chrono::milliseconds(50), failures, std::chrono::seconds(2));
}

void HopelessAttempts::add(CommandId change, Deadline::clock::time_point now) {
  if (count_ == 0 || change_ != change) {
    change_ = change;
    count_ = 0;
    since_ = now;
  }
  ++count_;
}

std::string HopelessAttempts::text(Deadline::clock::time_point now) const {
  const auto took = std::chrono::duration_cast<std::chrono::seconds>(now - since_);
  return std::to_string(count_) + " attempts in " + std::to_string(took.count()) + " s";
}

Verdict after(CartQueue::Ending ending, bool possibly_done, Deadline::clock::time_point now, Deadline deadline) {
  const bool open = ending == CartQueue::Ending::not_sent || ending == CartQueue::Ending::outcome_unknown;
  if (!open) return Verdict::next;
  if (ending == CartQueue::Ending::not_sent && !possibly_done) return Verdict::give_up;
  return now < deadline ? Verdict::again : Verdict::give_up;
}

}  // namespace cartd
