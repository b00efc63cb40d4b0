#include "redis/connection/pending.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd::redis {
namespace {

void fail_one(Pending::Completion& completion, Failure::Kind kind, const std::string& why) {
  if (completion) completion.post(Failure{kind, why});
}

}  // namespace

void Pending::push(const Request& request, Time deadline, Completion completion) {
  queued_ += request.bytes();
  entries_.push_back(Entry{request.commands(), request.bytes().size(), deadline, {}, std::move(completion)});
}

void Pending::take_queued(std::string& out, Time now) {
  out.clear();
  out.swap(queued_);
  for (; written_ < entries_.size(); ++written_) entries_[written_].written_at = now;
}

void Pending::answer(Reply reply) {
  Completion completion = std::move(entries_.front().completion);
  entries_.pop_front();
  --written_;
  if (completion) completion.call(std::move(reply));
}

void Pending::expire(Time now) {
  bool any_queued = false;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    Entry& entry = entries_[i];
    if (entry.deadline > now) continue;
    const bool is_written = i < written_;
    any_queued = any_queued || !is_written;
    if (is_written) {
      fail_one(entry.completion, Failure::Kind::outcome_unknown, "no reply in time");
    } else {
      fail_one(entry.completion, Failure::Kind::not_sent, "could not be sent in time");
    }
  }
  if (any_queued) drop_queued(now);
}

// Those whose deadline is not later, and their bytes.
void Pending::drop_queued(Time deadline) {
  std::string kept;
  std::size_t at = 0;
  const auto first = entries_.begin() + static_cast<std::ptrdiff_t>(written_);
  for (auto entry = first; entry != entries_.end(); ++entry) {
    if (entry->deadline > deadline) kept.append(queued_, at, entry->bytes);
    at += entry->bytes;
  }
  queued_ = std::move(kept);
  entries_.erase(
      std::remove_if(first, entries_.end(), [deadline](const Entry& entry) { return entry.deadline <= deadline; }),
      entries_.end());
}

Pending::Time Pending::next_deadline() const {
  Time next = Time::max();
  for (const Entry& entry : entries_) {
    if (entry.completion) next = std::min(next, entry.deadline);
  }
  return next;
}

std::optional<Pending::Time> Pending::unanswered_since() const {
  if (written_ == 0) return std::nullopt;
  return entries_.front().written_at;
}

void Pending::fail(const std::string& why) {
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    fail_one(entries_[i].completion, i < written_ ? Failure::Kind::outcome_unknown : Failure::Kind::not_sent, why);
  }
  entries_.clear();
  written_ = 0;
  queued_.clear();
}

}  // namespace cartd::redis
