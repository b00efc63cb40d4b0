#include "store/redis/cart_layout.h"

#include "format/checkout.h"
#include "format/line_details.h"
#include "format/transfer.h"
#include "redis/protocol/hash_slot.h"
#include "store/redis/cart_lines.h"
#include "store/redis/store_error.h"
#include "util/base64url.h"
#include "util/decimal.h"
#include "util/json_document.h"

#include <algorithm>
#include <array>
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
constexpr std::string_view note_prefix = "q:";
constexpr std::string_view taken_prefix = "j:";
constexpr std::size_t transfer_id_bytes = 16;
constexpr std::size_t tag_characters = 3;

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

std::optional<CheckoutNote> note_from(std::string_view field, std::string_view value) {
  format::BinaryReader in(value);
  auto note = format::note_in(in);
  if (!note || !in.at_end() || field.substr(note_prefix.size()) != note->id.str()) return std::nullopt;
  return note;
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

bool has_line(const Cart& cart, std::string_view id) {
  return std::any_of(cart.lines.begin(), cart.lines.end(), [&](const Line& line) { return line.id.str() == id; });
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

std::string checkout_key(const CheckoutId& id) {
  const std::string_view text = id.str();
  return std::string("checkout:{").append(text.substr(0, tag_characters)) + "}" +
         std::string(text.substr(tag_characters));
}

std::string tag_in_slot_of(std::string_view key) { return tag_in_slot(redis::key_slot(key)); }

std::string tag_in_slot(std::uint16_t slot) {
  // 62³ tags share 16,384 slots, and every slot has some. None has a "-", see random_checkout_id().
  static constexpr std::string_view letters_and_digits = alphabet.substr(0, 62);
  static const std::vector<std::array<char, tag_characters>> tags = [] {
    std::vector<std::array<char, tag_characters>> by_slot(redis::slot_count);
    for (const char a : letters_and_digits)
      for (const char b : letters_and_digits)
        for (const char c : letters_and_digits) {
          const std::array<char, tag_characters> tag{a, b, c};
          by_slot[redis::key_slot({tag.data(), tag.size()})] = tag;
        }
    return by_slot;
  }();
  const auto& tag = tags[slot];
  return {tag.begin(), tag.end()};
}

std::optional<CartId> cart_of_key(std::string_view key) {
  constexpr std::string_view before = "cart:";
  if (!key.starts_with(before)) return std::nullopt;
  auto id = CartId::parse(key.substr(before.size()));
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

std::optional<CartId> cart_of_meta_key(std::string_view key) {
  constexpr std::string_view behind = "}:meta";
  if (!key.starts_with('{') || !key.ends_with(behind)) return std::nullopt;
  return cart_of_key(key.substr(1, key.size() - 1 - behind.size()));
}

std::string taken_field(std::string_view id) { return std::string(taken_prefix).append(id); }

std::string note_field(const CheckoutId& id) { return std::string(note_prefix).append(id.str()); }

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

std::string details_field(std::string_view line) { return std::string(details_prefix).append(line); }

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
    } else if (field == labels_field) {
      snapshot->notes_labels = true;
    } else if (field == "c") {
      cart.created_at = time_from(value);
    } else if (field == "u") {
      cart.updated_at = time_from(value);
    } else if (field == "x") {
      cart.expires_at = time_from(value);
    } else if (field == "o") {
      cart.owner = owner_from(value.text());
    } else if (field == kind_field) {
      if (auto kind = kind_from(value.text())) cart.kind = std::move(*kind);
    } else if (field == "a") {
      cart.metadata = metadata_from(value.text());
    } else if (field.starts_with(mark_prefix)) {
      const auto last = mark_from(field, value);
      if (last) record.applied_sequences.push_back(*last);
      else if (field.size() == mark_field_bytes) return senseless_field(field);
    } else if (field.starts_with(key_prefix)) {
      if (auto key = key_from(field, value.text())) record.keys.push_back(std::move(*key));
    } else if (field == transfer_field) {
      auto transfer = format::transfer_from_bytes(value.text());
      if (!transfer) return senseless_field(field);
      record.transfer = std::move(*transfer);
    } else if (field.starts_with(taken_prefix)) {
      const auto forget_at = time_from(value);
      if (!forget_at || field.size() != taken_prefix.size() + transfer_id_bytes) return senseless_field(field);
      record.taken.push_back({std::string(field.substr(taken_prefix.size())), *forget_at});
    } else if (field.starts_with(note_prefix)) {
      auto note = note_from(field, value.text());
      if (!note) return senseless_field(field);
      record.checkouts.push_back(std::move(*note));
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
  for (const auto& [line, packed] : stored) {
    if (snapshot->has_expired || !has_line(cart, line)) snapshot->details_without_line.emplace_back(line);
  }
  if (cart.expires_at) record.forget_at = *cart.expires_at + replay_horizon;
  for (const CheckoutNote& note : record.checkouts) record.forget_at = std::max(record.forget_at, note.forget_at);
  for (const TakenTransfer& one : record.taken) record.forget_at = std::max(record.forget_at, one.forget_at);
  if (record.transfer) record.forget_at = std::max(record.forget_at, record.transfer->forget_at);
  return SnapshotPtr(std::move(snapshot));
}

}  // namespace cartd
