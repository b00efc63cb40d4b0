#include "store/redis/owner_list.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <utility>

namespace cartd {
namespace {

constexpr std::size_t place_digits = 12;
constexpr std::uint64_t end_of_places = (std::uint64_t{1} << 48) - 1;
constexpr std::chrono::minutes made_again_after(10);

std::size_t hash_of(const Listing& listing) {
  return std::hash<std::string>{}(listing.owner.str() + ' ' + listing.member);
}

std::string list_place(const CartPlace& place) {
  const auto ms = std::max<std::int64_t>(place.created_at.time_since_epoch().count(), 0);
  std::uint64_t left = end_of_places - std::min(static_cast<std::uint64_t>(ms), end_of_places);
  std::string text(place_digits, '0');
  for (std::size_t i = place_digits; i-- > 0; left >>= 4) text[i] = "0123456789abcdef"[left & 0xF];
  return text + place.id.str() + ' ';
}

}  // namespace

std::string list_key(const UserId& owner) { return "user:{" + owner.str() + "}:carts"; }
std::string listing_key(const UserId& owner) { return "user:{" + owner.str() + "}:listing"; }

std::string list_member(const CartPlace& place, const std::optional<CartKind>& kind) {
  return list_place(place).append(name_of(kind));
}

// No kind has a byte as high.
std::string behind_members(const CartPlace& place) { return list_place(place) + '\xFF'; }

std::optional<ListEntry> entry_from(std::string_view member) {
  const std::size_t blank = member.find(' ');
  if (blank == std::string_view::npos || blank < place_digits) return std::nullopt;
  std::uint64_t left = 0;
  const char* const end = member.data() + place_digits;
  const auto read = std::from_chars(member.data(), end, left, 16);
  auto id = CartId::parse(member.substr(place_digits, blank - place_digits));
  auto kind = kind_from(member.substr(blank + 1));
  if (read.ec != std::errc() || read.ptr != end || !id || !kind) return std::nullopt;
  if (end_of_places - left > last_place_time) return std::nullopt;
  ListEntry entry{{Time(Millis(static_cast<std::int64_t>(end_of_places - left))), std::move(*id)}, std::move(*kind)};
  if (list_member(entry.place, entry.kind) != member) return std::nullopt;
  return entry;
}

std::optional<Listing> listing_after(const CommitRequest& request) {
  const RecordEdits& edits = request.edits;
  const Cart& base = request.base->record.cart;
  const Cart& before = edits.starts_anew ? without_content(base) : base;
  if (!(edits.owner ? *edits.owner : before.owner)) return std::nullopt;
  Cart after{request.cart};
  after.owner = edits.owner ? *edits.owner : before.owner;
  after.kind = edits.kind ? *edits.kind : before.kind;
  after.created_at = edits.created_at ? *edits.created_at : before.created_at;
  const std::optional<Time> expires_at = edits.expires_at ? *edits.expires_at : before.expires_at;
  const auto place = place_of(after);
  if (!place || !expires_at) return std::nullopt;
  const bool is_new = place != place_of(before) || after.owner != before.owner || after.kind != before.kind;
  return Listing{std::move(*after.owner), list_member(*place, after.kind), is_new, *expires_at};
}

bool ListedCarts::has(const Listing& listing, std::uint64_t epoch, Deadline now) const {
  const std::size_t hash = hash_of(listing);
  const Made& made = made_[hash % slots];
  return made.hash == hash && made.epoch == epoch && epoch != 0 && made.lives_until >= listing.expires_at &&
         now < made.at + made_again_after;
}

void ListedCarts::note(const Listing& listing, std::uint64_t epoch, Time lives_until, Deadline now) {
  const std::size_t hash = hash_of(listing);
  made_[hash % slots] = {hash, epoch, lives_until, now};
}

}  // namespace cartd
