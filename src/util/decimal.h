// Decimal digits. Pure.
#pragma once

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace cartd::util {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Whether `text` holds digits and nothing else. False for the empty text.
constexpr bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

/// All of `text` as a number; nothing where it is none or does not fit. A signed one may begin with "-".
template <std::integral Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// `digits` as a number, nothing when there is anything but digits or more than 18 of them.
inline std::optional<std::int64_t> parse_digits(std::string_view digits) {
  constexpr std::size_t always_fits = 18;
  if (!all_digits(digits) || digits.size() > always_fits) return std::nullopt;
  return parse_number<std::int64_t>(digits);
}

template <std::integral Number>
void append_number(std::string& out, Number value) {
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
  out.append(digits.data(), end);
}

}  // namespace cartd::util
