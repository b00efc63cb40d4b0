#include "store/redis/commit_script.h"

#include "format/checkout.h"
#include "format/line_details.h"
#include "format/transfer.h"
#include "store/redis/adoption.h"
#include "store/redis/cart_layout.h"
#include "store/redis/cart_lines.h"
#include "store/redis/store_error.h"

#include <algorithm>
#include <initializer_list>
#include <set>
#include <string_view>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

std::string in_ms(Time time) { return std::to_string(time.time_since_epoch().count()); }

void add_words(std::vector<std::string>& words, std::initializer_list<std::string_view> more) {
  words.insert(words.end(), more.begin(), more.end());
}

/// The fields of the meta hash that edits set and take away.
struct MetaFields {
  std::vector<std::string> set{};  ///< Field, value, field, value …
  std::vector<std::string> unset{};

  void put(std::string_view field, std::string_view value) { add_words(set, {field, value}); }
  void put_or_drop(std::string_view field, const std::optional<std::string>& value) {
    if (value) put(field, *value);
    else unset.emplace_back(field);
  }
  void put_time(std::string_view field, const std::optional<std::optional<Time>>& time) {
    if (time) put_or_drop(field, *time ? std::optional(in_ms(**time)) : std::nullopt);
  }
};

/// Whether the cart has a line with a label after the commit.
bool has_labels(const Snapshot& base, const RecordEdits& edits) {
  const auto has_one = [](const LineEdit& line) { return line.quantity != 0 && line.line.has_label(); };
  if (std::any_of(edits.lines.begin(), edits.lines.end(), has_one)) return true;
  if (edits.covers_all_lines || edits.starts_anew) return false;
  const auto is_named = [&](const LineId& id) {
    return std::any_of(edits.lines.begin(), edits.lines.end(), [&](const LineEdit& line) { return line.line == id; });
  };
  const std::vector<Line>& lines = base.record.cart.lines;
  return std::any_of(lines.begin(), lines.end(),
                     [&](const Line& line) { return line.id.has_label() && !is_named(line.id); });
}

MetaFields meta_fields(const RecordEdits& edits, const Snapshot& base, Token token) {
  MetaFields fields;
  fields.put("t", token_text(token));
  if (edits.version) fields.put("v", std::to_string(*edits.version));
  fields.put_time("c", edits.created_at);
  fields.put_time("u", edits.updated_at);
  fields.put_time("x", edits.expires_at);
  if (edits.kind) fields.put_or_drop(kind_field, *edits.kind ? std::optional((*edits.kind)->str()) : std::nullopt);
  if (edits.owner) fields.put_or_drop("o", *edits.owner ? std::optional((*edits.owner)->str()) : std::nullopt);
  if (edits.metadata) fields.put_or_drop("a", edits.metadata->empty() ? std::nullopt : edits.metadata);
  for (const AppliedSequence& last : edits.applied_sequences)
    fields.put(sequence_field(last.producer), std::to_string(last.sequence));
  for (const ProducerId producer : edits.dropped_producers) fields.unset.push_back(sequence_field(producer));
  for (const RememberedKey& key : edits.keys) fields.put(key_field(key.idempotency.key), key_value(key));
  for (const std::string& key : edits.dropped_keys) fields.unset.push_back(key_field(key));
  for (const CheckoutNote& note : edits.checkouts) {
    std::string value;
    format::append_note(value, note);
    fields.put(note_field(note.id), value);
  }
  if (edits.transfer)
    fields.put_or_drop(transfer_field,
                       *edits.transfer ? std::optional(format::transfer_to_bytes(**edits.transfer)) : std::nullopt);
  for (const TakenTransfer& one : edits.taken) fields.put(taken_field(one.id), in_ms(one.forget_at));
  for (const std::string& id : edits.dropped_taken) fields.unset.push_back(taken_field(id));
  for (const CheckoutId& id : edits.dropped_checkouts) fields.unset.push_back(note_field(id));
  for (const LineEdit& line : edits.lines) {
    if (!line.details_changed) continue;
    fields.put_or_drop(details_field(line.line.str()),
                       line.details ? std::optional(format::to_msgpack(*line.details)) : std::nullopt);
  }
  if (!base.details_without_line.empty()) {
    std::set<std::string_view> are_set;
    for (const LineEdit& line : edits.lines)
      if (line.details) are_set.insert(line.line.str());
    for (const std::string& id : base.details_without_line)
      if (!are_set.contains(id)) fields.unset.push_back(details_field(id));
  }
  const bool notes_labels = has_labels(base, edits);
  if (notes_labels && !base.notes_labels) fields.put(labels_field, "1");
  if (!notes_labels && base.notes_labels) fields.unset.emplace_back(labels_field);
  if (base.has_expired) {
    if (!edits.created_at) fields.unset.emplace_back("c");
    if (!edits.updated_at) fields.unset.emplace_back("u");
    if (!edits.expires_at) fields.unset.emplace_back("x");
    if (!edits.owner) fields.unset.emplace_back("o");
    if (!edits.kind) fields.unset.emplace_back(kind_field);
    if (!edits.metadata) fields.unset.emplace_back("a");
  }
  return fields;
}

}  // namespace

std::vector<std::string> commit_arguments(const CommitRequest& given, Token token, Time now,
                                          Millis max_clock_difference) {
  const std::optional<CommitRequest> adoption = given.base->adopts ? std::optional(with_adoption(given)) : std::nullopt;
  const CommitRequest& request = adoption ? *adoption : given;
  const RecordEdits& edits = request.edits;
  const Snapshot& base = *request.base;
  const bool has_new_line = std::any_of(edits.lines.begin(), edits.lines.end(),
                                        [](const LineEdit& line) { return line.seen == 0 && line.quantity != 0; });
  // Where the script reads the whole hash anyway, the number also tells that a line with details is gone.
  const bool counts_fields = has_new_line || base.line_fields == 0 || edits.covers_all_lines || request.lines_wanted;
  const std::optional<Time> expires_at = edits.expires_at ? *edits.expires_at : base.record.cart.expires_at;
  const MetaFields meta = meta_fields(edits, base, token);

  std::vector<std::string> words;
  words.reserve(14 + 2 * edits.checkout_contents.size() + 3 * edits.lines.size() + meta.set.size() + meta.unset.size());
  words.push_back(base.token == 0 ? "" : token_text(base.token));
  words.push_back(std::to_string(base.record.cart.version));
  words.push_back(counts_fields ? std::to_string(base.line_fields) : "");
  words.push_back(request.lines_wanted ? "1" : "0");
  words.push_back(edits.covers_all_lines ? "1" : "0");
  words.push_back(in_ms(now));
  words.push_back(std::to_string(max_clock_difference.count()));
  words.push_back(expires_at ? in_ms(*expires_at) : "");
  words.push_back(edits.expires_at && *edits.expires_at ? "1" : "0");
  // The script tries a setting of an expiry out on the meta hash.
  const bool forgets = edits.forget_at || !edits.checkout_contents.empty();
  words.push_back(forgets ? in_ms(edits.forget_at.value_or(base.record.forget_at)) : "");
  words.push_back(std::to_string(edits.lines.size()));
  words.push_back(std::to_string(meta.set.size() / 2));
  words.push_back(std::to_string(edits.checkout_contents.size()));
  words.push_back(base.adopts ? *base.adopts : "");
  for (const CheckoutEdit& edit : edits.checkout_contents)
    add_words(words, {edit.content ? format::checkout_to_bytes(*edit.content) : "",
                      edit.content ? in_ms(edit.content->forget_at) : ""});
  for (const LineEdit& line : edits.lines)
    add_words(words, {line.line.str(), std::to_string(line.seen), std::to_string(line.quantity)});
  words.insert(words.end(), meta.set.begin(), meta.set.end());
  words.insert(words.end(), meta.unset.begin(), meta.unset.end());
  return words;
}

std::shared_ptr<Snapshot> after_commit(const CommitRequest& request, Token token, std::optional<ReplyView> lines) {
  auto after = std::make_shared<Snapshot>(*request.base);
  const RecordEdits& edits = request.edits;
  after->token = token;
  after->has_expired = false;
  after->details_without_line.clear();
  // There was no hash before.
  if (std::exchange(after->adopts, nullptr)) after->line_fields = after->record.cart.lines.size();
  else if (lines) show_lines(*after, *lines, edits);
  patch(after->record, edits);
  if (edits.covers_all_lines) after->line_fields = after->record.cart.lines.size();
  for (const LineEdit& line : edits.lines) {
    if (edits.covers_all_lines) break;
    if (line.seen == 0 && line.quantity != 0) ++after->line_fields;
    if (line.seen != 0 && line.quantity == 0 && after->line_fields != 0) --after->line_fields;
  }
  return after;
}

Result<Committed> committed_from(ReplyView reply, const CommitRequest& request, Token token, Millis replay_horizon,
                                 std::optional<Time> own_clock) {
  if (reply.is_error()) return error_of(reply);
  if (reply.size() < 2 || reply[0].type() != ReplyView::Type::integer) return unexpected_reply();
  switch (reply[0].integer()) {
    case 1: {
      if (reply.size() != 2 || !is_pairs(reply[1])) return unexpected_reply();
      Committed committed{true, nullptr};
      auto after = after_commit(request, token, request.lines_wanted ? std::optional(reply[1]) : std::nullopt);
      after->notes_labels = has_labels(*request.base, request.edits);
      committed.snapshot = std::move(after);
      return committed;
    }
    case -2:
      if (reply.size() != 2 || reply[1].type() != ReplyView::Type::integer) return unexpected_reply();
      return Committed{false, nullptr};
    case 0: {
      const auto now = reply.size() == 4 ? server_time_from(reply[3]) : std::nullopt;
      if (!now) return unexpected_reply();
      Result<SnapshotPtr> snapshot =
          snapshot_from(reply[1], reply[2], request.cart, own_clock.value_or(*now), replay_horizon);
      if (!snapshot) return snapshot.error();
      return Committed{false, std::move(*snapshot), own_clock.value_or(*now)};
    }
    case -1:
      if (reply[1].type() != ReplyView::Type::integer) return unexpected_reply();
      return Error{Errc::unavailable, clock_difference_text(Millis(reply[1].integer())) + "; nothing was done"};
    default: return unexpected_reply();
  }
}

}  // namespace cartd
