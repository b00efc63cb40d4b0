// Reading a range of keys, over damaged blocks.
#include "store/embedded/database.h"

#include <rocksdb/db.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::embedded {
namespace {

rocksdb::Slice slice_of(std::string_view text) { return {text.data(), text.size()}; }

/// As many as a key has at most behind its prefix, which is an id or, in an owner's list, a time and an id: a position
/// tells all of it.
constexpr std::size_t position_bytes = 136;

/// A key without its prefix, as a number of so many digits.
using Position = std::array<std::uint8_t, position_bytes>;

Position position_of(std::string_view rest) {
  Position position{};
  for (std::size_t i = 0; i < std::min(rest.size(), position_bytes); ++i)
    position[i] = static_cast<std::uint8_t>(rest[i]);
  return position;
}

/// In the middle of both; `a` itself where there is nothing between them.
Position middle(const Position& a, const Position& b) {
  Position sum{};
  unsigned carry = 0;
  for (std::size_t i = position_bytes; i-- > 0;) {
    carry += unsigned{a[i]} + b[i];
    sum[i] = static_cast<std::uint8_t>(carry & 0xFF);
    carry >>= 8;
  }
  Position half{};
  for (std::size_t i = 0; i < position_bytes; ++i) {
    const unsigned value = carry << 8 | sum[i];
    half[i] = static_cast<std::uint8_t>(value >> 1);
    carry = value & 1;
  }
  return half;
}

std::string key_at(const std::string& prefix, const Position& position) {
  return prefix + std::string(position.begin(), position.end());
}

/// Where the next block begins behind `from`, as the files' indexes say, which do not need the blocks themselves;
/// nothing: no block does.
std::optional<Position> next_block(rocksdb::DB& db, const std::string& prefix, const Position& from) {
  const auto bytes_before = [&](const Position& position) {
    rocksdb::SizeApproximationOptions options;
    options.include_memtables = false;
    options.files_size_error_margin = -1;  // Exactly.
    const std::string end = key_at(prefix, position);
    const rocksdb::Range range(prefix, end);
    std::uint64_t bytes = 0;
    return db.GetApproximateSizes(options, db.DefaultColumnFamily(), &range, 1, &bytes).ok() ? bytes : 0;
  };
  const std::uint64_t here = bytes_before(from);
  Position before = from;
  Position behind;
  behind.fill(0xFF);
  if (bytes_before(behind) <= here) return std::nullopt;
  for (Position half = middle(before, behind); half != before; half = middle(before, behind))
    (bytes_before(half) <= here ? before : behind) = half;
  return behind;
}

Lookup lookup_of(const rocksdb::Status& status, std::string value) {
  if (status.ok()) return {Lookup::Kind::found, std::move(value)};
  if (status.IsNotFound()) return {Lookup::Kind::absent};
  return {status.IsCorruption() ? Lookup::Kind::damaged : Lookup::Kind::failed, status.ToString()};
}

}  // namespace

Range Database::range(const RangeRequest& request) const {
  const auto release = [this](const rocksdb::Snapshot* snapshot) { db_->ReleaseSnapshot(snapshot); };
  const std::unique_ptr<const rocksdb::Snapshot, decltype(release)> snapshot(db_->GetSnapshot(), release);
  rocksdb::ReadOptions options;
  options.snapshot = snapshot.get();
  // What is read once need not push out what is read often.
  options.fill_cache = false;
  std::unique_ptr<rocksdb::Iterator> at(db_->NewIterator(options));
  Range range;
  std::string last = request.after.empty() ? request.prefix : request.after;
  std::size_t bytes = 0;
  at->Seek(slice_of(last));
  for (;;) {
    if (!at->Valid() && !at->status().ok()) {
      if (!at->status().IsCorruption()) {
        range.why = at->status().ToString();
        return range;
      }
      range.damaged_behind.push_back(last);
      const std::size_t begin = std::min(request.prefix.size(), last.size());
      auto position = std::optional(position_of(std::string_view(last).substr(begin)));
      do {
        position = next_block(*db_, request.prefix, *position);
        if (!position) return range;
        // One that has met a damaged block is not used again.
        at.reset(db_->NewIterator(options));
        at->Seek(key_at(request.prefix, *position));
      } while (at->status().IsCorruption());
      continue;
    }
    if (!at->Valid() || !at->key().starts_with(request.prefix)) return range;
    std::string key = at->key().ToString();
    if (key != request.after) {
      if (range.entries.size() == request.most || (bytes >= request.most_bytes && !range.entries.empty())) {
        range.next = last;
        return range;
      }
      RangeEntry entry{key, at->value().ToString()};
      bytes += key.size() + entry.value.size();
      if (request.beside)
        for (const std::string& other : request.beside(entry.key, entry.value)) {
          std::string value;
          const rocksdb::Status status = db_->Get(options, slice_of(other), &value);
          bytes += value.size();
          entry.beside.push_back(lookup_of(status, std::move(value)));
        }
      range.entries.push_back(std::move(entry));
    }
    last = std::move(key);
    at->Next();
  }
}

}  // namespace cartd::embedded
