#include "service/idempotency.h"

#include "codec/json.h"

#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace cartd {
namespace {

/// The first `characters` of `text`'s SHA-256 in URL-safe base64 (RFC 4648, section 5), 6 bits each.
std::string digest(std::string_view text, std::size_t characters) {
  constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  std::string out;
  unsigned bits = 0;
  unsigned buffer = 0;
  for (std::size_t byte = 0; out.size() < characters;) {
    if (bits < 6) {
      buffer = (buffer << 8) | hash[byte++];
      bits += 8;
    }
    bits -= 6;
    out += alphabet[(buffer >> bits) & 0x3F];
  }
  return out;
}

}  // namespace

Idempotency idempotency_of(const IdempotencyKey& key, const Command& command) {
  return {digest(key.str(), 16), digest(canonical_json(command), 11)};
}

}  // namespace cartd
