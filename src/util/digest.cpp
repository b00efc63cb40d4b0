#include "util/digest.h"

#include "util/base64url.h"
#include "util/hex.h"

#include <openssl/sha.h>

#include <array>

namespace cartd::util {

namespace {

using Hash = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

Hash sha256(std::string_view text) {
  Hash hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return hash;
}

}  // namespace

std::string digest(std::string_view text, std::size_t characters) { return base64url(sha256(text), characters); }

std::string hex_digest(std::string_view text) {
  constexpr std::size_t bytes = 16;
  const Hash hash = sha256(text);
  std::string hex;
  for (std::size_t i = 0; i < bytes; ++i) append_hex(hex, hash[i]);
  return hex;
}

}  // namespace cartd::util
