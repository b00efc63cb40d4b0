// How the checker's sentences tell what they are about.
#pragma once

#include "chaos/checker/history.h"

#include <string>

namespace cartd::test {

/// "12.034 s".
inline std::string seconds(Moment moment) {
  const auto millis = std::chrono::duration_cast<std::chrono::milliseconds>(moment).count();
  std::string rest = std::to_string(millis % 1000);
  rest.insert(0, 3 - rest.size(), '0');
  return std::to_string(millis / 1000) + "." + rest + " s";
}

}  // namespace cartd::test
