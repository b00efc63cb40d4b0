// Hexadecimal digits. Pure.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace cartd::util {

constexpr std::string_view hex_digits = "0123456789abcdef";

/// Appends both digits of `byte`.
inline void append_hex(std::string& out, unsigned char byte) {
  out += hex_digits[byte >> 4];
  out += hex_digits[byte & 0xF];
}

/// The value of a digit of either case, −1 for any other byte.
constexpr int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// Whether `text` holds nothing but digits, and no capital ones. True for the empty text.
constexpr bool is_lower_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return hex_digits.find(c) != std::string_view::npos; });
}

}  // namespace cartd::util
