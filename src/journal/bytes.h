// Numbers and texts in the journal's files: big-endian, and read with every byte looked at as hostile.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::journal {

inline void append_number(std::string& out, std::uint64_t value, unsigned bytes) {
  for (unsigned shift = 8 * bytes; shift != 0;) out += static_cast<char>((value >> (shift -= 8)) & 0xFF);
}

/// The number of `bytes` bytes at `at`, which are there.
inline std::uint64_t number_at(std::string_view text, std::size_t at, unsigned bytes) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(text[at + i]);
  return value;
}

/// Takes what append_number() and its like wrote off the front of a text.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  std::optional<std::string_view> text(std::size_t size) {
    if (rest_.size() < size) return std::nullopt;
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }
  std::optional<std::uint64_t> number(unsigned bytes) {
    const auto taken = text(bytes);
    if (!taken) return std::nullopt;
    return number_at(*taken, 0, bytes);
  }
  /// A text behind its length.
  std::optional<std::string_view> counted(unsigned bytes_of_length) {
    const auto size = number(bytes_of_length);
    if (!size) return std::nullopt;
    return text(*size);
  }
  std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace cartd::journal
