#include "format/kept_json.h"

#include "format/cart_values.h"
#include "format/checkout.h"
#include "format/record.h"
#include "format/stored_lines.h"
#include "format/stored_user.h"
#include "util/base64url.h"
#include "util/decimal.h"
#include "util/hex.h"
#include "util/json_string.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace cartd::format {
namespace {

using util::JsonKind;
using util::JsonValue;

constexpr std::int64_t version = 1;
constexpr std::size_t digest_digits = 32;
/// Redis compares versions as numbers that are exact below 2^53.
constexpr std::int64_t largest_version = (std::int64_t{1} << 53) - 2;

// --- Writing ---------------------------------------------------------------------------------------------------------

void append_text(std::string& out, std::string_view name, std::string_view value) {
  out += name;
  util::append_json_string(out, value);
}

void append_time(std::string& out, std::string_view name, const std::optional<Time>& time) {
  if (!time) return;
  out += name;
  util::append_number(out, number_of(*time));
}

void append_bytes(std::string& out, std::string_view bytes) {
  out += '"';
  out += util::to_base64url(bytes);
  out += '"';
}

void append_opening(std::string& out, const std::string& id, const std::string& digest) {
  append_text(out, R"({"v":1,"id":)", id);
  out.append(R"(,"digest":")").append(digest).append("\"");
}

bool has_replay(const CartRecord& record) {
  return !record.applied_sequences.empty() || !record.keys.empty() || !record.checkouts.empty() || record.transfer ||
         !record.taken.empty();
}

// --- Reading ---------------------------------------------------------------------------------------------------------

Error wrong(std::string why) { return {Errc::invalid, std::move(why)}; }
Error wrong(JsonValue member) { return wrong("the member " + std::string(member.key()) + " is none that can be read"); }

bool read_time(JsonValue member, std::optional<Time>& time) {
  const auto ms = member.integer();
  if (!ms || *ms < 0 || static_cast<std::uint64_t>(*ms) > last_time) return false;
  time = Time(Millis(*ms));
  return true;
}

bool read_text(JsonValue member, std::string& text) {
  if (!member.is(JsonKind::string)) return false;
  text = member.text();
  return true;
}

bool read_digest(JsonValue member, std::string& digest) {
  return read_text(member, digest) && digest.size() == digest_digits && util::is_lower_hex(digest);
}

bool read_replay(JsonValue member, CartRecord& record) {
  const auto bytes = member.is(JsonKind::string) ? util::from_base64url(member.text()) : std::nullopt;
  return bytes && replay_from_bytes(*bytes, record);
}

bool read_checkouts(JsonValue member, KeptCart& kept) {
  if (!member.is(JsonKind::array)) return false;
  for (const JsonValue one : member) {
    const auto bytes = one.is(JsonKind::string) ? util::from_base64url(one.text()) : std::nullopt;
    auto checkout = bytes ? checkout_from_bytes(*bytes) : Error{Errc::corrupt, ""};
    if (!checkout || (*checkout)->cart != kept.record.cart.id) return false;
    for (const auto& other : kept.checkouts)
      if (other->id == (*checkout)->id) return false;
    kept.checkouts.push_back(std::move(*checkout));
  }
  return true;
}

bool read_lines(JsonValue member, std::vector<Line>& lines) {
  auto read = lines_from_json(member);
  if (read) lines = std::move(*read);
  return read.has_value();
}

/// False: it is no member of a cart, or cannot be read.
bool read_member(JsonValue member, ReadCart& read, std::string& given_digest) {
  const std::string_view name = member.key();
  CartRecord& record = read.kept.record;
  Cart& cart = record.cart;
  if (name == "v" || name == "id") return true;
  if (name == "gone") return member.is(JsonKind::boolean);
  if (name == "digest") return read_digest(member, given_digest);
  if (name == "replaces") return read_digest(member, read.replaces);
  if (name == "created_at") return read_time(member, cart.created_at);
  if (name == "updated_at") return read_time(member, cart.updated_at);
  if (name == "expires_at") return read_time(member, cart.expires_at);
  if (name == "metadata") return read_text(member, cart.metadata) && util::is_json_object(cart.metadata);
  if (name == "lines") return read_lines(member, cart.lines);
  if (name == "replay") return read_replay(member, record);
  if (name == "checkouts") return read_checkouts(member, read.kept);
  if (name == "version") {
    const auto number = member.integer();
    if (!number || *number < 0 || *number > largest_version) return false;
    cart.version = static_cast<std::uint64_t>(*number);
    return true;
  }
  if (name == "owner") {
    auto owner = UserId::parse(member.is(JsonKind::string) ? member.text() : std::string_view());
    if (!owner) return false;
    cart.owner = std::move(*owner);
    return true;
  }
  if (name == "kind") {
    auto kind = kind_from(member.is(JsonKind::string) ? member.text() : std::string_view());
    if (!kind) return false;
    cart.kind = std::move(*kind);
    return true;
  }
  if (name == "forget_at") {
    std::optional<Time> forget_at;
    if (!read_time(member, forget_at)) return false;
    record.forget_at = *forget_at;
    return true;
  }
  return false;
}

/// What is wrong with the version, which stands in front of all else; nothing: nothing is.
std::optional<Error> check_version(JsonValue value, const char* what) {
  if (!value.is(JsonKind::object)) return wrong(std::string(what) + " must be an object");
  for (const JsonValue member : value) {
    if (member.key() != "v") continue;
    const auto number = member.integer();
    if (number == version) return std::nullopt;
    if (number && *number > version)
      return wrong("version " + std::to_string(*number) + " is of a later cartd; this one reads version 1");
    break;
  }
  return wrong("the member v must be the version, 1");
}

}  // namespace

std::string_view id_in(JsonValue value) {
  for (const JsonValue member : value)
    if (member.key() == "id" && member.is(JsonKind::string)) return member.text();
  return {};
}

void append_kept_json(std::string& out, const KeptCart& kept) {
  const CartRecord& record = kept.record;
  const Cart& cart = record.cart;
  append_opening(out, cart.id.str(), digest_of(kept));
  if (!has_content(kept)) out += R"(,"gone":true)";
  out += R"(,"version":)";
  util::append_number(out, cart.version);
  append_time(out, R"(,"created_at":)", cart.created_at);
  append_time(out, R"(,"updated_at":)", cart.updated_at);
  append_time(out, R"(,"expires_at":)", cart.expires_at);
  append_time(out, R"(,"forget_at":)", record.forget_at);
  if (cart.owner) append_text(out, R"(,"owner":)", cart.owner->str());
  if (cart.kind) append_text(out, R"(,"kind":)", cart.kind->str());
  if (!cart.metadata.empty()) append_text(out, R"(,"metadata":)", cart.metadata);
  if (!cart.lines.empty()) out.append(R"(,"lines":)").append(lines_to_json(cart.lines));
  if (has_replay(record)) {
    out += R"(,"replay":)";
    append_bytes(out, replay_to_bytes(record, 1));
  }
  for (std::size_t i = 0; i < kept.checkouts.size(); ++i) {
    out += i == 0 ? R"(,"checkouts":[)" : ",";
    append_bytes(out, checkout_to_bytes(*kept.checkouts[i]));
  }
  out += kept.checkouts.empty() ? "}" : "]}";
}

void append_kept_json(std::string& out, const UserId& id, const UserFields& fields) {
  append_opening(out, id.str(), digest_of(id, fields));
  out.append(R"(,"fields":)").append(user_fields_to_json(fields)).append("}");
}

Result<ReadCart> kept_cart_from(JsonValue value) {
  if (auto fault = check_version(value, "a cart")) return std::move(*fault);
  auto id = CartId::parse(id_in(value));
  if (!id) return wrong("the member id is no cart's id: " + id.error().detail);
  ReadCart read{KeptCart{CartRecord{Cart{std::move(*id)}}}};
  std::string given_digest;
  for (const JsonValue member : value)
    if (!read_member(member, read, given_digest)) return wrong(member);
  // As it stands here: of that its digest was made. No time is over at the beginning of time.
  read.kept = kept_at(std::move(read.kept), Time{}, Millis(0));
  read.digest = digest_of(read.kept);
  if (!given_digest.empty() && given_digest != read.digest)
    return wrong("the cart is damaged: its digest is another one than the one that is given");
  return read;
}

Result<ReadUser> kept_user_from(JsonValue value) {
  if (auto fault = check_version(value, "a user")) return std::move(*fault);
  auto id = UserId::parse(id_in(value));
  if (!id) return wrong("the member id is no user's id: " + id.error().detail);
  ReadUser read{std::move(*id), {}};
  std::string given_digest;
  for (const JsonValue member : value) {
    const std::string_view name = member.key();
    if (name == "v" || name == "id") continue;
    if (name == "digest" && read_digest(member, given_digest)) continue;
    if (name == "replaces" && read_digest(member, read.replaces)) continue;
    if (name != "fields") return wrong(member);
    std::string text;
    util::append_json(text, member);
    auto fields = user_fields_from_json(text);
    if (!fields) return wrong(member);
    read.fields = std::move(*fields);
  }
  if (read.fields.empty()) return wrong("a user must have fields");
  read.digest = digest_of(read.id, read.fields);
  if (!given_digest.empty() && given_digest != read.digest)
    return wrong("the user is damaged: its digest is another one than the one that is given");
  return read;
}

}  // namespace cartd::format
