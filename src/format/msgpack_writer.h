// Appends values in MessagePack's shortest forms. nlohmann's writer wants a tree first, of many allocations.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace cartd::format {

class MsgpackWriter {
 public:
  explicit MsgpackWriter(std::string& out) : out_(out) {}

  void nil() { byte(0xc0); }
  void boolean(bool value) { byte(value ? 0xc3 : 0xc2); }
  void array(std::size_t elements) {
    if (elements < 16) byte(0x90 | elements);
    else sized(elements, 0, 0xdc, 0xdd);
  }
  /// A key and a value follow for each member.
  void map(std::size_t members) {
    if (members < 16) byte(0x80 | members);
    else sized(members, 0, 0xde, 0xdf);
  }
  void text(std::string_view text) {
    if (text.size() < 32) byte(0xa0 | text.size());
    else sized(text.size(), 0xd9, 0xda, 0xdb);
    out_ += text;
  }
  void bytes(std::string_view bytes) {
    sized(bytes.size(), 0xc4, 0xc5, 0xc6);
    out_ += bytes;
  }
  void number(std::uint64_t value) {
    if (value < 128) {
      byte(value);
    } else if (value <= std::numeric_limits<std::uint32_t>::max()) {
      sized(value, 0xcc, 0xcd, 0xce);
    } else {
      byte(0xcf);
      big_endian(value, 8);
    }
  }
  void negative_number(std::int64_t value) {
    const unsigned bytes = value >= std::numeric_limits<std::int8_t>::min()    ? 1
                           : value >= std::numeric_limits<std::int16_t>::min() ? 2
                           : value >= std::numeric_limits<std::int32_t>::min() ? 4
                                                                               : 8;
    constexpr std::int64_t least_in_one_byte = -32;
    if (value < least_in_one_byte) byte(bytes == 1 ? 0xd0 : bytes == 2 ? 0xd1 : bytes == 4 ? 0xd2 : 0xd3);
    big_endian(static_cast<std::uint64_t>(value), bytes);
  }
  void float64(double value) {
    byte(0xcb);
    big_endian(std::bit_cast<std::uint64_t>(value), 8);
  }

 private:
  void byte(std::uint64_t value) { out_ += static_cast<char>(value); }
  void big_endian(std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) byte((value >> (8 * bytes)) & 0xff);
  }
  // The first byte says how many bytes the size has: one (where there is such a form), two or four.
  void sized(std::uint64_t size, std::uint64_t one, std::uint64_t two, std::uint64_t four) {
    const unsigned bytes = one != 0 && size <= 0xff ? 1 : size <= 0xffff ? 2 : 4;
    byte(bytes == 1 ? one : bytes == 2 ? two : four);
    big_endian(size, bytes);
  }

  std::string& out_;
};

}  // namespace cartd::format
