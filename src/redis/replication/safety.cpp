#include "redis/replication/safety.h"

#include <algorithm>
#include <vector>

namespace cartd::redis {
namespace {

// Every replica there should be is listed and has all up to `offset`. One that was left behind counts too: it may be
// promoted.
bool has_copy(const Replication& replication, std::uint64_t offset) {
  const std::vector<std::uint64_t>& all = replication.acknowledged;
  return !all.empty() && all.size() == replication.announced && *std::min_element(all.begin(), all.end()) >= offset;
}

}  // namespace

void Safety::connected(std::uint64_t history) {
  unanswered_.clear();
  if (history != history_) start_history(history);
}

// The numbers go on: what was placed in an earlier history must not look safe by a round of this one.
void Safety::start_history(std::uint64_t history) {
  history_ = history;
  last_sent_ = 0;
  safe_ = 0;
  confirmed_ = 0;
  open_.clear();
  alone_since_.reset();
}

std::uint64_t Safety::sent() {
  last_sent_ = asked_ + 1;
  return last_sent_;
}

bool Safety::wants_round() const {
  if (history_ == 0 || !unanswered_.empty()) return false;
  return confirmed_ > safe_ || std::max(safe_, covered_by(Time::max())) < last_sent_;
}

void Safety::ask() { unanswered_.push_back(++asked_); }

void Safety::answered(std::uint64_t history, const Replication& replication, Time now) {
  if (unanswered_.empty()) return;
  const std::uint64_t number = unanswered_.front();
  unanswered_.pop_front();
  if (history != history_) start_history(history);
  if (history_ == 0 || replication.role != Role::primary) return;

  if (confirmed_ > safe_ && number > asked_before_) make_safe(confirmed_);

  const bool alone = replication.announced == 0 && replication.acknowledged.empty();
  if (!alone) alone_since_.reset();
  if (alone && !alone_since_) alone_since_ = now;

  open_.push_back({number, replication.offset, now});
  thin_out();
  for (Round& round : open_) {
    if (round.covered) continue;
    const bool kept = alone
                          ? now - std::max(round.answered, *alone_since_) >= policy_.retention_without_copy
                          : has_copy(replication, round.offset) && now - round.answered >= policy_.retention_with_copy;
    if (kept) round.covered = now;
  }
  if (!policy_.authority) make_safe(covered_by(now));
}

void Safety::not_answered() {
  if (!unanswered_.empty()) unanswered_.pop_front();
}

void Safety::thin_out() {
  if (open_.size() <= most_open_rounds) return;
  std::deque<Round> kept;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    if (i % 2 == 0 || i + 1 == open_.size()) kept.push_back(open_[i]);
  }
  open_ = std::move(kept);
}

// The newest round that was covered at `when`. Offsets rise with the numbers, so all before it are covered, too.
std::uint64_t Safety::covered_by(Time when) const {
  std::uint64_t newest = 0;
  for (const Round& round : open_) {
    if (round.covered && *round.covered <= when) newest = round.number;
  }
  return newest;
}

bool Safety::wants_confirmation(Time now) const {
  return policy_.authority && ask_authority(now) > std::max(safe_, confirmed_);
}

std::uint64_t Safety::ask_authority(Time now) const { return covered_by(now - policy_.authority_lag); }

void Safety::confirmed(std::uint64_t history, std::uint64_t round) {
  if (history != history_ || history == 0 || round <= confirmed_) return;
  confirmed_ = round;
  asked_before_ = asked_;
}

void Safety::make_safe(std::uint64_t round) {
  safe_ = std::max(safe_, round);
  std::erase_if(open_, [this](const Round& open) { return open.number <= safe_; });
}

}  // namespace cartd::redis
