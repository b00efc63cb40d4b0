// The records of all loops as they are now, as far as they were used lately: bounded in bytes. Whatever is written goes
// through here, so that what stands here is current.
//
// Threads: thread-safe. It is made of parts with a lock each, so that loops seldom meet.
#pragma once

#include "store/cache/record_cache.h"
#include "store/cart_store.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

namespace cartd::embedded {

class SharedRecords {
 public:
  /// `max_bytes` bounds all of them.
  explicit SharedRecords(std::size_t max_bytes);

  /// Null when it is not here.
  SnapshotPtr find(const CartId& id);

  /// Says when somebody began to read a record from the database.
  using Moment = std::uint64_t;
  Moment moment(const CartId& id);
  /// What was read since `then`; ignored where it may have been written meanwhile.
  void put_read(const CartId& id, SnapshotPtr snapshot, Moment then);

  /// A write to the record begins. What is read from now on may be what was before it.
  void begin_write(const CartId& id);
  /// It has ended; with null, nothing was written.
  void end_write(const CartId& id, SnapshotPtr written);

 private:
  struct Part {
    explicit Part(std::size_t max_bytes) : cache(max_bytes) {}

    std::mutex mutex{};
    RecordCache cache;
    std::size_t writing = 0;  ///< Writes that have begun and not ended.
    Moment moment = 0;        ///< Another one whenever one of them begins or ends.
  };
  static constexpr std::size_t parts = 8;

  Part& part_of(const CartId& id);

  std::array<std::unique_ptr<Part>, parts> parts_;
};

}  // namespace cartd::embedded
