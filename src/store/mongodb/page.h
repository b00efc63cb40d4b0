// Pages of a collection, by id: a cursor is the id behind which to go on. Pure.
#pragma once

#include "store/mongodb/operation.h"
#include "store/scan.h"

namespace cartd::mongodb {

/// The documents behind the cursor, as far as one answer of the server holds them. None is the end.
Operation page_of(const char* collection, const ScanRequest& request);

}  // namespace cartd::mongodb
