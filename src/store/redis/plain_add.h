// Adding pieces to a cart whose record is not known, in one round trip: add.lua, and behind it HGETALL of both hashes,
// which cost Redis less as plain commands than a script that answers them. Pure.
#pragma once

#include "domain/limits.h"
#include "domain/time.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"
#include "store/cart_store.h"

#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// The arguments of add.lua; the cart's token is going to be `token`.
std::vector<std::string> add_arguments(const AddRequest& request, Token token, Time now, CartTtl ttl,
                                       const Limits& limits);

/// What goes behind the script. `cart` and `meta` are the keys.
redis::Request both_hashes(std::string_view cart, std::string_view meta);

struct AddReply {
  bool was_added;
  Token found;  ///< The cart's token before that; 0 where it had none.
  /// The cart as the script left it. Null where it has to be loaded: it changed again before it was read, or its time
  /// may be over by a clock that is at most the permitted difference from `now`.
  SnapshotPtr after{};
};

/// From the replies to all three. An error says whether the add may have been done.
Result<AddReply> added_from(redis::ReplyView replies, const AddRequest& request, Token token, Time now,
                            Millis max_clock_difference, Millis replay_horizon);

}  // namespace cartd
