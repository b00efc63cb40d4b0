// A change of a cart's queue. It is a value while it is sent, and packed, as bytes, while it only waits or is
// unconfirmed: there may be millions of those.
#pragma once

#include "domain/command.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace cartd {

class KeptChange {
 public:
  explicit KeptChange(Change change) : value_(std::make_unique<Change>(std::move(change))) {}

  /// Unpacked if need be; valid until pack().
  Change& value();
  /// The value; stays packed if it is.
  Change copy() const;
  void pack();

  /// What it takes on the heap.
  std::size_t bytes() const;

 private:
  std::unique_ptr<Change> value_;  ///< Null while it is packed.
  /// The size, in the machine's order, and so many bytes in the form of format/change.h.
  std::unique_ptr<char[]> packed_{};
};

}  // namespace cartd
