// The index of carts by owner of a database that an earlier cartd wrote, which had none.
#pragma once

#include "store/embedded/database.h"

#include <string>

namespace cartd::embedded {

/// Adds an entry for each cart that has an owner; once more does no harm. Reads all carts. Before anybody else writes.
/// Answers what went wrong; empty: nothing. Carts that cannot be read are left out.
std::string index_owners(Database& database);

}  // namespace cartd::embedded
