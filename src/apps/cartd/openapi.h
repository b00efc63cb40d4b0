// docs/openapi.yaml, built into the program.
#pragma once

#include <string_view>

namespace cartd::app {

extern const std::string_view openapi_text;

}  // namespace cartd::app
