// Header fields understood (RFC 9110, RFC 7240, W3C Trace Context). Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::http {

/// `text` without the blanks and tabs around it.
std::string_view trimmed(std::string_view text);

/// `list` from its next element on. A list may hold empty elements anywhere (RFC 9110, section 5.6.1.2).
std::string_view after_empty_elements(std::string_view list);

/// Takes the next element off `list`; empty ones are passed over (RFC 9110, section 5.6.1.2). Nothing when none is
/// left.
std::optional<std::string_view> next_element(std::string_view& list);

/// The text of a string item without parameters, which is all that `item` may hold (RFC 8941, section 4.2.5).
std::optional<std::string> parse_string_item(std::string_view item);

bool same_ignoring_case(std::string_view a, std::string_view b);

/// True when Prefer asks for return=minimal (RFC 7240, section 4.2).
bool prefers_minimal(std::string_view prefer);

/// True for application/json, with no charset or with UTF-8.
bool is_json(std::string_view content_type);
/// True for application/merge-patch+json (RFC 7396), with no charset or with UTF-8.
bool is_merge_patch(std::string_view content_type);

/// True for application/msgpack, application/vnd.msgpack and application/x-msgpack.
bool is_msgpack(std::string_view content_type);

/// True when Accept prefers MessagePack to JSON (RFC 9110, section 12.5.1). Where both have the same weight, one that
/// is named goes before one that only a range like */* covers, and JSON before MessagePack.
bool prefers_msgpack(std::string_view accept);

/// True when `id` may be echoed as X-Request-Id: 1–128 visible ASCII characters.
bool is_request_id(std::string_view id);

/// A fresh X-Request-Id: 128 random bits in hexadecimal. Not a secret.
std::array<char, 32> make_request_id();

/// The trace id within a well-formed traceparent, else empty (W3C Trace Context, section 3.2).
std::string_view trace_id(std::string_view traceparent);

}  // namespace cartd::http
