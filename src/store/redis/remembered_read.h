// Reading a cart whose record this process remembers: its lines and then its token, by plain commands in one pipeline,
// at a fraction of what load.lua costs Redis. Pure.
//
// The token is read after the lines. If it is the one of the record that was remembered before the request was sent,
// nobody committed until it was read: record and lines belong together. Everything else, and every doubt, is for
// load.lua.
#pragma once

#include "domain/time.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"
#include "store/cart_store.h"

#include <string_view>

namespace cartd {

/// Whether the cart's time is not over by any clock that is at most `max_clock_difference` from `now`. (Millis::max():
/// only this machine's clock counts.)
bool is_surely_in_time(const Snapshot& snapshot, Time now, Millis max_clock_difference);

/// Whether the record can be read that way: cartd wrote it, and its time is surely not over.
bool is_rereadable(const Snapshot& remembered, Time now, Millis max_clock_difference);

/// Asks for the lines and the token. `cart` and `meta` are the keys.
redis::Request reread_request(std::string_view cart, std::string_view meta);

/// The record as it is now, which is `remembered` itself where nothing changed. Null where load.lua has to tell.
/// Errc::corrupt, or what the server said, where the reply is none to reread_request().
Result<SnapshotPtr> reread_from(redis::ReplyView reply, const SnapshotPtr& remembered);

}  // namespace cartd
