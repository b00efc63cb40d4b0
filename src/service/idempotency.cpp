#include "service/idempotency.h"

#include "format/canonical_command.h"
#include "util/base64url.h"

#include <openssl/sha.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace cartd {
namespace {

std::string digest(std::string_view text, std::size_t characters) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> hash{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), hash.data());
  return util::base64url(hash, characters);
}

}  // namespace

Idempotency idempotency_of(const IdempotencyKey& key, const Command& command) {
  return {digest(key.str(), 16), digest(format::canonical_json(command), 11)};
}

}  // namespace cartd
