#include "apps/cartctl/checksum.h"

#include "util/hex.h"

#include <array>
#include <charconv>

namespace cartd::cartctl {

std::optional<Digest> digest_from(std::string_view text) {
  constexpr std::size_t half = 16;
  if (text.size() != 2 * half || !util::is_lower_hex(text)) return std::nullopt;
  Digest digest;
  std::from_chars(text.data(), text.data() + half, digest.high, 16);
  std::from_chars(text.data() + half, text.data() + 2 * half, digest.low, 16);
  return digest;
}

std::string to_string(const Digest& digest) {
  std::string text;
  for (const std::uint64_t part : {digest.high, digest.low})
    for (unsigned shift = 64; shift != 0;) util::append_hex(text, static_cast<unsigned char>(part >> (shift -= 8)));
  return text;
}

}  // namespace cartd::cartctl
