// Carts of other services, which stand as JSON (format/json_cart.h) where a cart's hash belongs: what is read of them,
// and what the commit writes that puts the cart in the place of the text. Pure, but for what JsonAdoption calls.
#pragma once

#include "domain/ids.h"
#include "domain/minor_unit.h"
#include "domain/time.h"
#include "redis/protocol/reply.h"
#include "store/cart_store.h"

#include <functional>
#include <optional>
#include <string_view>

namespace cartd {

struct JsonAdoption {
  /// The currency of their prices; nothing: none of them is adopted.
  std::optional<MinorUnit> prices{};
  /// After the commit that put a cart in the place of a text; `again`: of one that came in the place of a cart.
  std::function<void(const CartId&, bool again)> on_adopted{};
  /// Whenever one is met that cannot be read.
  std::function<void(const CartId&, std::string_view why)> on_corrupt{};
};

/// How many bytes of a text load.lua is to read, less one: what is longer is then seen to be too long.
std::size_t last_byte_of_text();

/// The record of the cart that `text`, the fourth element of load.lua's answer, is going to be: owner, lines and
/// metadata from there, and what is kept against repetition from `before`, which the meta hash alone makes.
/// Errc::corrupt where it is no cart that can be read, or where none is adopted; its detail says so.
Result<SnapshotPtr> adopted_from(redis::ReplyView text, const Snapshot& before, Time now, Millis replay_horizon,
                                 const std::optional<MinorUnit>& prices);

/// `request`, made on a record from adopted_from(), as one on a record without content: its edits write all of it.
CommitRequest with_adoption(CommitRequest request);

}  // namespace cartd
