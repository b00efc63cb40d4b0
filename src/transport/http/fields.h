// Header fields understood (RFC 9110, RFC 7240, W3C Trace Context). Pure.
#pragma once

#include "domain/cart.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace cartd::http {

/// If-Match or If-None-Match.
class EntityTags {
 public:
  /// Nothing when `field` is neither "*" nor a list of entity tags. Empty elements are ignored; a list of nothing else is
  /// taken for a mistake.
  static std::optional<EntityTags> parse(std::string_view field);

  /// "*": any cart that exists.
  bool any() const { return any_; }

  /// Strong comparison, as If-Match asks for: a weak tag never matches.
  bool match_strongly(const Cart& cart) const;
  /// Weak comparison, as If-None-Match asks for.
  bool match_weakly(const Cart& cart) const;

  /// The version, when one strong tag of ours is all there is.
  std::optional<std::uint64_t> only_version() const;

  /// Whether a weak tag is among them.
  bool has_weak() const;

 private:
  struct Tag {
    bool weak;
    std::optional<std::uint64_t> version;  ///< Nothing when the tag is none that cartd ever gave.
  };

  bool any_ = false;
  std::vector<Tag> tags_;
};

/// What Idempotency-Key says: the key as it is, or as the IETF's draft has it (draft-ietf-httpapi-idempotency-key-header), a
/// string in quotes. Both ways of writing give the same key. No parameters are defined, and none are accepted.
Result<IdempotencyKey> parse_idempotency_key(std::string_view field);

/// Takes the next element off `list`; empty ones are passed over (RFC 9110, section 5.6.1.2). Nothing when none is left.
std::optional<std::string_view> next_element(std::string_view& list);

bool same_ignoring_case(std::string_view a, std::string_view b);

/// True when Prefer asks for return=minimal (RFC 7240, section 4.2).
bool prefers_minimal(std::string_view prefer);

/// True for application/json, with no charset or with UTF-8.
bool is_json(std::string_view content_type);
/// True for application/merge-patch+json (RFC 7396), with no charset or with UTF-8.
bool is_merge_patch(std::string_view content_type);

/// `digits` as a number, nothing when there is anything but digits or more than 18 of them.
std::optional<std::int64_t> parse_digits(std::string_view digits);

/// True when `id` may be echoed as X-Request-Id: 1–128 visible ASCII characters.
bool is_request_id(std::string_view id);

/// A fresh X-Request-Id: 128 random bits in hexadecimal. Not a secret.
std::array<char, 32> make_request_id();

/// The trace id within a well-formed traceparent, else empty (W3C Trace Context, section 3.2).
std::string_view trace_id(std::string_view traceparent);

}  // namespace cartd::http
