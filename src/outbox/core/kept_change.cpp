#include "outbox/core/kept_change.h"

#include "format/change.h"
#include "runtime/defect.h"
#include "store/footprint.h"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>

namespace cartd {
namespace {

using Size = std::uint32_t;

Size size_of(const char* packed) {
  Size size = 0;
  std::memcpy(&size, packed, sizeof size);
  return size;
}

Change unpacked(const char* packed) {
  Result<Change> change = format::change_from_msgpack({packed + sizeof(Size), size_of(packed)});
  ensure(change.has_value(), "what was packed in this process can be read");
  return std::move(*change);
}

}  // namespace

Change& KeptChange::value() {
  if (!value_) {
    value_ = std::make_unique<Change>(unpacked(packed_.get()));
    packed_.reset();
  }
  return *value_;
}

Change KeptChange::copy() const { return value_ ? *value_ : unpacked(packed_.get()); }

void KeptChange::pack() {
  if (!value_) return;
  const std::string bytes = format::to_msgpack(*value_);
  const Size size = static_cast<Size>(bytes.size());
  packed_ = std::make_unique_for_overwrite<char[]>(sizeof size + bytes.size());
  std::memcpy(packed_.get(), &size, sizeof size);
  std::memcpy(packed_.get() + sizeof size, bytes.data(), bytes.size());
  value_.reset();
}

std::size_t KeptChange::bytes() const {
  return value_ ? footprint(*value_) : allocated(sizeof(Size) + size_of(packed_.get()));
}

}  // namespace cartd
