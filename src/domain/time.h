// Time as the domain counts it: whole milliseconds since the Unix epoch, UTC. It is always passed in.
#pragma once

#include <chrono>

namespace cartd {

using Millis = std::chrono::milliseconds;
using Time = std::chrono::sys_time<Millis>;

}  // namespace cartd
