#include "simulation/disk.h"

#include <algorithm>

namespace cartd::simulation {

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
  written_.push_back(std::move(write));
  sync();
}

void Disk::sync() {
  if (is_syncing_ || written_.empty()) return;
  is_syncing_ = true;
  const int begin = std::max(schedule_.now(), hangs_until_);
  schedule_.at(begin + schedule_.between(1, 6), [this, life = life_, count = written_.size()] {
    if (life_ == life) finish_sync(count);
  });
}

void Disk::finish_sync(std::size_t count) {
  is_syncing_ = false;
  std::vector<Done> done;
  for (; count > 0; --count) {
    carry_out(written_.front());
    if (written_.front().done) done.push_back(std::move(written_.front().done));
    written_.pop_front();
  }
  sync();
  for (const Done& one : done) one();
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
  is_syncing_ = false;
  const std::size_t kept = schedule_.below(written_.size() + 1);
  for (std::size_t i = 0; i < kept; ++i) carry_out(written_[i]);
  written_.clear();
}

std::vector<JournalRecord> Disk::read() const {
  std::vector<JournalRecord> records;
  for (const auto& [key, record] : synced_) records.push_back(record);
  return records;
}

}  // namespace cartd::simulation
