// UTF-8 (RFC 3629). Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace cartd::util {

/// True when `text` is well-formed UTF-8: no overlong forms, no surrogates, at most U+10FFFF.
bool is_utf8(std::string_view text);

/// True when the well-formed UTF-8 `text` holds a control character (Unicode category Cc: U+0000–U+001F,
/// U+007F–U+009F).
bool has_control(std::string_view text);

/// The number of characters (code points) of the well-formed UTF-8 `text`.
std::size_t characters(std::string_view text);

}  // namespace cartd::util
