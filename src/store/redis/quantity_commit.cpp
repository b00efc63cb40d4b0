#include "store/redis/quantity_commit.h"

#include "store/redis/cart_layout.h"
#include "store/redis/cart_lines.h"
#include "store/redis/commit_script.h"
#include "store/redis/slot_refusal.h"
#include "store/redis/store_error.h"

#include <algorithm>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

/// The lines, if they are those of the commit's state.
std::optional<ReplyView> lines_of(ReplyView replies, const CommitRequest& request, Token token) {
  const ReplyView hash = replies[1];
  const ReplyView state = replies[2];
  const bool is_ours = state.size() == 2 && state[0].text() == token_text(token) &&
                       state[1].text() == std::to_string(*request.edits.version);
  return is_ours && is_pairs(hash) ? std::optional(hash) : std::nullopt;
}

}  // namespace

std::optional<std::vector<std::string>> quantity_arguments(const CommitRequest& request, Token token) {
  const RecordEdits& edits = request.edits;
  const Snapshot& base = *request.base;
  if (base.token == 0 || base.adopts || base.has_expired || !base.details_without_line.empty()) return std::nullopt;
  if (edits.starts_anew || edits.covers_all_lines || edits.lines.size() != 1) return std::nullopt;
  // It stays where the last change was in the same millisecond.
  const std::optional<Time> updated_at = edits.updated_at ? *edits.updated_at : base.record.cart.updated_at;
  if (!edits.version || !updated_at || edits.created_at || edits.expires_at || edits.owner || edits.kind ||
      edits.metadata || edits.forget_at)
    return std::nullopt;
  if (edits.applied_sequences.size() != 1 || !edits.dropped_producers.empty() || edits.keys.size() > 1 ||
      edits.dropped_keys.size() > 1 || !edits.checkouts.empty() || !edits.dropped_checkouts.empty() ||
      !edits.checkout_contents.empty() || edits.transfer || !edits.taken.empty() || !edits.dropped_taken.empty())
    return std::nullopt;
  const LineEdit& line = edits.lines.front();
  if (line.seen == 0 || line.quantity == 0 || line.details_changed) return std::nullopt;

  // Only the number of fields tells that a plain client took a line with details away.
  const std::vector<Line>& lines = base.record.cart.lines;
  const bool counts_fields = std::any_of(lines.begin(), lines.end(), [](const Line& one) { return one.details; });
  const AppliedSequence& last = edits.applied_sequences.front();
  std::vector<std::string> words{token_text(base.token),
                                 std::to_string(base.record.cart.version),
                                 line.line.str(),
                                 std::to_string(line.seen),
                                 std::to_string(line.quantity),
                                 counts_fields ? std::to_string(base.line_fields) : "",
                                 token_text(token),
                                 std::to_string(*edits.version),
                                 std::to_string(updated_at->time_since_epoch().count()),
                                 edits.dropped_keys.empty() ? "" : key_field(edits.dropped_keys.front()),
                                 sequence_field(last.producer),
                                 std::to_string(last.sequence)};
  for (const RememberedKey& key : edits.keys) {
    words.push_back(key_field(key.idempotency.key));
    words.push_back(key_value(key));
  }
  return words;
}

Result<std::optional<Committed>> quantity_committed_from(ReplyView reply, const CommitRequest& request, Token token,
                                                         Millis replay_horizon, std::optional<Time> own_clock) {
  constexpr std::size_t reply_count = 3;
  if (reply.is_error()) return error_of(reply);
  if (request.lines_wanted && (reply.type() != ReplyView::Type::array || reply.size() != reply_count))
    return unexpected_reply();
  const ReplyView script = request.lines_wanted ? reply[0] : reply;
  if (is_refused_for_slot(script)) return std::optional<Committed>();
  if (script.is_error()) return error_of(script);
  if (script.type() == ReplyView::Type::array) {
    Result<Committed> other = committed_from(script, request, token, replay_horizon, own_clock);
    if (!other) return other.error();
    if (other->was_current || !other->snapshot) return unexpected_reply();
    return std::optional(std::move(*other));
  }
  const std::int64_t code = script.integer();
  if (script.type() != ReplyView::Type::integer || code < 0 || code > 1) return unexpected_reply();
  if (code == 0) return std::optional<Committed>();
  Committed committed{true, nullptr};
  committed.snapshot =
      after_commit(request, token, request.lines_wanted ? lines_of(reply, request, token) : std::nullopt);
  return std::optional(std::move(committed));
}

}  // namespace cartd
