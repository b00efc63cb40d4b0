// How a cart stands in Redis: keys, fields and values, and the way back. Pure. The layout is a public contract:
// docs/redis-layout.md.
#pragma once

#include "domain/cart.h"
#include "domain/limits.h"
#include "redis/protocol/reply.h"
#include "store/cart_store.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// checkout:{<first three characters>}<the others>. The first three are its hash tag.
std::string checkout_key(const CheckoutId& id);
/// Three letters or digits that as a hash tag lie in the slot of `key`.
std::string tag_in_slot_of(std::string_view key);
std::string tag_in_slot(std::uint16_t slot);
/// The cart whose hash or meta hash has this key; nothing: it is the key of neither.
std::optional<CartId> cart_of_key(std::string_view key);
std::optional<CartId> cart_of_meta_key(std::string_view key);
/// The field of that key's hash which holds the checkout.
inline constexpr std::string_view checkout_field = "d";

/// The meta field of the cart's kind; there is none where it is the usual one.
inline constexpr std::string_view kind_field = "y";
/// The meta field of a transfer that is under way, in the form of format/transfer.h.
inline constexpr std::string_view transfer_field = "g";
/// The meta field of a transfer that the cart has taken: "j:" and its id. Its value is when it may be forgotten, in ms.
std::string taken_field(std::string_view id);

/// The meta field of a checkout's note: "q:" and its id.
std::string note_field(const CheckoutId& id);

/// The reply to TIME.
std::optional<Time> server_time_from(redis::ReplyView reply);

/// How far the clocks of cartd and a server may differ for changes of carts that live for `ttl`; Millis::max(): as far
/// as they like.
Millis permitted_clock_difference(const Limits& limits, Millis ttl);

/// "the clock of the store is 691200 s ahead of this machine's clock": the store's time minus ours.
std::string clock_difference_text(Millis difference);

std::string cart_key(const CartId& id);  ///< cart:<id>
std::string meta_key(const CartId& id);  ///< {cart:<id>}:meta

/// The meta field of a producer's applied sequence: "m:" and the 48 bits in URL-safe base64.
std::string sequence_field(ProducerId producer);
/// The applied sequence in such a field; nothing where somebody else wrote it.
std::optional<AppliedSequence> mark_from(std::string_view field, redis::ReplyView sequence);

/// The meta field of an idempotency key, "k:" and the key, and its value.
std::string key_field(std::string_view key);
std::string key_value(const RememberedKey& key);

/// The meta field of a line's details: "l:" and LineId::str().
std::string details_field(std::string_view line);
/// The meta field that a cart has whose lines may have labels.
inline constexpr std::string_view labels_field = "n";

/// The field `t`: the 64 bits in URL-safe base64, 11 characters.
std::string token_text(Token token);
std::optional<Token> token_from(std::string_view text);

/// The record from HGETALL of its two keys. `now` is the server's time, which decides what has expired. Fields that are
/// no line (a plain client's writing) are passed over. Errc::corrupt where either is no hash, or where token, version
/// or applied sequences make no sense.
Result<SnapshotPtr> snapshot_from(redis::ReplyView lines, redis::ReplyView meta, const CartId& id, Time now,
                                  Millis replay_horizon);

}  // namespace cartd
