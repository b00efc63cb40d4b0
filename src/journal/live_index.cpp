#include "journal/live_index.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace cartd::journal {

LiveIndex::Entry* LiveIndex::find_in(Run& run, std::uint64_t sequence) {
  if (sequence < run.first || sequence - run.first > run.entries.back().after_first) return nullptr;
  const auto wanted = static_cast<std::uint32_t>(sequence - run.first);
  const auto found =
      std::lower_bound(run.entries.begin(), run.entries.end(), wanted,
                       [](const Entry& entry, std::uint32_t value) { return entry.after_first < value; });
  return found->after_first == wanted && found->live == 1 ? &*found : nullptr;
}

std::pair<LiveIndex::Run*, LiveIndex::Entry*> LiveIndex::locate(CommandId command_id) const {
  const auto runs = producers_.find(command_id.producer);
  if (runs == producers_.end()) return {};
  for (auto run = runs->second.rbegin(); run != runs->second.rend(); ++run) {
    if (Entry* const found = find_in(**run, command_id.sequence)) return {run->get(), found};
  }
  return {};
}

void LiveIndex::add(CommandId command_id, Position position, bool accepted) {
  newest_segment_ = position.segment;
  Runs& runs = producers_[command_id.producer];
  const bool continues = !runs.empty() && runs.back()->segment == position.segment &&
                         command_id.sequence > runs.back()->first + runs.back()->entries.back().after_first &&
                         command_id.sequence - runs.back()->first <= std::numeric_limits<std::uint32_t>::max();
  if (!continues) {
    runs.push_back(std::make_unique<Run>());
    runs.back()->segment = position.segment;
    runs.back()->first = command_id.sequence;
  }
  Run& run = *runs.back();
  run.entries.push_back({.after_first = static_cast<std::uint32_t>(command_id.sequence - run.first),
                         .offset = position.offset,
                         .bytes = position.bytes & 0x3FFF'FFFFU,
                         .live = 1,
                         .accepted = accepted ? 1U : 0U});
  ++run.live;
  ++segments_[position.segment];
  ++size_;
}

std::optional<LiveIndex::Found> LiveIndex::find(CommandId command_id) const {
  const auto [run, entry] = locate(command_id);
  if (entry == nullptr) return std::nullopt;
  return Found{{run->segment, entry->offset, entry->bytes}, entry->accepted == 1};
}

bool LiveIndex::accept(CommandId command_id) {
  const auto [run, entry] = locate(command_id);
  if (entry != nullptr) entry->accepted = 1;
  return entry != nullptr;
}

std::optional<LiveIndex::Found> LiveIndex::remove(CommandId command_id) {
  const auto [run, entry] = locate(command_id);
  if (entry == nullptr) return std::nullopt;
  const Found found{{run->segment, entry->offset, entry->bytes}, entry->accepted == 1};
  entry->live = 0;
  --run->live;
  --size_;
  const auto segment = segments_.find(run->segment);
  if (--segment->second == 0) segments_.erase(segment);
  // The newest segment's runs go on.
  if (run->live == 0 && run->segment != newest_segment_) leave(command_id.producer, *run);
  return found;
}

void LiveIndex::leave(ProducerId producer, Run& run) {
  const auto runs = producers_.find(producer);
  std::erase_if(runs->second, [&run](const std::unique_ptr<Run>& one) { return one.get() == &run; });
  if (runs->second.empty()) producers_.erase(runs);
}

void LiveIndex::seal(std::uint64_t segment) {
  for (auto producer = producers_.begin(); producer != producers_.end();) {
    Runs& runs = producer->second;
    std::erase_if(runs, [&](const std::unique_ptr<Run>& run) { return run->segment == segment && run->live == 0; });
    for (const auto& run : runs) {
      if (run->segment == segment) run->entries.shrink_to_fit();
    }
    producer = runs.empty() ? producers_.erase(producer) : std::next(producer);
  }
}

std::optional<std::uint64_t> LiveIndex::oldest_segment() const {
  if (segments_.empty()) return std::nullopt;
  return segments_.begin()->first;
}

bool LiveIndex::has_any_of(ProducerId producer) const {
  const auto runs = producers_.find(producer);
  return runs != producers_.end() && std::any_of(runs->second.begin(), runs->second.end(),
                                                 [](const std::unique_ptr<Run>& run) { return run->live != 0; });
}

std::size_t LiveIndex::memory_bytes() const {
  std::size_t sum = 0;
  for (const auto& [producer, runs] : producers_) {
    sum += sizeof(Runs);
    for (const auto& run : runs) sum += sizeof(Run) + run->entries.capacity() * sizeof(Entry);
  }
  return sum;
}

}  // namespace cartd::journal
