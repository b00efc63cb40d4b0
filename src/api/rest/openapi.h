// docs/openapi.yaml, built into the program.
#pragma once

#include <string_view>

namespace cartd::rest {

extern const std::string_view openapi_text;

}  // namespace cartd::rest
