// SHA-256 (FIPS 180-4) as a short text, for what is kept by its digest. Pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cartd::util {

/// The first `characters`, at most 42, of the text's SHA-256 in URL-safe base64: 6 bits each.
std::string digest(std::string_view text, std::size_t characters);

/// The first 128 bits of the text's SHA-256 as 32 hexadecimal digits.
std::string hex_digest(std::string_view text);

}  // namespace cartd::util
