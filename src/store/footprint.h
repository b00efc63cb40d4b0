// Estimates of values' memory in bytes, which a budget can add up. Pure.
#pragma once

#include "domain/command.h"
#include "domain/edits.h"
#include "domain/record.h"
#include "domain/user.h"
#include "store/cart_store.h"

#include <cstddef>
#include <string>

namespace cartd {

/// What jemalloc takes for a block of so many bytes.
std::size_t allocated(std::size_t bytes);

/// What a text takes beside the string object itself.
std::size_t heap_bytes(const std::string& text);
/// The same of a fresh copy of `id`.
std::size_t heap_bytes_of_copy(const CartId& id);

/// A change that a unique pointer refers to.
std::size_t footprint(const Change& change);

/// A checkout that shared pointers refer to.
std::size_t footprint(const Checkout& checkout);

/// A transfer that shared pointers refer to.
std::size_t footprint(const Transfer& transfer);

/// A record that a unique pointer refers to.
std::size_t footprint(const CartRecord& record);

/// A snapshot that shared pointers refer to.
std::size_t footprint(const Snapshot& snapshot);

/// An entry of a hash map with this key, the value left out.
std::size_t footprint(const CartId& id);

/// A user in its place in a hash map.
std::size_t footprint(const UserId& id, const UserFields& fields);

/// The most that `edits` can add to an existing record and beside it; 0 when they can only shrink it.
std::size_t growth(const RecordEdits& edits);

}  // namespace cartd
