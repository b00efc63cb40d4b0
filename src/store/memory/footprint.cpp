#include "store/memory/footprint.h"

#include <string>
#include <variant>

namespace cartd {
namespace {

// The node and the bucket of a hash map, the node of a map: pointers, a hash, the allocator's header.
constexpr std::size_t map_node_bytes = 48;
// Short strings live inside the string object (the small-string buffer of libstdc++).
constexpr std::size_t inline_string_bytes = 15;

std::size_t heap_bytes(const std::string& text) { return text.capacity() <= inline_string_bytes ? 0 : text.capacity() + 1; }

std::size_t footprint(const LineDetails& details) {
  return sizeof(LineDetails) + 2 * sizeof(void*) + heap_bytes(details.name) + heap_bytes(details.metadata);
}

struct Growth {
  // A line may make the vector of lines double its capacity.
  static std::size_t line(const Sku& sku, const std::optional<LineDetails>& details) {
    return 2 * sizeof(Line) + sku.str().size() + (details ? footprint(*details) : 0);
  }
  std::size_t operator()(const Add& add) const { return line(add.sku, add.details); }
  std::size_t operator()(const Set& set) const { return set.quantity == 0 ? 0 : line(set.sku, set.details); }
  std::size_t operator()(const Remove&) const { return 0; }
  std::size_t operator()(const RemoveLine&) const { return 0; }
  std::size_t operator()(const Clear&) const { return 0; }

  std::size_t operator()(const Batch& batch) const {
    std::size_t bytes = 0;
    for (const LineCommand& command : batch.commands) bytes += std::visit(*this, command);
    return bytes;
  }
  std::size_t operator()(const Annotate& annotate) const { return annotate.metadata ? annotate.metadata->size() : 0; }
  std::size_t operator()(const Delete&) const { return 0; }
  std::size_t operator()(const Touch&) const { return 0; }
};

}  // namespace

std::size_t footprint(const CartRecord& record) {
  const Cart& cart = record.cart;
  std::size_t bytes = map_node_bytes + sizeof(CartId) + sizeof(CartRecord) + 2 * heap_bytes(cart.id.str()) + heap_bytes(cart.metadata);
  if (cart.owner) bytes += heap_bytes(cart.owner->str());
  bytes += cart.lines.capacity() * sizeof(Line);
  for (const Line& line : cart.lines) bytes += heap_bytes(line.sku.str()) + (line.details ? footprint(*line.details) : 0);
  bytes += record.marks.capacity() * sizeof(Mark);
  bytes += record.keys.capacity() * sizeof(RememberedKey);
  for (const RememberedKey& key : record.keys) bytes += heap_bytes(key.idempotency.key) + heap_bytes(key.idempotency.fingerprint);
  return bytes;
}

std::size_t footprint(const UserId& id, const UserFields& fields) {
  std::size_t bytes = map_node_bytes + sizeof(UserId) + sizeof(UserFields) + heap_bytes(id.str());
  for (const auto& [name, value] : fields) bytes += map_node_bytes + 2 * sizeof(std::string) + heap_bytes(name) + heap_bytes(value);
  return bytes;
}

std::size_t growth(const Change& change) {
  const std::size_t bytes = std::visit(Growth{}, change.command);
  return bytes == 0 ? 0 : bytes + (change.idempotency ? 2 * sizeof(RememberedKey) : 0);
}

}  // namespace cartd
