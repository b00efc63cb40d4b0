#include "store/postgres/cart_row.h"

#include "format/cart_values.h"
#include "format/checkout.h"
#include "format/record.h"
#include "format/stored_lines.h"
#include "store/postgres/parameters.h"
#include "util/hex.h"
#include "util/json_document.h"
#include "util/json_string.h"

#include <utility>

namespace cartd::postgres {
namespace {

// A cart with a kind is written as 2, so that a cartd that knows of none leaves it alone.
constexpr std::int64_t layout = 1;
constexpr std::int64_t layout_with_kind = 2;

/// The columns of load_cart.
namespace column {
constexpr std::size_t now = 0;
constexpr std::size_t layout = 1;
constexpr std::size_t token = 2;
constexpr std::size_t version = 3;
constexpr std::size_t owner = 4;
constexpr std::size_t metadata = 5;
constexpr std::size_t created_at = 6;
constexpr std::size_t updated_at = 7;
constexpr std::size_t expires_at = 8;
constexpr std::size_t forget_at = 9;
constexpr std::size_t lines = 10;
constexpr std::size_t replay = 11;
constexpr std::size_t kind = 12;
constexpr std::size_t id = 13;  ///< Of scan_carts only.
}  // namespace column

/// False where there is a value that is no time.
bool read_time(const Rows& rows, std::size_t row, std::size_t column, std::optional<Time>& time) {
  if (rows.is_null(row, column)) return true;
  const auto value = rows.number(row, column);
  if (!value || *value < 0 || static_cast<std::uint64_t>(*value) > format::last_time) return false;
  time = Time(Millis(*value));
  return true;
}

bool read_texts(const Rows& rows, std::size_t row, Cart& cart) {
  if (const auto owner = rows.text(row, column::owner)) {
    auto id = UserId::parse(*owner);
    if (!id) return false;
    cart.owner = std::move(*id);
  }
  if (const auto name = rows.text(row, column::kind)) {
    auto kind = kind_from(*name);
    if (!kind) return false;
    cart.kind = std::move(*kind);
  }
  if (const auto metadata = rows.text(row, column::metadata)) {
    if (!util::is_json_object(*metadata)) return false;
    cart.metadata = *metadata;
  }
  return true;
}

bool read_replay(const Rows& rows, std::size_t row, CartRecord& record) {
  const auto bytes = rows.text(row, column::replay);
  return bytes && format::replay_from_bytes(*bytes, record);
}

std::optional<Snapshot> read_cart(const CartId& id, const Rows& rows, std::size_t row) {
  const auto token = rows.number(row, column::token);
  const auto version = rows.number(row, column::version);
  const auto lines = rows.text(row, column::lines);
  const auto its_layout = rows.number(row, column::layout);
  if ((its_layout != layout && its_layout != layout_with_kind) || !token || *token == 0 || !version || *version < 0 ||
      !lines)
    return std::nullopt;
  CartRecord record{Cart{id}};
  record.cart.version = static_cast<std::uint64_t>(*version);
  std::optional<Time> forget_at;
  const bool is_read = read_time(rows, row, column::created_at, record.cart.created_at) &&
                       read_time(rows, row, column::updated_at, record.cart.updated_at) &&
                       read_time(rows, row, column::expires_at, record.cart.expires_at) &&
                       read_time(rows, row, column::forget_at, forget_at) && read_texts(rows, row, record.cart) &&
                       read_replay(rows, row, record);
  if (!is_read || !forget_at) return std::nullopt;
  record.forget_at = *forget_at;
  auto read = format::lines_from_json(*lines);
  if (!read) return std::nullopt;
  record.cart.lines = std::move(*read);
  Snapshot snapshot(std::move(record));
  snapshot.token = static_cast<Token>(*token);
  return snapshot;
}

void append_text_member(std::string& out, std::string_view name, std::string_view value) {
  out.append(",\"").append(name).append("\":");
  util::append_json_string(out, value);
}

void append_time_member(std::string& out, std::string_view name, Time value) {
  out.append(",\"").append(name).append("\":").append(std::to_string(value.time_since_epoch().count()));
}

/// The content is the one that counts; the rest is for people.
void append_content(std::string& out, const Checkout& checkout) {
  append_text_member(out, "cart", checkout.cart.str());
  if (checkout.owner) append_text_member(out, "owner", checkout.owner->str());
  if (checkout.order) append_time_member(out, "completed_at", checkout.order->completed_at);
  if (checkout.order && !checkout.order->payment_ref.empty())
    append_text_member(out, "payment_ref", checkout.order->payment_ref);
  append_time_member(out, "forget_at", checkout.forget_at);
  out.append(",\"lines\":").append(format::lines_to_json(checkout.lines));
  out += ",\"content\":\"";
  for (const char byte : format::checkout_to_bytes(checkout)) util::append_hex(out, static_cast<unsigned char>(byte));
  out += '"';
}

}  // namespace

Parameter checkout_parameter(const std::vector<CheckoutEdit>& edits) {
  std::string out = "[";
  for (const CheckoutEdit& edit : edits) {
    out += out.size() > 1 ? ",{\"id\":" : "{\"id\":";
    util::append_json_string(out, edit.id.str());
    if (edit.content) append_content(out, *edit.content);
    out += '}';
  }
  out += ']';
  return text(std::move(out));
}

Result<std::shared_ptr<const Checkout>> checkout_from(const Rows& rows) {
  if (rows.count() == 0) return std::shared_ptr<const Checkout>();
  const auto content = rows.text(0, 1);
  if (rows.number(0, 0) != layout || !content) return Error{Errc::corrupt, "the stored checkout cannot be decoded"};
  return format::checkout_from_bytes(*content);
}

Result<CartRow> row_from(const CartId& id, const Rows& rows) {
  const auto now = rows.count() == 1 ? rows.number(0, column::now) : std::nullopt;
  if (!now) return Error{Errc::unavailable, "the database answers something else than was asked"};
  CartRow row{Time(Millis(*now))};
  if (rows.is_null(0, column::layout)) return row;
  row.cart = read_cart(id, rows, 0);
  if (!row.cart) return Error{Errc::corrupt, "the stored cart cannot be decoded"};
  return row;
}

Result<Snapshot> scanned_from(const Rows& rows, std::size_t row) {
  const auto id = CartId::parse(rows.text(row, column::id).value_or(""));
  if (!id) return id.error();
  auto cart = read_cart(*id, rows, row);
  if (!cart) return Error{Errc::corrupt, "the stored cart cannot be decoded"};
  return std::move(*cart);
}

std::vector<Parameter> write_parameters(const CartRecord& record, Token token, const WriteGuard& guard) {
  const Cart& cart = record.cart;
  const bool checks_clock = guard.clock_to_agree.has_value();
  return {text(cart.id.str()),
          number(guard.token),
          number(cart.kind ? layout_with_kind : layout),
          number(token),
          number(cart.version),
          cart.owner ? text(cart.owner->str()) : Parameter(),
          cart.metadata.empty() ? Parameter() : text(cart.metadata),
          time(cart.created_at),
          time(cart.updated_at),
          time(cart.expires_at),
          time(record.forget_at),
          text(format::lines_to_json(cart.lines)),
          Parameter{format::replay_to_bytes(record, token), true},
          time(guard.own_now),
          time(guard.clock_to_agree),
          checks_clock ? number(guard.most_difference.count()) : Parameter(),
          cart.kind ? text(cart.kind->str()) : Parameter()};
}

}  // namespace cartd::postgres
