// Pages of all carts and users of the embedded store.
#include "format/checkout.h"
#include "format/record.h"
#include "format/user_fields.h"
#include "store/embedded/access.h"
#include "store/embedded/embedded_cart_store.h"
#include "store/embedded/embedded_user_store.h"
#include "store/embedded/key_layout.h"

#include <string>
#include <utility>
#include <vector>

namespace cartd {

using namespace embedded;

namespace {

/// The keys of a record's checkouts.
std::vector<std::string> checkouts_of(std::string_view key, std::string_view value) {
  std::vector<std::string> keys;
  const auto id = CartId::parse(key.substr(1));
  const auto stored = id ? format::record_from_bytes(*id, value) : Error{Errc::corrupt, ""};
  if (stored)
    for (const CheckoutNote& note : stored->record.checkouts) keys.push_back(checkout_key(note.id));
  return keys;
}

/// Nothing: the record is forgotten.
Result<std::optional<KeptCart>> kept_from(const RangeEntry& entry, Time now) {
  const auto id = CartId::parse(std::string_view(entry.key).substr(1));
  if (!id) return id.error();
  auto stored = format::record_from_bytes(*id, entry.value);
  if (!stored) return stored.error();
  if (stored->record.forget_at <= now) return std::optional<KeptCart>();
  KeptCart kept{std::move(stored->record)};
  for (const Lookup& lookup : entry.beside) {
    if (lookup.kind == Lookup::Kind::absent) continue;
    if (lookup.kind != Lookup::Kind::found) return Error{Errc::corrupt, "a stored checkout is damaged"};
    auto checkout = format::checkout_from_bytes(lookup.value);
    if (!checkout) return checkout.error();
    kept.checkouts.push_back(std::move(*checkout));
  }
  return std::optional(std::move(kept));
}

RangeRequest range_of(char prefix, const ScanRequest& request) {
  RangeRequest range{std::string(1, prefix)};
  if (!request.cursor.empty()) range.after = prefix + request.cursor;
  range.most = request.most;
  range.most_bytes = request.most_bytes;
  return range;
}

void note_damage(const Range& range, std::vector<Unreadable>& unreadable) {
  for (const std::string& last : range.damaged_behind)
    unreadable.push_back({"", "a block of the disk is damaged; what stood in it followed " +
                                  (last.size() > 1 ? last.substr(1) : std::string("the beginning"))});
}

std::string next_of(const Range& range) { return range.next.empty() ? std::string() : range.next.substr(1); }

}  // namespace

boost::asio::awaitable<Result<CartPage>> EmbeddedCartStore::scan(ScanRequest request) {
  RangeRequest wanted = range_of(cart_prefix, request);
  wanted.beside = checkouts_of;
  const auto range = co_await read_range(store_, calls_, std::move(wanted), request.deadline);
  if (!range) co_return range.error();
  const Time now = now_ms(store_.clock());
  CartPage page;
  for (const RangeEntry& entry : range->entries) {
    auto kept = kept_from(entry, now);
    if (!kept) page.unreadable.push_back({entry.key.substr(1), kept.error().detail});
    else if (*kept) page.carts.push_back(std::move(**kept));
  }
  note_damage(*range, page.unreadable);
  page.next = next_of(*range);
  co_return page;
}

boost::asio::awaitable<Result<UserPage>> EmbeddedUserStore::scan(ScanRequest request) {
  RangeRequest wanted = range_of(user_prefix, request);
  const auto range = co_await read_range(store_, calls_, std::move(wanted), request.deadline);
  if (!range) co_return range.error();
  UserPage page;
  for (const RangeEntry& entry : range->entries) {
    auto id = UserId::parse(std::string_view(entry.key).substr(1));
    auto fields = format::user_fields_from_bytes(entry.value);
    if (id && fields) page.users.push_back({std::move(*id), std::move(*fields)});
    else page.unreadable.push_back({entry.key.substr(1), "the stored user cannot be decoded"});
  }
  note_damage(*range, page.unreadable);
  page.next = next_of(*range);
  co_return page;
}

}  // namespace cartd
