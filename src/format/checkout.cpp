#include "format/checkout.h"

#include "format/cart_values.h"
#include "util/utf8.h"

#include <cstdint>
#include <utility>
#include <vector>

namespace cartd::format {
namespace {

constexpr std::uint8_t checkout_layout = 1;
constexpr std::uint8_t last_state = 3;
constexpr std::size_t digest_characters = 16;

void append_order(std::string& out, const Order& order) {
  append_time(out, order.completed_at);
  append_counted(out, order.payment_ref);
  out += order.is_late ? '\1' : '\0';
  append_varint(out, order.shortfall.size());
  for (const LineDifference& line : order.shortfall) {
    append_counted(out, line.line.str());
    append_varint(out, static_cast<std::uint64_t>(line.quantity));
    append_varint(out, static_cast<std::uint64_t>(line.available.value_or(0)));
  }
}

std::optional<bool> flag_in(BinaryReader& in) {
  const auto byte = in.byte();
  if (!byte || *byte > 1) return std::nullopt;
  return *byte == 1;
}

std::optional<CheckoutId> id_in(BinaryReader& in) {
  const auto text = in.counted();
  if (!text) return std::nullopt;
  auto id = CheckoutId::parse(*text);
  return id ? std::optional(std::move(*id)) : std::nullopt;
}

bool read_shortfall(BinaryReader& in, std::vector<LineDifference>& lines) {
  const auto count = in.count(3);
  if (!count) return false;
  for (std::size_t i = 0; i < *count; ++i) {
    auto id = line_id_in(in);
    const auto quantity = id ? in.varint(std::uint64_t{max_readable_quantity}) : std::nullopt;
    const auto available = quantity && *quantity != 0 ? in.varint(*quantity - 1) : std::nullopt;
    if (!available) return false;
    lines.push_back({std::move(*id), static_cast<std::int64_t>(*quantity), static_cast<std::int64_t>(*available)});
  }
  return true;
}

std::optional<Order> order_in(BinaryReader& in) {
  const auto completed_at = time_in(in);
  const auto payment_ref = completed_at ? in.counted() : std::nullopt;
  if (!payment_ref || (!payment_ref->empty() && !PaymentRef::parse(*payment_ref))) return std::nullopt;
  const auto is_late = flag_in(in);
  if (!is_late) return std::nullopt;
  Order order{*completed_at, std::string(*payment_ref), *is_late};
  return read_shortfall(in, order.shortfall) ? std::optional(std::move(order)) : std::nullopt;
}

/// Metadata, or an empty text.
bool read_metadata(BinaryReader& in, std::string& metadata) {
  BinaryReader ahead = in;
  const auto text = ahead.counted();
  if (text && text->empty()) {
    in = ahead;
    return true;
  }
  auto read = metadata_in(in);
  if (!read) return false;
  metadata = std::move(*read);
  return true;
}

bool read_optional_owner(BinaryReader& in, std::optional<UserId>& owner) {
  BinaryReader ahead = in;
  const auto text = ahead.counted();
  if (!text || !text->empty()) return read_owner(in, owner);
  in = ahead;
  return true;
}

std::optional<Checkout> checkout_in(BinaryReader& in) {
  if (in.byte() != checkout_layout) return std::nullopt;
  const auto forget_at = in.fixed();
  if (!forget_at || *forget_at > last_time) return std::nullopt;
  auto id = id_in(in);
  const auto cart_text = id ? in.counted() : std::nullopt;
  if (!cart_text) return std::nullopt;
  auto cart = CartId::parse(*cart_text);
  if (!cart) return std::nullopt;
  Checkout checkout{std::move(*id), std::move(*cart)};
  checkout.forget_at = Time(Millis(static_cast<std::int64_t>(*forget_at)));
  if (!read_optional_owner(in, checkout.owner) || !read_metadata(in, checkout.cart_metadata) ||
      !read_metadata(in, checkout.metadata))
    return std::nullopt;
  const auto begun_at = time_in(in);
  const auto expires_at = begun_at ? time_in(in) : std::nullopt;
  if (!expires_at || !read_lines(in, checkout.lines)) return std::nullopt;
  checkout.begun_at = *begun_at;
  checkout.expires_at = *expires_at;
  const auto has_order = flag_in(in);
  if (!has_order) return std::nullopt;
  if (*has_order && !(checkout.order = order_in(in))) return std::nullopt;
  return in.at_end() ? std::optional(std::move(checkout)) : std::nullopt;
}

}  // namespace

std::string checkout_to_bytes(const Checkout& checkout) {
  std::string out;
  out.reserve(128 + size_of(checkout.lines) + checkout.cart_metadata.size() + checkout.metadata.size());
  out += static_cast<char>(checkout_layout);
  append_fixed(out, number_of(checkout.forget_at));
  append_counted(out, checkout.id.str());
  append_counted(out, checkout.cart.str());
  append_counted(out, checkout.owner ? checkout.owner->str() : "");
  append_counted(out, checkout.cart_metadata);
  append_counted(out, checkout.metadata);
  append_time(out, checkout.begun_at);
  append_time(out, checkout.expires_at);
  append_lines(out, checkout.lines);
  out += checkout.order ? '\1' : '\0';
  if (checkout.order) append_order(out, *checkout.order);
  return out;
}

Result<std::shared_ptr<const Checkout>> checkout_from_bytes(std::string_view bytes) {
  BinaryReader in(bytes);
  if (auto checkout = checkout_in(in)) return std::make_shared<const Checkout>(std::move(*checkout));
  return Error{Errc::corrupt, "the stored checkout cannot be decoded"};
}

std::optional<Time> checkout_forget_at(std::string_view bytes) {
  BinaryReader in(bytes);
  if (in.byte() != checkout_layout) return std::nullopt;
  const auto forget_at = in.fixed();
  if (!forget_at || *forget_at > last_time) return std::nullopt;
  return Time(Millis(static_cast<std::int64_t>(*forget_at)));
}

void append_note(std::string& out, const CheckoutNote& note) {
  append_counted(out, note.id.str());
  out += static_cast<char>(note.state);
  append_time(out, note.begun_at);
  append_time(out, note.expires_at);
  append_time(out, note.forget_at);
  out += note.content;
  out += note.payment.empty() ? '\0' : '\1';
  out += note.payment;
}

std::optional<CheckoutNote> note_in(BinaryReader& in) {
  auto id = id_in(in);
  const auto state = id ? in.byte() : std::nullopt;
  if (!state || *state > last_state) return std::nullopt;
  const auto begun_at = time_in(in);
  const auto expires_at = begun_at ? time_in(in) : std::nullopt;
  const auto forget_at = expires_at ? time_in(in) : std::nullopt;
  auto content = forget_at ? digest_in(in, digest_characters) : std::nullopt;
  const auto has_payment = content ? flag_in(in) : std::nullopt;
  if (!has_payment) return std::nullopt;
  CheckoutNote note{std::move(*id),     static_cast<CheckoutState>(*state), *begun_at, *expires_at, *forget_at,
                    std::move(*content)};
  if (!*has_payment) return note;
  auto payment = digest_in(in, digest_characters);
  if (!payment) return std::nullopt;
  note.payment = std::move(*payment);
  return note;
}

}  // namespace cartd::format
