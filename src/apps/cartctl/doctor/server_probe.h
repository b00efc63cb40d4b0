// Looks at a Redis server: only reads, but for the commands of carts that it tries out on keys of its own, and only so
// much of it as is harmless on a busy one.
#pragma once

#include "apps/cartctl/doctor/facts.h"
#include "redis/protocol/url.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <string>

namespace cartd::doctor {

/// The facts, or why there is no connection. Checks up to `most_carts` carts; `progress` is called now and then with
/// the number checked so far.
Looked<Facts> examine_server(const redis::Url& url, std::uint64_t most_carts,
                             const std::function<void(std::uint64_t)>& progress);

}  // namespace cartd::doctor
