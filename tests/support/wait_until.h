// Waiting for something that another process or thread brings about and does not announce.
#pragma once

#include <chrono>
#include <functional>

namespace cartd::test {

/// Looks at `condition` until it holds; false when it still does not after `limit`.
bool wait_until(const std::function<bool()>& condition, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace cartd::test
