// The checksum of the journal's files.
#pragma once

#include <cstdint>
#include <string_view>

namespace cartd::journal {

/// The low 32 bits of XXH3 (xxhash.com) with this seed.
std::uint32_t checksum(std::string_view bytes, std::uint64_t seed);

}  // namespace cartd::journal
