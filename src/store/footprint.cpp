#include "store/footprint.h"

#include <bit>
#include <string>
#include <variant>

namespace cartd {
namespace {

// The node and the bucket of a hash map, the node of a map: pointers, a hash, the allocator's header.
constexpr std::size_t map_node_bytes = 48;
// The links of a list's node, and what the allocator adds.
constexpr std::size_t list_node_bytes = 32;
// Of the change's text, whichever command it is.
struct TextOf {
  std::size_t operator()(const Clear&) const { return 0; }
  std::size_t operator()(const Reprice& reprice) const { return heap_bytes(reprice.line.str()); }
  std::size_t operator()(const Remove& remove) const { return heap_bytes(remove.line.str()); }
  std::size_t operator()(const RemoveLine& remove) const { return heap_bytes(remove.line.str()); }
  std::size_t operator()(const auto& line) const {
    const DetailsPatch& details = line.details;
    std::size_t bytes = heap_bytes(line.line.str()) + heap_bytes(details.options);
    if (details.name) bytes += heap_bytes(*details.name);
    if (details.metadata) bytes += heap_bytes(*details.metadata);
    return bytes;
  }
};

// Short strings live inside the string object (the small-string buffer of libstdc++).
constexpr std::size_t inline_string_bytes = 15;

std::size_t footprint(const LineDetails& details) {
  return sizeof(LineDetails) + 2 * sizeof(void*) + heap_bytes(details.name) + heap_bytes(details.metadata) +
         heap_bytes(details.options);
}

std::size_t footprint(const std::vector<Line>& lines) {
  std::size_t bytes = lines.capacity() * sizeof(Line);
  for (const Line& line : lines) bytes += heap_bytes(line.id.str()) + (line.details ? footprint(*line.details) : 0);
  return bytes;
}

}  // namespace

// Its size classes: multiples of 16, and beyond 128 four between two powers of two. A block beyond the small ones
// begins anywhere in a page, so that it takes one page more.
std::size_t allocated(std::size_t bytes) {
  constexpr std::size_t largest_small = 14 * 1024;
  constexpr std::size_t page = 4096;
  const std::size_t step = bytes <= 128 ? 16 : std::bit_floor(bytes - 1) / 4;
  return (bytes + step - 1) / step * step + (bytes > largest_small ? page : 0);
}

std::size_t heap_bytes(const std::string& text) {
  return text.capacity() <= inline_string_bytes ? 0 : allocated(text.capacity() + 1);
}

std::size_t heap_bytes_of_copy(const CartId& id) {
  const std::size_t size = id.str().size();
  return size <= inline_string_bytes ? 0 : allocated(size + 1);
}

std::size_t footprint(const Change& change) {
  std::size_t bytes = allocated(sizeof(Change));
  if (const auto* batch = std::get_if<Batch>(&change.command)) {
    bytes += allocated(batch->commands.capacity() * sizeof(LineCommand));
    for (const LineCommand& command : batch->commands) bytes += std::visit(TextOf{}, command);
  } else if (const auto* annotate = std::get_if<Annotate>(&change.command)) {
    if (annotate->metadata) bytes += heap_bytes(*annotate->metadata);
    if (annotate->owner && *annotate->owner) bytes += heap_bytes((*annotate->owner)->str());
    if (annotate->kind && *annotate->kind) bytes += heap_bytes((*annotate->kind)->str());
  } else if (const auto* begin = std::get_if<BeginCheckout>(&change.command)) {
    bytes +=
        heap_bytes(begin->id.str()) + heap_bytes(begin->metadata) + allocated(begin->offers.size() * sizeof(Offer));
    for (const Offer& offer : begin->offers) bytes += heap_bytes(offer.line.str());
  } else if (const auto* complete = std::get_if<CompleteCheckout>(&change.command)) {
    bytes += footprint(*complete->checkout) + heap_bytes(complete->payment_ref);
  } else if (const auto* transfer = std::get_if<BeginTransfer>(&change.command)) {
    bytes += heap_bytes(transfer->id) + heap_bytes(transfer->target.str());
    if (transfer->key) bytes += heap_bytes(transfer->key->key) + heap_bytes(transfer->key->fingerprint);
    if (transfer->lines) bytes += allocated(transfer->lines->size() * sizeof(WantedLine));
    for (const WantedLine& wanted : transfer->lines.value_or(std::vector<WantedLine>{}))
      bytes += heap_bytes(wanted.line.str());
  } else if (const auto* take = std::get_if<TakeTransfer>(&change.command)) {
    bytes += footprint(*take->transfer);
  } else if (const auto* finish = std::get_if<FinishTransfer>(&change.command)) {
    bytes += footprint(*finish->transfer);
  }
  if (change.idempotency) bytes += heap_bytes(change.idempotency->key) + heap_bytes(change.idempotency->fingerprint);
  return bytes;
}

std::size_t footprint(const Checkout& checkout) {
  std::size_t bytes = sizeof(Checkout) + 2 * sizeof(void*) + heap_bytes(checkout.id.str()) +
                      heap_bytes(checkout.cart.str()) + heap_bytes(checkout.cart_metadata) +
                      heap_bytes(checkout.metadata) + footprint(checkout.lines);
  if (checkout.owner) bytes += heap_bytes(checkout.owner->str());
  if (!checkout.order) return bytes;
  bytes += heap_bytes(checkout.order->payment_ref);
  for (const LineDifference& line : checkout.order->shortfall)
    bytes += sizeof(LineDifference) + heap_bytes(line.line.str());
  return bytes;
}

std::size_t footprint(const Transfer& transfer) {
  std::size_t bytes = sizeof(Transfer) + 2 * sizeof(void*) + heap_bytes(transfer.id) +
                      heap_bytes(transfer.target.str()) + footprint(transfer.lines);
  if (transfer.key) bytes += heap_bytes(transfer.key->key) + heap_bytes(transfer.key->fingerprint);
  if (transfer.earlier) bytes += footprint(*transfer.earlier);
  return bytes;
}

std::size_t footprint(const CartRecord& record) {
  const Cart& cart = record.cart;
  std::size_t bytes = sizeof(CartRecord) + heap_bytes(cart.id.str()) + heap_bytes(cart.metadata);
  if (cart.owner) bytes += heap_bytes(cart.owner->str());
  if (cart.kind) bytes += heap_bytes(cart.kind->str());
  bytes += footprint(cart.lines);
  bytes += record.applied_sequences.capacity() * sizeof(AppliedSequence);
  bytes += record.keys.capacity() * sizeof(RememberedKey);
  for (const RememberedKey& key : record.keys)
    bytes += heap_bytes(key.idempotency.key) + heap_bytes(key.idempotency.fingerprint);
  if (record.transfer) bytes += footprint(*record.transfer);
  bytes += record.taken.capacity() * sizeof(TakenTransfer);
  for (const TakenTransfer& one : record.taken) bytes += heap_bytes(one.id);
  bytes += record.checkouts.capacity() * sizeof(CheckoutNote);
  for (const CheckoutNote& note : record.checkouts)
    bytes += heap_bytes(note.id.str()) + heap_bytes(note.content) + heap_bytes(note.payment);
  return bytes;
}

std::size_t footprint(const Snapshot& snapshot) {
  // Two counters and a pointer stand beside what a shared pointer refers to.
  std::size_t bytes = sizeof(Snapshot) - sizeof(CartRecord) + 2 * sizeof(void*) + footprint(snapshot.record);
  for (const std::string& line : snapshot.details_without_line) bytes += sizeof(std::string) + heap_bytes(line);
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
  // The owner's list gets an entry, and may be a new one.
  if (edits.owner && *edits.owner) bytes += 4 * map_node_bytes + 2 * heap_bytes((*edits.owner)->str());
  for (const LineEdit& line : edits.lines) {
    // A line may make the vector of lines double its capacity.
    if (line.seen == 0 && line.quantity != 0) bytes += 2 * sizeof(Line) + heap_bytes(line.line.str());
    if (line.details_changed && line.details) bytes += footprint(*line.details);
  }
  if (edits.transfer && *edits.transfer) bytes += footprint(**edits.transfer);
  bytes += 2 * edits.taken.size() * sizeof(TakenTransfer);
  for (const CheckoutEdit& edit : edits.checkout_contents)
    if (edit.content) bytes += 2 * sizeof(CheckoutNote) + footprint(*edit.content);
  return bytes == 0 ? 0 : bytes + edits.keys.size() * 2 * sizeof(RememberedKey);
}

}  // namespace cartd
