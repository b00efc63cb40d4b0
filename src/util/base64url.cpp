#include "util/base64url.h"

#include <array>
#include <cstdint>
#include <utility>

namespace cartd::util {

std::string base64url(std::span<const unsigned char> bytes, std::size_t characters) {
  std::string out;
  out.reserve(characters);
  unsigned bits = 0;
  unsigned buffer = 0;
  for (std::size_t next = 0; out.size() < characters;) {
    if (bits < 6) {
      buffer = (buffer << 8) | bytes[next++];
      bits += 8;
    }
    bits -= 6;
    out += base64url_alphabet[(buffer >> bits) & 0x3F];
  }
  return out;
}

std::string to_base64url(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() * 4 / 3 + 2);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char byte : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(byte);
    for (count += 8; count >= 6;) text += base64url_alphabet[bits >> (count -= 6) & 0x3F];
  }
  if (count > 0) text += base64url_alphabet[bits << (6 - count) & 0x3F];
  return text;
}

std::optional<std::string> from_base64url(std::string_view text) {
  static const std::array<std::uint8_t, 256> values = [] {
    std::array<std::uint8_t, 256> table{};
    table.fill(0xFF);
    for (std::size_t i = 0; i < base64url_alphabet.size(); ++i)
      table[static_cast<unsigned char>(base64url_alphabet[i])] = static_cast<std::uint8_t>(i);
    return table;
  }();
  std::string bytes;
  bytes.reserve(text.size() * 3 / 4);
  std::uint32_t bits = 0;
  unsigned count = 0;
  for (const char c : text) {
    const std::uint8_t value = values[static_cast<unsigned char>(c)];
    if (value == 0xFF) return std::nullopt;
    bits = bits << 6 | value;
    if ((count += 6) < 8) continue;
    bytes += static_cast<char>(bits >> (count -= 8) & 0xFF);
  }
  const bool is_whole = count < 6 && (bits & ((1U << count) - 1)) == 0;
  return is_whole ? std::optional(std::move(bytes)) : std::nullopt;
}

}  // namespace cartd::util
