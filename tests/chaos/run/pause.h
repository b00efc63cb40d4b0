// Letting time pass: how long a fault lasts, how soon a client asks again.
#pragma once

#include <chrono>
#include <stop_token>

namespace cartd::test {

/// Returns after `time`, or when stopped; false: stopped.
bool pause(std::chrono::milliseconds time, const std::stop_token& stop = {});

}  // namespace cartd::test
