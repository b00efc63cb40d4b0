#include "util/digest.h"

#include "util/base64url.h"

#include <openssl/sha.h>

#include <array>

namespace cartd::util {

std::string digest(std::string_view text, std::size_t characters) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return base64url(hash, characters);
}

}  // namespace cartd::util
