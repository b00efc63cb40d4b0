// The names of things: carts, users, products. Each is a checked value: who holds one need not check again.
// Immutable, freely copied between threads.
#pragma once

#include "domain/error.h"

#include <compare>
#include <functional>
#include <string>
#include <string_view>

namespace cartd {

/// A text that obeys Rule::check. Two names of different kinds do not mix.
template <class Rule>
class Name {
 public:
  /// The checked name, or Errc::invalid with the rule in the detail.
  static Result<Name> parse(std::string_view text) {
    if (const char* fault = Rule::check(text)) return Error{Errc::invalid, fault};
    return Name(std::string(text));
  }

  const std::string& str() const { return text_; }

  friend bool operator==(const Name&, const Name&) = default;
  friend std::strong_ordering operator<=>(const Name& a, const Name& b) { return a.text_.compare(b.text_) <=> 0; }

 private:
  explicit Name(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

/// 1–128 bytes of [A-Za-z0-9._:@~=+/|,$!-], but neither "." nor "..". Braces, blanks and globs are refused, because an
/// id goes into Redis keys and hash tags; the two dot segments, because clients remove them from paths.
struct CartIdRule {
  static const char* check(std::string_view text);
};
struct UserIdRule {
  static const char* check(std::string_view text);
};
/// 1–128 bytes of UTF-8 without control characters, but neither "." nor "..".
struct SkuRule {
  static const char* check(std::string_view text);
};
/// 1–64 characters of UTF-8 without control characters.
struct LineLabelRule {
  static const char* check(std::string_view text);
};
/// The Idempotency-Key that a client sends, without quotes: 1–255 printable ASCII characters. Stores keep a digest of
/// it.
struct IdempotencyKeyRule {
  static const char* check(std::string_view text);
};

/// What a cart is for, in a word: 1–32 characters of [a-z0-9_-]. A name for the kind that all others differ from,
/// "cart", is none: see kind_from().
struct CartKindRule {
  static const char* check(std::string_view text);
};

/// 16–32 characters of URL-safe base64 (RFC 4648, section 5), as cartd makes them.
struct CheckoutIdRule {
  static const char* check(std::string_view text);
};
/// What a shop's payment provider calls a payment: 1–255 printable ASCII characters.
struct PaymentRefRule {
  static const char* check(std::string_view text);
};

using CartId = Name<CartIdRule>;
using UserId = Name<UserIdRule>;
using Sku = Name<SkuRule>;
using LineLabel = Name<LineLabelRule>;
using CartKind = Name<CartKindRule>;
using IdempotencyKey = Name<IdempotencyKeyRule>;
using CheckoutId = Name<CheckoutIdRule>;
using PaymentRef = Name<PaymentRefRule>;

}  // namespace cartd

template <class Rule>
struct std::hash<cartd::Name<Rule>> {
  std::size_t operator()(const cartd::Name<Rule>& name) const noexcept { return std::hash<std::string>{}(name.str()); }
};
