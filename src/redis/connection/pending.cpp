#include "redis/connection/pending.h"

#include <algorithm>
#include <utility>

namespace cartd::redis {
namespace {

void fail(Completion<Pending::Outcome>& completion, Failure::Kind kind, const std::string& why) {
  if (completion) completion(Failure{kind, why});
}

}  // namespace

void Pending::push(Request request, Time deadline, Completion<Outcome> completion) {
  queued_.push_back(Queued{std::move(request), deadline, std::move(completion)});
}

void Pending::move_queued(std::string& out, Time now) {
  for (Queued& entry : queued_) {
    out += entry.request.bytes();
    sent_.push_back(Sent{entry.request.commands(), now, entry.deadline, std::move(entry.completion)});
  }
  queued_.clear();
}

bool Pending::answer(Reply reply) {
  if (sent_.empty()) return false;
  Sent& entry = sent_.front();
  if (--entry.replies_due > 0) {
    if (!entry.first_error && reply.view().is_error()) entry.first_error = std::move(reply);
    return true;
  }
  if (entry.completion) entry.completion(entry.first_error ? std::move(*entry.first_error) : std::move(reply));
  sent_.pop_front();
  return true;
}

void Pending::expire(Time now) {
  for (Sent& entry : sent_) {
    if (entry.deadline <= now) cartd::redis::fail(entry.completion, Failure::Kind::outcome_unknown, "no reply in time");
  }
  std::erase_if(queued_, [now](Queued& entry) {
    if (entry.deadline > now) return false;
    cartd::redis::fail(entry.completion, Failure::Kind::not_sent, "could not be sent in time");
    return true;
  });
}

Pending::Time Pending::next_deadline() const {
  Time next = Time::max();
  for (const Sent& entry : sent_) {
    if (entry.completion) next = std::min(next, entry.deadline);
  }
  for (const Queued& entry : queued_) next = std::min(next, entry.deadline);
  return next;
}

std::optional<Pending::Time> Pending::unanswered_since() const {
  if (sent_.empty()) return std::nullopt;
  return sent_.front().at;
}

void Pending::fail(const std::string& why) {
  for (Sent& entry : sent_) cartd::redis::fail(entry.completion, Failure::Kind::outcome_unknown, why);
  for (Queued& entry : queued_) cartd::redis::fail(entry.completion, Failure::Kind::not_sent, why);
  sent_.clear();
  queued_.clear();
}

}  // namespace cartd::redis
