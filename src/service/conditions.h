// Under which conditions a client wants a cart read or changed. Pure.
#pragma once

#include "domain/cart.h"
#include "domain/ids.h"

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

namespace cartd {

/// There is a cart.
struct MustExist {};
/// There is none.
struct MustNotExist {};
/// The cart has one of these versions; with none of them, no cart will do.
struct AnyVersionOf {
  std::vector<std::uint64_t> versions;
};

/// A condition on the cart; if it does not hold, the answer is Errc::version_mismatch.
using CartCondition = std::variant<MustExist, MustNotExist, AnyVersionOf>;

bool holds(const CartCondition& condition, const Cart& cart);

/// The version that it comes to whatever the cart is: nothing when the cart has to be asked first.
std::optional<std::uint64_t> only_version(const CartCondition& condition);

/// `condition` as a version for a change to expect, for a cart that was just seen to be `cart`.
/// The version is one that no cart has when the condition does not hold: the store still is to be asked, because a key
/// may stand for a change that was made before.
std::uint64_t expected_version(const CartCondition& condition, const Cart& cart);

struct Conditions {
  std::optional<CartCondition> cart{};
  std::optional<IdempotencyKey> idempotency_key{};
};

}  // namespace cartd
