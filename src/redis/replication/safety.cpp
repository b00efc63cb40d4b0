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

void Safety::connected(std::uint64_t epoch) {
  unanswered_.clear();
  if (epoch != epoch_) start_epoch(epoch);
}

// The numbers go on: what was placed in an earlier epoch must not look safe by a checkpoint of this one.
void Safety::start_epoch(std::uint64_t epoch) {
  epoch_ = epoch;
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

bool Safety::wants_checkpoint() const {
  if (epoch_ == 0 || !unanswered_.empty()) return false;
  return confirmed_ > safe_ || std::max(safe_, covered_by(Time::max())) < last_sent_;
}

void Safety::ask() { unanswered_.push_back(++asked_); }

void Safety::answered(std::uint64_t epoch, const Replication& replication, Time now) {
  if (unanswered_.empty()) return;
  const std::uint64_t number = unanswered_.front();
  unanswered_.pop_front();
  if (epoch != epoch_) start_epoch(epoch);
  if (epoch_ == 0 || replication.role != Role::primary) return;

  if (confirmed_ > safe_ && number > asked_before_) make_safe(confirmed_);

  const bool alone = replication.announced == 0 && replication.acknowledged.empty();
  if (!alone) alone_since_.reset();
  if (alone && !alone_since_) alone_since_ = now;

  open_.push_back({number, replication.offset, now});
  thin_out();
  for (Checkpoint& checkpoint : open_) {
    if (checkpoint.covered) continue;
    const bool kept =
        alone ? now - std::max(checkpoint.answered, *alone_since_) >= policy_.retention_without_copy
              : has_copy(replication, checkpoint.offset) && now - checkpoint.answered >= policy_.retention_with_copy;
    if (kept) checkpoint.covered = now;
  }
  if (!policy_.authority) make_safe(covered_by(now));
}

void Safety::not_answered() {
  if (!unanswered_.empty()) unanswered_.pop_front();
}

void Safety::thin_out() {
  if (open_.size() <= most_open_checkpoints) return;
  std::deque<Checkpoint> kept;
  for (std::size_t i = 0; i < open_.size(); ++i) {
    if (i % 2 == 0 || i + 1 == open_.size()) kept.push_back(open_[i]);
  }
  open_ = std::move(kept);
}

// The newest checkpoint that was covered at `when`. Offsets rise with the numbers, so all before it are covered, too.
std::uint64_t Safety::covered_by(Time when) const {
  std::uint64_t newest = 0;
  for (const Checkpoint& checkpoint : open_) {
    if (checkpoint.covered && *checkpoint.covered <= when) newest = checkpoint.number;
  }
  return newest;
}

bool Safety::wants_confirmation(Time now) const {
  return policy_.authority && ask_authority(now) > std::max(safe_, confirmed_);
}

std::uint64_t Safety::ask_authority(Time now) const { return covered_by(now - policy_.authority_lag); }

void Safety::confirmed(std::uint64_t epoch, std::uint64_t checkpoint) {
  if (epoch != epoch_ || epoch == 0 || checkpoint <= confirmed_) return;
  confirmed_ = checkpoint;
  asked_before_ = asked_;
}

void Safety::make_safe(std::uint64_t checkpoint) {
  safe_ = std::max(safe_, checkpoint);
  std::erase_if(open_, [this](const Checkpoint& open) { return open.number <= safe_; });
}

}  // namespace cartd::redis
