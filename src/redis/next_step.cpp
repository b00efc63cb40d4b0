#include "redis/next_step.h"

#include "redis/protocol/asking.h"

#include <cstddef>

namespace cartd::redis {
namespace {

bool goes_again(NextStep step) {
  switch (step) {
    case NextStep::follow_moved:
    case NextStep::follow_ask:
    case NextStep::try_again:
    case NextStep::find_primary: return true;
    default: return false;
  }
}

std::optional<Redirect> step_of_several(const Request& request, ReplyView replies) {
  const bool is_refused = is_transaction(request) && replies.size() > 0 && replies[replies.size() - 1].is_error();
  const bool may_be_done = !is_refused && !request.reads_only();
  std::optional<Redirect> step;
  std::size_t same = is_refused ? 2 : 0;  // MULTI and EXEC have no keys.
  for (std::size_t i = 0; i < replies.size(); ++i) {
    if (!replies[i].is_error()) {
      if (may_be_done) return std::nullopt;
      continue;
    }
    const Redirect asked = redirect(replies[i].text());
    if (may_be_done && asked.step == NextStep::unknown) return std::nullopt;
    if (!step && goes_again(asked.step)) step = asked;
    if (step == asked) ++same;
  }
  if (step && step->step == NextStep::follow_ask && same != replies.size()) return Redirect{NextStep::try_again};
  return step;
}

}  // namespace

std::optional<Redirect> next_step(const Request& request, ReplyView reply) {
  if (request.commands() > 1) return step_of_several(request, reply);
  if (!reply.is_error()) return std::nullopt;
  const Redirect asked = redirect(reply.text());
  return goes_again(asked.step) ? std::optional(asked) : std::nullopt;
}

}  // namespace cartd::redis
