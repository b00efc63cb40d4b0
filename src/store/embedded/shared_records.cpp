#include "store/embedded/shared_records.h"

#include <utility>

namespace cartd::embedded {

SharedRecords::SharedRecords(std::size_t max_bytes) {
  for (auto& part : parts_) part = std::make_unique<Part>(max_bytes / parts);
}

SharedRecords::Part& SharedRecords::part_of(const CartId& id) { return *parts_[std::hash<CartId>{}(id) % parts]; }

SnapshotPtr SharedRecords::find(const CartId& id) {
  Part& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  return part.cache.find(id);
}

SharedRecords::Moment SharedRecords::moment(const CartId& id) {
  Part& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  return part.moment;
}

void SharedRecords::put_read(const CartId& id, SnapshotPtr snapshot, Moment then) {
  Part& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  if (part.writing == 0 && part.moment == then) part.cache.put(id, std::move(snapshot));
}

void SharedRecords::begin_write(const CartId& id) {
  Part& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  ++part.writing;
  ++part.moment;
}

void SharedRecords::end_write(const CartId& id, SnapshotPtr written) {
  Part& part = part_of(id);
  const std::lock_guard lock(part.mutex);
  --part.writing;
  ++part.moment;
  if (written) part.cache.put(id, std::move(written));
}

}  // namespace cartd::embedded
