#include "simulation/disk.h"

#include <algorithm>

namespace cartd::simulation {
namespace {

constexpr int journal_deadline = 25;

}  // namespace

void Disk::append(JournalRecord record, Done done) {
  const Key key = key_of(record.command_id);
  write({Write::Kind::append, key, std::move(record), std::move(done)});
}

void Disk::accept(CommandId command_id, Done done) {
  write({Write::Kind::accept, key_of(command_id), {}, std::move(done)});
}

void Disk::release(CommandId command_id, Done done) {
  write({Write::Kind::release, key_of(command_id), {}, std::move(done)});
}

void Disk::write(Write write) {
  write.asked = schedule_.now();
  write.number = ++last_number_;
  if (write.done) {
    const int wait = is_honest_ ? journal_deadline : 0;
    schedule_.after(wait, [this, number = write.number, life = life_] {
      if (life_ == life) time_out(number);
    });
  }
  writes_.push_back(std::move(write));
  sync();
}

void Disk::sync() {
  if (syncing_ > 0 || writes_.empty()) return;
  syncing_ = writes_.size();
  const int begin = std::max(schedule_.now(), hangs_until_);
  schedule_.at(begin + schedule_.between(1, 6), [this, life = life_] {
    if (life_ == life) finish_sync();
  });
}

void Disk::finish_sync() {
  std::vector<Done> done;
  for (; syncing_ > 0; --syncing_) {
    carry_out(writes_.front());
    if (writes_.front().done) done.push_back(std::move(writes_.front().done));
    writes_.pop_front();
  }
  sync();
  for (const Done& one : done) one({});
}

// What is being synced may be durable later; what was not begun with is withdrawn.
void Disk::time_out(std::uint64_t number) {
  const auto write =
      std::find_if(writes_.begin(), writes_.end(), [&](const Write& one) { return one.number == number; });
  if (write == writes_.end() || !write->done) return;
  const Done done = std::exchange(write->done, {});
  if (!is_honest_) return done({});
  const bool is_begun = write - writes_.begin() < static_cast<std::ptrdiff_t>(syncing_);
  if (!is_begun) writes_.erase(write);
  const Errc code = is_begun ? Errc::outcome_unknown : Errc::journal_stalled;
  done(Error{code, "the disk does not answer"});
}

std::optional<Error> Disk::refusal() const {
  const bool is_stalled = !writes_.empty() && schedule_.now() - writes_.front().asked > journal_deadline;
  return is_stalled ? std::optional(Error{Errc::journal_stalled, "the disk does not answer"}) : std::nullopt;
}

void Disk::carry_out(Write& write) {
  const auto found = synced_.find(write.key);
  switch (write.kind) {
    case Write::Kind::append: synced_.insert_or_assign(write.key, std::move(*write.record)); break;
    case Write::Kind::accept:
      if (found != synced_.end()) found->second.accepted = true;
      break;
    case Write::Kind::release:
      if (found != synced_.end()) synced_.erase(found);
      break;
  }
}

void Disk::hang(int duration) { hangs_until_ = std::max(hangs_until_, schedule_.now() + duration); }

void Disk::crash() {
  ++life_;
  syncing_ = 0;
  const std::size_t kept = schedule_.below(writes_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) carry_out(writes_[i]);
  writes_.clear();
}

bool Disk::has_any_of(ProducerId producer) const {
  const auto is_of = [producer](const Key& key) { return key.second == producer; };
  return std::any_of(synced_.begin(), synced_.end(), [&](const auto& entry) { return is_of(entry.first); }) ||
         std::any_of(writes_.begin(), writes_.end(), [&](const Write& write) { return is_of(write.key); });
}

std::vector<JournalRecord> Disk::read() const {
  std::vector<JournalRecord> records;
  for (const auto& [key, record] : synced_) records.push_back(record);
  return records;
}

}  // namespace cartd::simulation
