// What values cost in memory, in bytes: estimates that a budget can add up. Pure.
#pragma once

#include "domain/apply.h"
#include "domain/command.h"
#include "domain/user.h"

#include <cstddef>

namespace cartd {

/// A record in its place in a hash map.
std::size_t footprint(const CartRecord& record);

/// A user in its place in a hash map.
std::size_t footprint(const UserId& id, const UserFields& fields);

/// The most that `change` can add to an existing record; 0 when it can only shrink it.
std::size_t growth(const Change& change);

}  // namespace cartd
