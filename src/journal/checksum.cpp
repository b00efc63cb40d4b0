#include "journal/checksum.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

namespace cartd::journal {

std::uint32_t checksum(std::string_view bytes, std::uint64_t seed) {
  return static_cast<std::uint32_t>(XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed));
}

}  // namespace cartd::journal
