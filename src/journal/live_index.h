// Where in the journal's segments the records are that are still needed, in 12 bytes each. Pure.
//
// A producer's records reach a segment in the order of their sequences, but for those that were copied from an older
// one. So the index is made of runs, each of a producer and a segment and rising; a record is looked for in the runs of
// its producer, the newest first.
#pragma once

#include "domain/command_id.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <vector>

namespace cartd::journal {

/// Where a record is.
struct Position {
  std::uint64_t segment;
  std::uint32_t offset;
  std::uint32_t bytes;

  friend bool operator==(const Position&, const Position&) = default;
};

class LiveIndex {
 public:
  struct Found {
    Position position;
    bool accepted;
  };

  /// The record is not there yet. Its segment is none that is older than an earlier one's.
  void add(CommandId command_id, Position position, bool accepted);
  std::optional<Found> find(CommandId command_id) const;
  /// False when there is no such record.
  bool accept(CommandId command_id);
  /// What it was; nothing when there is no such record.
  std::optional<Found> remove(CommandId command_id);

  /// Nothing more is added to this segment: memory that was kept ready for that is given back.
  void seal(std::uint64_t segment);

  /// The oldest segment with a record that is needed; nothing when there is none.
  std::optional<std::uint64_t> oldest_segment() const;
  bool has_any_of(ProducerId producer) const;
  std::uint64_t size() const { return size_; }
  /// Of the index itself, without what the allocator adds.
  std::size_t memory_bytes() const;

 private:
  struct Entry {
    std::uint32_t after_first;  ///< Its sequence, less the first one of its run.
    std::uint32_t offset;
    std::uint32_t bytes : 30;
    std::uint32_t live : 1;
    std::uint32_t accepted : 1;
  };
  static_assert(sizeof(Entry) == 12);
  struct Run {
    std::uint64_t segment;
    std::uint64_t first;
    std::uint32_t live = 0;
    std::vector<Entry> entries{};
  };
  using Runs = std::vector<std::unique_ptr<Run>>;  // Of a producer, by age.

  static Entry* find_in(Run& run, std::uint64_t sequence);
  /// The run with the record, and the record in it.
  std::pair<Run*, Entry*> locate(CommandId command_id) const;
  void leave(ProducerId producer, Run& run);

  std::unordered_map<ProducerId, Runs> producers_{};
  std::map<std::uint64_t, std::uint64_t> segments_{};  ///< How many are needed of each.
  std::uint64_t newest_segment_ = 0;
  std::uint64_t size_ = 0;
};

}  // namespace cartd::journal
