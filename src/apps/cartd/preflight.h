// Checks before anything runs and without changing anything: the files and folders that settings name.
#pragma once

#include "apps/cartd/config.h"

#include <optional>
#include <string>

namespace cartd::app {

/// A file for TLS that is missing or does not fit, in one line.
std::optional<std::string> tls_preflight(const Settings& settings);

/// That, or why carts must not be kept in --data-dir: it has the journal of a cartd with Redis or a database.
std::optional<std::string> start_preflight(const Settings& settings);

/// That, or why there would be no journal or no carts in --data-dir: it cannot be made, used or written, or another
/// process uses it.
std::optional<std::string> preflight(const Settings& settings);

}  // namespace cartd::app
