#include "store/redis/cart_layout.h"

#include "util/json_document.h"
#include "format/line_details.h"
#include "store/redis/cart_lines.h"
#include "store/redis/store_error.h"
#include "util/base64url.h"
#include "util/decimal.h"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

std::string digits(Millis ms) { return std::to_string(ms.count()); }

constexpr std::string_view alphabet = util::base64url_alphabet;
constexpr std::string_view mark_prefix = "m:";
constexpr std::size_t mark_field_bytes = 10;
constexpr std::string_view key_prefix = "k:";
constexpr std::size_t fingerprint_bytes = 11;
constexpr std::string_view details_prefix = "l:";

std::optional<std::int64_t> whole_number(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (fault != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> whole_number(ReplyView reply) {
  if (reply.type() == ReplyView::Type::integer) return reply.integer();
  return whole_number(reply.text());
}

std::optional<Time> time_from(ReplyView reply) {
  if (reply.is_nil()) return std::nullopt;
  const auto ms = whole_number(reply);
  return ms ? std::optional(Time(Millis(*ms))) : std::nullopt;
}

/// Text that is no JSON object is somebody else's, and is passed over.
std::string metadata_from(std::string_view text) {
  return util::is_json_object(text) ? std::string(text) : std::string();
}

std::optional<UserId> owner_from(std::string_view text) {
  auto owner = UserId::parse(text);
  return owner ? std::optional(std::move(*owner)) : std::nullopt;
}

bool is_text(ReplyView reply) { return reply.type() == ReplyView::Type::string; }

/// Versions are compared in Lua, whose numbers are exact below 2^53.
std::optional<std::uint64_t> version_from(ReplyView reply) {
  constexpr std::int64_t largest = (std::int64_t{1} << 53) - 2;  // One more must be possible.
  constexpr std::size_t most_digits = 16;
  const bool is_short =
      reply.type() == ReplyView::Type::integer || (is_text(reply) && reply.text().size() <= most_digits);
  const auto number = is_short ? whole_number(reply) : std::nullopt;
  if (!number || *number < 0 || *number > largest) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

Error senseless_field(std::string_view field) {
  return Error{Errc::corrupt,
               "the stored cart is invalid: field " + std::string(field.substr(0, 2)) + " of its meta hash"};
}

/// The remembered key in a field of its own; nothing where somebody else wrote it.
std::optional<RememberedKey> key_from(std::string_view field, std::string_view value) {
  if (value.size() <= fingerprint_bytes) return std::nullopt;
  const auto at = whole_number(value.substr(fingerprint_bytes));
  if (!at) return std::nullopt;
  return RememberedKey{{std::string(field.substr(key_prefix.size())), std::string(value.substr(0, fingerprint_bytes))},
                       Time(Millis(*at))};
}

/// Nothing where somebody else wrote it.

bool has_line_of(const Cart& cart, std::string_view sku) {
  return std::any_of(cart.lines.begin(), cart.lines.end(), [&](const Line& line) { return line.sku.str() == sku; });
}

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
    if (time) put_or_drop(field, *time ? std::optional(digits((*time)->time_since_epoch())) : std::nullopt);
  }
};

MetaFields meta_fields(const RecordEdits& edits, const Snapshot& base, Token token) {
  MetaFields fields;
  fields.put("t", token_text(token));
  if (edits.version) fields.put("v", std::to_string(*edits.version));
  fields.put_time("c", edits.created_at);
  fields.put_time("u", edits.updated_at);
  fields.put_time("x", edits.expires_at);
  if (edits.owner) fields.put_or_drop("o", *edits.owner ? std::optional((*edits.owner)->str()) : std::nullopt);
  if (edits.metadata) fields.put_or_drop("a", edits.metadata->empty() ? std::nullopt : edits.metadata);
  for (const AppliedSequence& last : edits.applied_sequences)
    fields.put(sequence_field(last.producer), std::to_string(last.sequence));
  for (const ProducerId producer : edits.dropped_producers) fields.unset.push_back(sequence_field(producer));
  for (const RememberedKey& key : edits.keys) fields.put(key_field(key.idempotency.key), key_value(key));
  for (const std::string& key : edits.dropped_keys) fields.unset.push_back(key_field(key));
  for (const LineEdit& line : edits.lines) {
    if (!line.details_changed) continue;
    fields.put_or_drop(details_field(line.sku.str()),
                       line.details ? std::optional(format::to_msgpack(*line.details)) : std::nullopt);
  }
  for (const std::string& sku : base.details_without_line) {
    const bool is_set = std::any_of(edits.lines.begin(), edits.lines.end(),
                                    [&](const LineEdit& line) { return line.details && line.sku.str() == sku; });
    if (!is_set) fields.unset.push_back(details_field(sku));
  }
  if (base.has_expired) {
    if (!edits.created_at) fields.unset.emplace_back("c");
    if (!edits.updated_at) fields.unset.emplace_back("u");
    if (!edits.expires_at) fields.unset.emplace_back("x");
    if (!edits.owner) fields.unset.emplace_back("o");
    if (!edits.metadata) fields.unset.emplace_back("a");
  }
  return fields;
}

}  // namespace

std::optional<Time> server_time_from(ReplyView reply) {
  constexpr std::int64_t latest = std::int64_t{1} << 43;  // Seconds: as milliseconds still in range.
  if (reply.size() != 2 || !is_text(reply[0]) || !is_text(reply[1])) return std::nullopt;
  const auto seconds = whole_number(reply[0].text());
  const auto micros = whole_number(reply[1].text());
  if (!seconds || !micros || *seconds < 0 || *seconds > latest || *micros < 0 || *micros >= 1'000'000)
    return std::nullopt;
  return Time(std::chrono::seconds(*seconds) + Millis(*micros / 1000));
}

Millis permitted_clock_difference(const Limits& limits, Millis ttl) {
  if (limits.max_clock_difference == Millis::max()) return limits.max_clock_difference;
  return std::min(limits.max_clock_difference, ttl / 2);
}

std::string clock_difference_text(Millis difference) {
  // Whole seconds say enough, and a time in range says that the number was one.
  constexpr std::int64_t largest = std::int64_t{1} << 53;
  const std::int64_t ms = std::clamp(difference.count(), -largest, largest);
  return "the clock of the store is " + std::to_string((ms < 0 ? -ms : ms) / 1000) + " s " +
         (ms < 0 ? "behind" : "ahead of") + " this machine's clock";
}

std::string cart_key(const CartId& id) { return "cart:" + id.str(); }
std::string meta_key(const CartId& id) { return "{cart:" + id.str() + "}:meta"; }

std::string sequence_field(ProducerId producer) {
  std::string field(mark_prefix);
  for (int shift = 42; shift >= 0; shift -= 6) field += alphabet[(producer >> shift) & 0x3F];
  return field;
}

std::optional<AppliedSequence> mark_from(std::string_view field, ReplyView sequence) {
  const auto number = whole_number(sequence);
  if (field.size() != mark_field_bytes || !field.starts_with(mark_prefix) || !number || *number < 0)
    return std::nullopt;
  ProducerId producer = 0;
  for (const char c : field.substr(mark_prefix.size())) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    producer = producer << 6 | digit;
  }
  return AppliedSequence{producer, static_cast<std::uint64_t>(*number)};
}

std::string key_field(std::string_view key) { return std::string(key_prefix).append(key); }
std::string key_value(const RememberedKey& key) {
  return key.idempotency.fingerprint + digits(key.at.time_since_epoch());
}

std::string details_field(std::string_view sku) { return std::string(details_prefix).append(sku); }

std::string token_text(Token token) {
  std::string text;
  for (int shift = 60; shift >= 0; shift -= 6) text += alphabet[(token >> shift) & 0x3F];
  return text;
}

std::optional<Token> token_from(std::string_view text) {
  Token token = 0;
  for (const char c : text) token = token << 6 | (alphabet.find(c) & 0x3F);
  return token != 0 && token_text(token) == text ? std::optional(token) : std::nullopt;
}

std::vector<std::string> commit_arguments(const CommitRequest& request, Token token, Time now,
                                          Millis max_clock_difference) {
  const RecordEdits& edits = request.edits;
  const Snapshot& base = *request.base;
  const bool has_new_line = std::any_of(edits.lines.begin(), edits.lines.end(),
                                        [](const LineEdit& line) { return line.seen == 0 && line.quantity != 0; });
  // Where the script reads the whole hash anyway, the number also tells that a line with details is gone.
  const bool counts_fields = has_new_line || base.line_fields == 0 || edits.covers_all_lines || request.lines_wanted;
  const std::optional<Time> expires_at = edits.expires_at ? *edits.expires_at : base.record.cart.expires_at;
  const MetaFields meta = meta_fields(edits, base, token);

  std::vector<std::string> words;
  words.reserve(12 + 3 * edits.lines.size() + meta.set.size() + meta.unset.size());
  words.push_back(base.token == 0 ? "" : token_text(base.token));
  words.push_back(std::to_string(base.record.cart.version));
  words.push_back(counts_fields ? std::to_string(base.line_fields) : "");
  words.push_back(request.lines_wanted ? "1" : "0");
  words.push_back(edits.covers_all_lines ? "1" : "0");
  words.push_back(digits(now.time_since_epoch()));
  words.push_back(digits(max_clock_difference));
  words.push_back(expires_at ? digits(expires_at->time_since_epoch()) : "");
  words.push_back(edits.expires_at && *edits.expires_at ? "1" : "0");
  words.push_back(edits.forget_at ? digits(edits.forget_at->time_since_epoch()) : "");
  words.push_back(std::to_string(edits.lines.size()));
  words.push_back(std::to_string(meta.set.size() / 2));
  for (const LineEdit& line : edits.lines)
    add_words(words, {line.sku.str(), std::to_string(line.seen), std::to_string(line.quantity)});
  words.insert(words.end(), meta.set.begin(), meta.set.end());
  words.insert(words.end(), meta.unset.begin(), meta.unset.end());
  return words;
}

SnapshotPtr after_commit(const CommitRequest& request, Token token, std::optional<ReplyView> lines) {
  auto after = std::make_shared<Snapshot>(*request.base);
  const RecordEdits& edits = request.edits;
  after->token = token;
  after->has_expired = false;
  after->details_without_line.clear();
  if (lines) show_lines(*after, *lines, edits);
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
      committed.snapshot = after_commit(request, token, request.lines_wanted ? std::optional(reply[1]) : std::nullopt);
      return committed;
    }
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

Result<SnapshotPtr> snapshot_from(ReplyView lines, ReplyView meta, const CartId& id, Time now, Millis replay_horizon) {
  if (!is_pairs(lines) || !is_pairs(meta)) return unexpected_reply();
  auto snapshot = std::make_shared<Snapshot>(CartRecord{Cart{id}});
  CartRecord& record = snapshot->record;
  Cart& cart = record.cart;
  StoredDetails details;
  for (std::size_t i = 0; i + 1 < meta.size(); i += 2) {
    const std::string_view field = meta[i].text();
    const ReplyView value = meta[i + 1];
    if (field == "t") {
      const auto token = token_from(value.text());
      if (!token) return senseless_field(field);
      snapshot->token = *token;
    } else if (field == "v") {
      const auto version = version_from(value);
      if (!version) return senseless_field(field);
      cart.version = *version;
    } else if (field == "c") {
      cart.created_at = time_from(value);
    } else if (field == "u") {
      cart.updated_at = time_from(value);
    } else if (field == "x") {
      cart.expires_at = time_from(value);
    } else if (field == "o") {
      cart.owner = owner_from(value.text());
    } else if (field == "a") {
      cart.metadata = metadata_from(value.text());
    } else if (field.starts_with(mark_prefix)) {
      const auto last = mark_from(field, value);
      if (last) record.applied_sequences.push_back(*last);
      else if (field.size() == mark_field_bytes) return senseless_field(field);
    } else if (field.starts_with(key_prefix)) {
      if (auto key = key_from(field, value.text())) record.keys.push_back(std::move(*key));
    } else if (field.starts_with(details_prefix)) {
      details.emplace(field.substr(details_prefix.size()), value.text());
    }
  }
  const StoredDetails stored = details;
  if (is_expired(cart, now)) {
    cart = without_content(cart);
    snapshot->has_expired = true;
    details.clear();
  }
  cart.lines = lines_from(lines, details);
  snapshot->line_fields = lines.size() / 2;
  for (const auto& [sku, packed] : stored) {
    const bool has_line = !snapshot->has_expired && has_line_of(cart, sku);
    if (!has_line) snapshot->details_without_line.emplace_back(sku);
  }
  if (cart.expires_at) record.forget_at = *cart.expires_at + replay_horizon;
  return SnapshotPtr(std::move(snapshot));
}

}  // namespace cartd
