#include "store/redis/cart_layout.h"

#include "format/json_document.h"
#include "format/line_details.h"
#include "store/redis/store_error.h"
#include "util/base64url.h"
#include "util/decimal.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <utility>
#include <variant>

namespace cartd {
namespace {

using redis::ReplyView;

std::string digits(Millis ms) { return std::to_string(ms.count()); }

constexpr std::string_view alphabet = util::base64url_alphabet;
constexpr std::string_view mark_prefix = "m:";
constexpr std::size_t mark_field_bytes = 10;

// For what was accepted before: more lines than any cart holds.
const std::string no_line_limit = "1000000000";

/// The operations of a command, four arguments each, as apply.lua takes them.
struct Operations {
  std::vector<std::string>& out;

  static std::string packed(const std::optional<LineDetails>& details, Time now) {
    if (!details) return "";
    if (details->empty()) return "-";
    LineDetails stamped = *details;
    stamped.added_at = now;
    return format::to_msgpack(stamped);
  }
  void emit(std::string op, std::string subject, std::string number, std::string rest) const {
    for (std::string* word : {&op, &subject, &number, &rest}) out.push_back(std::move(*word));
  }

  Time now;
  void operator()(const Add& add) const { emit("+", add.sku.str(), std::to_string(add.quantity), packed(add.details, now)); }
  void operator()(const Remove& remove) const { emit("-", remove.sku.str(), std::to_string(remove.quantity), ""); }
  void operator()(const RemoveLine& remove) const { emit("x", remove.sku.str(), "", ""); }
  void operator()(const Set& set) const { emit("=", set.sku.str(), std::to_string(set.quantity), packed(set.details, now)); }
  void operator()(const Clear&) const { emit("0", "", "", ""); }

  void operator()(const Batch& batch) const {
    for (const LineCommand& command : batch.commands) std::visit(*this, command);
  }
  void operator()(const Annotate& annotate) const {
    if (annotate.owner) emit("o", *annotate.owner ? (*annotate.owner)->str() : "", "", "");
    if (annotate.metadata) emit("m", "", "", *annotate.metadata);
  }
  void operator()(const Delete&) const { emit("d", "", "", ""); }
  void operator()(const Touch&) const {}
};

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

/// A quantity as apply.lua reads it: up to 12 digits, not 0.
std::optional<std::int64_t> quantity_from(ReplyView reply) {
  if (reply.type() == ReplyView::Type::integer) return reply.integer();
  const std::string_view text = reply.text();
  const bool all_digits = text.size() <= 12 && util::all_digits(text);
  const auto quantity = all_digits ? whole_number(text) : std::nullopt;
  return quantity && *quantity > 0 ? quantity : std::nullopt;
}

using Details = std::map<std::string_view, std::string_view>;

/// Details that are not understood are somebody else's, and are passed over.
std::vector<Line> lines_from(ReplyView flat, const Details& details) {
  std::vector<Line> lines;
  lines.reserve(flat.size() / 2);
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2) {
    const auto quantity = quantity_from(flat[i + 1]);
    auto sku = Sku::parse(flat[i].text());
    if (!quantity || !sku) continue;
    Line line{std::move(*sku), *quantity};
    if (const auto packed = details.find(flat[i].text()); packed != details.end()) {
      Result<LineDetails> unpacked = format::line_details_from_msgpack(packed->second);
      if (unpacked) line.details = std::make_shared<const LineDetails>(std::move(*unpacked));
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end(), shown_before);
  return lines;
}

/// Text that is no JSON object is somebody else's, and is passed over.
std::string metadata_from(std::string_view text) { return format::is_json_object(text) ? std::string(text) : std::string(); }

std::optional<UserId> owner_from(std::string_view text) {
  auto owner = UserId::parse(text);
  return owner ? std::optional(std::move(*owner)) : std::nullopt;
}

/// The pointer to what broke a limit inside the body, as domain/apply.cpp gives it.
Error over_limit(std::size_t index, std::string_view limit, const Change& change, const Limits& limits) {
  const auto* batch = std::get_if<Batch>(&change.command);
  const std::string place = batch && batch->commands.size() > 1 ? "/" + std::to_string(index) : "";
  if (limit == "lines")
    return Error{Errc::limit_exceeded, "a cart holds at most " + std::to_string(limits.max_lines) + " lines", place + "/sku", "lines"};
  return Error{Errc::limit_exceeded, "a line holds at most " + std::to_string(limits.max_quantity) + " pieces", place + "/quantity",
               "quantity"};
}

bool is_text(ReplyView reply) { return reply.type() == ReplyView::Type::string; }
bool is_text_or_nil(ReplyView reply) { return is_text(reply) || reply.is_nil(); }

/// Names and values in turn. Numbers of a script come as integers.
bool is_pairs(ReplyView reply) {
  if (reply.type() != ReplyView::Type::array || reply.size() % 2 != 0) return false;
  for (std::size_t i = 0; i < reply.size(); i += 2)
    if (!is_text(reply[i]) || !(is_text(reply[i + 1]) || reply[i + 1].type() == ReplyView::Type::integer)) return false;
  return true;
}

/// Versions are counted in Lua, whose numbers are exact below 2^53.
std::optional<std::uint64_t> version_from(ReplyView reply) {
  constexpr std::int64_t largest = (std::int64_t{1} << 53) - 1;
  constexpr std::size_t most_digits = 16;
  const bool is_short = reply.type() == ReplyView::Type::integer || (is_text(reply) && reply.text().size() <= most_digits);
  const auto number = is_short ? whole_number(reply) : std::nullopt;
  if (!number || *number < 0 || *number > largest) return std::nullopt;
  return static_cast<std::uint64_t>(*number);
}

Error senseless_field(std::string_view field) {
  return Error{Errc::corrupt,
               "what the store holds of this cart makes no sense: field " + std::string(field.substr(0, 2)) + " of its meta hash"};
}

/// What a negative first element stands for. All of these say that nothing was done.
Error refusal_from(std::int64_t code, ReplyView reply, const ApplyRequest& request, const Limits& limits) {
  const auto is_number = [&](std::size_t index) { return reply.size() > index && reply[index].type() == ReplyView::Type::integer; };
  switch (code) {
    case -1: {
      const bool was_asked = request.judged && request.change.expected_version;
      const auto version = was_asked && reply.size() == 2 ? version_from(reply[1]) : std::nullopt;
      if (!version) return unexpected_reply();
      Error error{Errc::version_mismatch, "the cart has another version"};
      error.current_version = *version;
      return error;
    }
    case -2: {
      const bool is_known = reply.size() == 3 && is_number(1) && reply[1].integer() >= 0 && reply[1].integer() < 1'000'000 &&
                            (reply[2].text() == "lines" || reply[2].text() == "quantity");
      if (!is_known) return unexpected_reply();
      return over_limit(static_cast<std::size_t>(reply[1].integer()), reply[2].text(), request.change, limits);
    }
    case -3:
      if (!request.change.idempotency) return unexpected_reply();
      return Error{Errc::idempotency_mismatch, "this Idempotency-Key was used for another command"};
    case -4: return Error{Errc::rolled_back, "the store has lost earlier changes"};
    case -5: {
      if (!is_number(1)) return unexpected_reply();
      return Error{Errc::unavailable, clock_difference_text(Millis(reply[1].integer())) + "; nothing was done"};
    }
    case -6: return senseless_field(reply.size() > 1 ? reply[1].text() : std::string_view());
    default: return unexpected_reply();
  }
}

}  // namespace

std::optional<Time> server_time_from(ReplyView reply) {
  constexpr std::int64_t latest = std::int64_t{1} << 43;  // Seconds: as milliseconds still in range.
  if (reply.size() != 2 || !is_text(reply[0]) || !is_text(reply[1])) return std::nullopt;
  const auto seconds = whole_number(reply[0].text());
  const auto micros = whole_number(reply[1].text());
  if (!seconds || !micros || *seconds < 0 || *seconds > latest || *micros < 0 || *micros >= 1'000'000) return std::nullopt;
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
  return "the clock of the store is " + std::to_string((ms < 0 ? -ms : ms) / 1000) + " s " + (ms < 0 ? "behind" : "ahead of") +
         " this machine's clock";
}

std::string cart_key(const CartId& id) { return "cart:" + id.str(); }
std::string meta_key(const CartId& id) { return "{cart:" + id.str() + "}:meta"; }

std::string mark_field(Lane lane) {
  std::string field(mark_prefix);
  for (int shift = 42; shift >= 0; shift -= 6) field += alphabet[(lane >> shift) & 0x3F];
  return field;
}

std::optional<Mark> mark_from(std::string_view field, ReplyView seq) {
  const auto number = whole_number(seq);
  if (field.size() != mark_field_bytes || !field.starts_with(mark_prefix) || !number || *number < 0) return std::nullopt;
  Lane lane = 0;
  for (const char c : field.substr(mark_prefix.size())) {
    const std::size_t digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    lane = lane << 6 | digit;
  }
  return Mark{lane, static_cast<std::uint64_t>(*number)};
}

std::vector<std::string> apply_arguments(const ApplyRequest& request, Time now, Millis ttl, const Limits& limits) {
  const Change& change = request.change;
  std::uint64_t own = 0;
  for (const Mark& mark : request.reached)
    if (mark.lane == request.stamp.lane) own = std::max(own, mark.seq);
  std::vector<std::string> words;
  words.reserve(19);
  words.push_back(digits(now.time_since_epoch()));
  words.push_back(digits(ttl));
  words.push_back(digits(limits.replay_horizon));
  words.push_back(request.judged ? std::to_string(limits.max_lines) : no_line_limit);
  words.push_back(std::to_string(request.judged ? limits.max_quantity : max_readable_quantity));
  words.push_back(std::to_string(limits.max_marks));
  words.push_back(std::to_string(limits.max_idempotency_keys));
  words.push_back(mark_field(request.stamp.lane));
  words.push_back(std::to_string(request.stamp.seq));
  words.push_back(std::to_string(own));
  words.push_back(request.judged && change.expected_version ? std::to_string(*change.expected_version) : "");
  words.push_back(change.idempotency ? "k:" + change.idempotency->key : "");
  words.push_back(change.idempotency ? change.idempotency->fingerprint : "");
  words.push_back(request.answer == Answer::with_marks ? "2" : request.answer == Answer::full ? "1" : "0");
  words.push_back(digits(permitted_clock_difference(limits, ttl)));
  const Operations operations{words, now};
  std::visit(operations, change.command);
  for (const Mark& mark : request.reached)
    if (mark.lane != request.stamp.lane) operations.emit("r", mark_field(mark.lane), std::to_string(mark.seq), "");
  return words;
}

Result<Applied> applied_from(ReplyView reply, const ApplyRequest& request, const Limits& limits) {
  if (reply.is_error()) return error_of(reply);
  if (reply.size() == 0 || reply[0].type() != ReplyView::Type::integer) return unexpected_reply();
  const std::int64_t effect = reply[0].integer();
  if (effect < 0) return refusal_from(effect, reply, request, limits);
  if (effect > static_cast<std::int64_t>(Effect::replayed) || reply.size() != 11) return unexpected_reply();

  const auto version = version_from(reply[2]);
  const bool is_flag = reply[1].type() == ReplyView::Type::integer && (reply[1].integer() == 0 || reply[1].integer() == 1);
  const bool are_texts = is_text_or_nil(reply[3]) && is_text_or_nil(reply[4]) && is_text_or_nil(reply[6]) && is_text_or_nil(reply[7]);
  const bool are_pairs = is_pairs(reply[8]) && is_pairs(reply[9]) && is_pairs(reply[10]);
  const bool is_time = reply[5].type() == ReplyView::Type::integer || is_text_or_nil(reply[5]);
  if (!version || !is_flag || !are_texts || !is_time || !are_pairs) return unexpected_reply();

  Outcome outcome{static_cast<Effect>(effect), reply[1].integer() != 0};
  if (outcome.effect == Effect::changed && *version == 0) return unexpected_reply();
  std::vector<Mark> marks;
  for (std::size_t i = 0; i + 1 < reply[10].size(); i += 2)
    if (const auto mark = mark_from(reply[10][i].text(), reply[10][i + 1])) marks.push_back(*mark);
  const auto has_own = [&] {
    return std::any_of(marks.begin(), marks.end(),
                       [&](const Mark& mark) { return mark.lane == request.stamp.lane && mark.seq >= request.stamp.seq; });
  };
  // Whatever took effect has left its mark.
  if (request.answer == Answer::with_marks && outcome.effect != Effect::unchanged && !has_own()) return unexpected_reply();

  Details details;
  for (std::size_t i = 0; i + 1 < reply[9].size(); i += 2) details.emplace(reply[9][i].text(), reply[9][i + 1].text());
  Cart cart{request.cart};
  cart.version = *version;
  cart.created_at = time_from(reply[3]);
  cart.updated_at = time_from(reply[4]);
  cart.expires_at = time_from(reply[5]);
  cart.owner = owner_from(reply[6].text());
  cart.metadata = metadata_from(reply[7].text());
  cart.lines = lines_from(reply[8], details);
  Applied applied{std::move(cart), outcome};
  applied.marks = std::move(marks);
  return applied;
}

Result<Shown> shown_from(ReplyView lines, ReplyView meta, const CartId& id, Time now) {
  if (!is_pairs(lines) || !is_pairs(meta)) return unexpected_reply();
  Shown shown{Cart{id}, {}};
  Cart& cart = shown.cart;
  Details details;
  for (std::size_t i = 0; i + 1 < meta.size(); i += 2) {
    const std::string_view field = meta[i].text();
    const ReplyView value = meta[i + 1];
    if (field == "v") {
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
      const auto mark = mark_from(field, value);
      if (mark) shown.marks.push_back(*mark);
      else if (field.size() == mark_field_bytes) return senseless_field(field);
    } else if (field.starts_with("l:")) {
      details.emplace(field.substr(2), value.text());
    }
  }
  if (cart.expires_at && *cart.expires_at <= now) {
    const std::uint64_t version = cart.version;
    cart = Cart{id};
    cart.version = version;
    details.clear();
  }
  cart.lines = lines_from(lines, details);
  if (!exists(cart)) cart.expires_at.reset();  // of a plain client's cart that is gone
  return shown;
}

}  // namespace cartd
