// URL-safe base64 (RFC 4648, section 5), without padding. Pure.
#pragma once

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cartd::util {

constexpr std::string_view base64url_alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The first `characters` of the encoded `bytes`, 6 bits each. There are enough bytes for them.
std::string base64url(std::span<const unsigned char> bytes, std::size_t characters);

/// All of `bytes`; the last character's spare bits are 0.
std::string to_base64url(std::string_view bytes);
/// What to_base64url() made that text of; nothing: it made no such text.
std::optional<std::string> from_base64url(std::string_view text);

/// Whether `text` holds nothing but characters of the alphabet.
constexpr bool is_base64url(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return base64url_alphabet.find(c) != std::string_view::npos; });
}

}  // namespace cartd::util
