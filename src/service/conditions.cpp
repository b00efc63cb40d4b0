#include "service/conditions.h"

#include <algorithm>

namespace cartd {
namespace {

/// No cart ever has this version, and every store can compare with it.
constexpr std::uint64_t no_version = (std::uint64_t{1} << 53) - 1;

struct Holds {
  const Cart& cart;

  bool operator()(MustExist) const { return exists(cart); }
  bool operator()(MustNotExist) const { return !exists(cart); }
  bool operator()(const AnyVersionOf& any) const {
    return std::find(any.versions.begin(), any.versions.end(), cart.version) != any.versions.end();
  }
};

}  // namespace

bool holds(const CartCondition& condition, const Cart& cart) { return std::visit(Holds{cart}, condition); }

std::optional<std::uint64_t> only_version(const CartCondition& condition) {
  const auto* const any = std::get_if<AnyVersionOf>(&condition);
  if (any == nullptr) return std::nullopt;
  if (any->versions.empty()) return no_version;
  return any->versions.size() == 1 ? std::optional(any->versions.front()) : std::nullopt;
}

std::uint64_t expected_version(const CartCondition& condition, const Cart& cart) {
  return holds(condition, cart) ? cart.version : no_version;
}

}  // namespace cartd
