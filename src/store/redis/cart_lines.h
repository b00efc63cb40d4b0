// The lines of a cart as its hash shows them: HGETALL of `cart:<id>`, LineId::str() to quantity. Plain clients write
// it, too, so fields that are no line are passed over. Pure.
#pragma once

#include "domain/cart.h"
#include "domain/edits.h"
#include "redis/protocol/reply.h"
#include "store/cart_store.h"

#include <map>
#include <string_view>
#include <vector>

namespace cartd {

/// An array of texts, names and values in turn.
bool is_pairs(redis::ReplyView reply);

/// LineId::str() to the details as they are stored.
using StoredDetails = std::map<std::string_view, std::string_view>;

/// Details that are not understood are somebody else's, and are passed over. `hash` is_pairs().
std::vector<Line> lines_from(redis::ReplyView hash, const StoredDetails& details);

/// Gives `snapshot` the lines of `hash`, with the details that it knows. Details of lines that are gone, and that
/// `edits` does not name, are noted as Snapshot::details_without_line. `hash` is_pairs().
void show_lines(Snapshot& snapshot, redis::ReplyView hash, const RecordEdits& edits);

/// `snapshot` with the lines of `hash`; the same pointer where they are the same. Null where `hash` has a line whose
/// details are stored and not known any more. `hash` is_pairs().
SnapshotPtr with_lines(const SnapshotPtr& snapshot, redis::ReplyView hash);

}  // namespace cartd
