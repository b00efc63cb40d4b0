// Kinds of ASCII characters. Pure.
#pragma once

#include "util/decimal.h"

namespace cartd::util {

constexpr bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c); }

/// Characters of host names and similar names.
constexpr bool is_name_character(char c) { return is_alphanumeric(c) || c == '.' || c == '-' || c == '_'; }

}  // namespace cartd::util
