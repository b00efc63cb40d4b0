#include "util/base64url.h"

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

}  // namespace cartd::util
