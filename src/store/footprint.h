// Estimates of values' memory in bytes, which a budget can add up. Pure.
#pragma once

#include "domain/edits.h"
#include "domain/record.h"
#include "domain/user.h"
#include "store/cart_store.h"

#include <cstddef>

namespace cartd {

/// A snapshot that shared pointers refer to.
std::size_t footprint(const Snapshot& snapshot);

/// An entry of a hash map with this key, the value left out.
std::size_t footprint(const CartId& id);

/// A user in its place in a hash map.
std::size_t footprint(const UserId& id, const UserFields& fields);

/// The most that `edits` can add to an existing record; 0 when they can only shrink it.
std::size_t growth(const RecordEdits& edits);

}  // namespace cartd
