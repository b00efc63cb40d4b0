// Access to environment variables.
#pragma once

#include <string>
#include <string_view>

namespace cartd {

/// The value that the text of a variable stands for: without the blanks and line breaks around it, which files of
/// secrets end in, and without quotes around the whole, which some readers of env files (docker --env-file) hand over.
std::string variable_value(std::string_view text);

}  // namespace cartd
