#include "store/footprint.h"

#include <string>

namespace cartd {
namespace {

// The node and the bucket of a hash map, the node of a map: pointers, a hash, the allocator's header.
constexpr std::size_t map_node_bytes = 48;
// The links of a list's node, and what the allocator adds.
constexpr std::size_t list_node_bytes = 32;
// Short strings live inside the string object (the small-string buffer of libstdc++).
constexpr std::size_t inline_string_bytes = 15;

std::size_t heap_bytes(const std::string& text) {
  return text.capacity() <= inline_string_bytes ? 0 : text.capacity() + 1;
}

std::size_t footprint(const LineDetails& details) {
  return sizeof(LineDetails) + 2 * sizeof(void*) + heap_bytes(details.name) + heap_bytes(details.metadata);
}

}  // namespace

std::size_t footprint(const Snapshot& snapshot) {
  const CartRecord& record = snapshot.record;
  const Cart& cart = record.cart;
  // Two counters and a pointer stand beside what a shared pointer refers to.
  std::size_t bytes = sizeof(Snapshot) + 2 * sizeof(void*) + heap_bytes(cart.id.str()) + heap_bytes(cart.metadata);
  if (cart.owner) bytes += heap_bytes(cart.owner->str());
  bytes += cart.lines.capacity() * sizeof(Line);
  for (const Line& line : cart.lines)
    bytes += heap_bytes(line.sku.str()) + (line.details ? footprint(*line.details) : 0);
  bytes += record.applied_sequences.capacity() * sizeof(AppliedSequence);
  bytes += record.keys.capacity() * sizeof(RememberedKey);
  for (const RememberedKey& key : record.keys)
    bytes += heap_bytes(key.idempotency.key) + heap_bytes(key.idempotency.fingerprint);
  for (const std::string& sku : snapshot.details_without_line) bytes += sizeof(std::string) + heap_bytes(sku);
  return bytes;
}

std::size_t footprint(const CartId& id) {
  return map_node_bytes + sizeof(CartId) + heap_bytes(id.str()) + list_node_bytes;
}

std::size_t footprint(const UserId& id, const UserFields& fields) {
  std::size_t bytes = map_node_bytes + sizeof(UserId) + sizeof(UserFields) + heap_bytes(id.str());
  for (const auto& [name, value] : fields)
    bytes += map_node_bytes + 2 * sizeof(std::string) + heap_bytes(name) + heap_bytes(value);
  return bytes;
}

std::size_t growth(const RecordEdits& edits) {
  std::size_t bytes = edits.metadata ? edits.metadata->size() : 0;
  for (const LineEdit& line : edits.lines) {
    // A line may make the vector of lines double its capacity.
    if (line.seen == 0 && line.quantity != 0) bytes += 2 * sizeof(Line) + heap_bytes(line.sku.str());
    if (line.details_changed && line.details) bytes += footprint(*line.details);
  }
  return bytes == 0 ? 0 : bytes + edits.keys.size() * 2 * sizeof(RememberedKey);
}

}  // namespace cartd
