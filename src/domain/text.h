// Rules about text that several values share.
#pragma once

#include <string>
#include <string_view>

namespace cartd {

/// True when `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates, at most U+10FFFF).
bool is_utf8(std::string_view text);

/// True when the well-formed UTF-8 `text` holds a control character (Unicode category Cc: U+0000–U+001F,
/// U+007F–U+009F).
bool has_control(std::string_view text);

/// `name` as one reference token of a JSON pointer, with its slash (RFC 6901, section 3).
std::string pointer_to(std::string_view name);

}  // namespace cartd
