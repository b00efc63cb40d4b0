#include "store/embedded/owner_key.h"

#include "format/binary.h"
#include "format/cart_values.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace cartd::embedded {
namespace {

constexpr std::uint64_t end_of_numbers = std::numeric_limits<std::uint64_t>::max();
constexpr std::size_t number_bytes = 8;

}  // namespace

std::string owner_key_prefix(const UserId& owner) { return owner_prefix + owner.str() + '\0'; }

std::string owner_key(const UserId& owner, const CartPlace& place) {
  std::string key = owner_key_prefix(owner);
  format::append_fixed(key, end_of_numbers - format::number_of(place.created_at));
  return key + place.id.str();
}

std::optional<CartPlace> place_in_key(const UserId& owner, std::string_view key) {
  format::BinaryReader in(key);
  const auto prefix = in.bytes(owner_key_prefix(owner).size());
  const auto number = prefix ? in.fixed() : std::nullopt;
  if (!number || end_of_numbers - *number > format::last_time) return std::nullopt;
  auto id = CartId::parse(key.substr(prefix->size() + number_bytes));
  if (!id) return std::nullopt;
  return CartPlace{Time(Millis(static_cast<std::int64_t>(end_of_numbers - *number))), std::move(*id)};
}

std::optional<OwnerEntry> owner_entry(const Cart& cart) {
  const auto place = place_of(cart);
  if (!place) return std::nullopt;
  OwnerEntry entry{owner_key(*cart.owner, *place), ""};
  format::append_fixed(entry.value, cart.expires_at ? format::number_of(*cart.expires_at) : format::last_time);
  if (cart.kind) entry.value += cart.kind->str();
  return entry;
}

std::optional<Time> entry_expires_at(std::string_view value) {
  format::BinaryReader in(value);
  const auto number = in.fixed();
  if (!number || *number > format::last_time) return std::nullopt;
  return Time(Millis(static_cast<std::int64_t>(*number)));
}

std::string_view entry_kind(std::string_view value) { return value.substr(std::min(number_bytes, value.size())); }

}  // namespace cartd::embedded
