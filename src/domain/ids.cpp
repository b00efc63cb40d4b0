#include "domain/ids.h"

#include "util/ascii.h"
#include "util/base64url.h"
#include "util/utf8.h"

#include <algorithm>

namespace cartd {
namespace {

constexpr std::size_t max_name_bytes = 128;

bool is_id_byte(char c) {
  return util::is_alphanumeric(c) || std::string_view("._:@~-=+/|,$!").find(c) != std::string_view::npos;
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= max_name_bytes && std::all_of(text.begin(), text.end(), is_id_byte);
}

/// Segments that clients and proxies remove from a path, percent-encoded or not (RFC 3986, section 5.2.4; WHATWG URL,
/// "double-dot URL path segment"): a DELETE of …/carts/a/items/.. would reach the cart.
bool is_dot_segment(std::string_view text) { return text == "." || text == ".."; }

bool is_printable(std::string_view text) {
  return !text.empty() && text.size() <= 255 &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7F; });
}

}  // namespace

const char* CartIdRule::check(std::string_view text) {
  if (is_dot_segment(text)) return "a cart id may not be . or .., because clients remove these from paths";
  return is_id(text) ? nullptr : "a cart id must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ ~ - = + / | , $ !";
}

const char* UserIdRule::check(std::string_view text) {
  if (is_dot_segment(text)) return "a user id may not be . or .., because clients remove these from paths";
  return is_id(text) ? nullptr : "a user id must be 1 to 128 characters of A-Z a-z 0-9 . _ : @ ~ - = + / | , $ !";
}

const char* SkuRule::check(std::string_view text) {
  if (is_dot_segment(text)) return "a SKU may not be . or .., because clients remove these from paths";
  const bool ok = !text.empty() && text.size() <= max_name_bytes && util::is_utf8(text) && !util::has_control(text);
  return ok ? nullptr : "a SKU must be 1 to 128 bytes of UTF-8 without control characters";
}

const char* LineLabelRule::check(std::string_view text) {
  constexpr std::size_t most_characters = 64;
  const bool ok = !text.empty() && text.size() <= 4 * most_characters && util::is_utf8(text) &&
                  !util::has_control(text) && util::characters(text) <= most_characters;
  return ok ? nullptr : "a line must be 1 to 64 characters of UTF-8 without control characters";
}

const char* CartKindRule::check(std::string_view text) {
  constexpr std::size_t most = 32;
  const bool ok = !text.empty() && text.size() <= most && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return ok ? nullptr : "a kind must be 1 to 32 characters of a-z 0-9 _ -";
}

const char* IdempotencyKeyRule::check(std::string_view text) {
  return is_printable(text) ? nullptr : "an Idempotency-Key must be 1 to 255 printable ASCII characters";
}

const char* CheckoutIdRule::check(std::string_view text) {
  const bool ok = text.size() >= 16 && text.size() <= 32 && util::is_base64url(text);
  return ok ? nullptr : "a checkout's id is 16 to 32 characters of A-Z a-z 0-9 - _";
}

const char* PaymentRefRule::check(std::string_view text) {
  return is_printable(text) ? nullptr : "a payment_ref must be 1 to 255 printable ASCII characters";
}

}  // namespace cartd
