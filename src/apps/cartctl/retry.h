// Sends a request again when that may help and cannot harm: reading is harmless, writing a user is repeatable by its
// nature, and a change of a cart carries an Idempotency-Key.
#pragma once

#include "apps/cartctl/http_client.h"

#include <boost/system/result.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace cartd::cartctl {

using Exchanged = boost::system::result<HttpAnswer, HttpFailure>;

/// How long to wait before another attempt after `attempts` of them, or nothing when the last word is spoken: at most
/// three attempts; after 503, 504 or a connection that was lost after it stood. What the server asks for in
/// Retry-After counts up to 5 s. Pure.
std::optional<std::chrono::milliseconds> pause_before_retry(const Exchanged& last, unsigned attempts);

/// Calls `attempt` until pause_before_retry() has enough, says each retry through `say` and waits through `wait`.
Exchanged with_retries(const std::function<Exchanged()>& attempt, const std::function<void(const std::string&)>& say,
                       const std::function<void(std::chrono::milliseconds)>& wait);

}  // namespace cartd::cartctl
