// Numbers and texts in values at rest, each no longer than it needs to be: a number is seven bits a byte, the lowest
// first, and all bytes but the last have the highest bit set; a text stands behind its length. Reading looks at every
// byte as hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::format {

inline void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

inline void append_counted(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

/// Eight bytes, the highest first: a number that is found without reading what stands before it.
inline void append_fixed(std::string& out, std::uint64_t value) {
  for (unsigned shift = 64; shift != 0;) out += static_cast<char>((value >> (shift -= 8)) & 0xff);
}

/// `bit` where it is set, else 0.
inline std::uint8_t flag(bool is_set, std::uint8_t bit) { return is_set ? bit : std::uint8_t{0}; }

/// Takes what those functions wrote off the front of a text. Each function answers nothing where the next bytes are
/// not that; then nothing further may be asked.
class BinaryReader {
 public:
  explicit BinaryReader(std::string_view bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  std::size_t left() const { return rest_.size(); }

  std::optional<std::string_view> bytes(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::optional<std::uint8_t> byte() {
    const auto taken = bytes(1);
    if (!taken) return std::nullopt;
    return static_cast<std::uint8_t>(taken->front());
  }

  std::optional<std::uint64_t> fixed() {
    const auto taken = bytes(8);
    if (!taken) return std::nullopt;
    std::uint64_t value = 0;
    for (const char c : *taken) value = value << 8 | static_cast<unsigned char>(c);
    return value;
  }

  /// A number in the one form that append_varint() gives it, and no larger than `most`.
  std::optional<std::uint64_t> varint(std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto next = byte();
      if (!next) return std::nullopt;
      const std::uint64_t bits = *next & 0x7f;
      if (shift == 63 && bits > 1) return std::nullopt;
      value |= bits << shift;
      if ((*next & 0x80) != 0) continue;
      const bool is_shortest = *next != 0 || shift == 0;
      return is_shortest && value <= most ? std::optional(value) : std::nullopt;
    }
    return std::nullopt;
  }

  std::optional<std::string_view> counted() {
    const auto size = varint(rest_.size());
    if (!size) return std::nullopt;
    return bytes(*size);
  }

  /// A count of things that take `least` bytes or more each: no more than there can be, so that memory can be reserved
  /// for them.
  std::optional<std::size_t> count(std::size_t least) {
    const auto value = varint(rest_.size() / least);
    if (!value) return std::nullopt;
    return static_cast<std::size_t>(*value);
  }

 private:
  std::string_view rest_;
};

}  // namespace cartd::format
