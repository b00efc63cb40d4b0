#include "store/redis/plain_add.h"

#include "store/redis/cart_layout.h"
#include "store/redis/remembered_read.h"
#include "store/redis/slot_refusal.h"
#include "store/redis/store_error.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

constexpr std::size_t reply_count = 3;

std::string digits(Time time) { return std::to_string(time.time_since_epoch().count()); }

/// By how much an expiry may be off before it is moved.
Millis tolerance(Millis ttl) { return ttl / 100; }

/// A text, or an integer as text.
std::optional<std::string> word_from(ReplyView reply) {
  switch (reply.type()) {
    case ReplyView::Type::string: return std::string(reply.text());
    case ReplyView::Type::integer: return std::to_string(reply.integer());
    default: return std::nullopt;
  }
}

/// Whether the record that was read is the one with that token and version, as the script tells them.
bool is_state(const Snapshot& snapshot, const std::string& token, const std::string& version) {
  const std::uint64_t its_version = snapshot.record.cart.version;
  return token == (snapshot.token == 0 ? "" : token_text(snapshot.token)) &&
         (version == std::to_string(its_version) || (version.empty() && its_version == 0));
}

}  // namespace

std::vector<std::string> add_arguments(const AddRequest& request, Token token, Time now, CartTtl ttl,
                                       const Limits& limits) {
  std::vector<std::string> words{request.line.str(),
                                 std::to_string(request.quantity),
                                 details_field(request.line.str()),
                                 token_text(token),
                                 digits(now),
                                 digits(now + ttl.filled - tolerance(ttl.filled)),
                                 digits(now + ttl.filled + tolerance(ttl.filled)),
                                 digits(now + ttl.owned - tolerance(ttl.owned)),
                                 digits(now + ttl.owned + tolerance(ttl.owned)),
                                 std::to_string(request.required),
                                 std::to_string(limits.max_quantity),
                                 std::to_string(limits.max_lines),
                                 std::to_string(limits.max_producers),
                                 std::to_string(std::max<std::size_t>(1, limits.max_idempotency_keys)),
                                 sequence_field(request.command_id.producer),
                                 std::to_string(request.command_id.sequence)};
  if (request.idempotency) {
    words.push_back(key_field(request.idempotency->key));
    words.push_back(key_value({*request.idempotency, now}));
  }
  return words;
}

redis::Request both_hashes(std::string_view cart, std::string_view meta) {
  redis::Request request{"HGETALL", cart};
  request.add({"HGETALL", meta});
  return request;
}

Result<AddReply> added_from(ReplyView replies, const AddRequest& request, Token token, Time now,
                            Millis max_clock_difference, Millis replay_horizon) {
  if (replies.is_error()) return error_of(replies);
  if (replies.type() != ReplyView::Type::array || replies.size() != reply_count) return unexpected_reply();
  const ReplyView script = replies[0];
  if (is_refused_for_slot(script)) return AddReply{false, 0};
  if (script.is_error()) return error_of(script);
  if (script.size() != 3 || script[0].type() != ReplyView::Type::integer) return unexpected_reply();
  const auto version = word_from(script[1]);
  const auto token_before = word_from(script[2]);
  const std::int64_t code = script[0].integer();
  if (!version || !token_before || code < 0 || code > 1) return unexpected_reply();

  AddReply answer{code == 1, token_from(*token_before).value_or(0)};
  Result<SnapshotPtr> read = snapshot_from(replies[1], replies[2], request.cart, now, replay_horizon);
  if (read && is_state(**read, answer.was_added ? token_text(token) : *token_before, *version) &&
      is_surely_in_time(**read, now, max_clock_difference))
    answer.after = std::move(*read);
  return answer;
}

}  // namespace cartd
