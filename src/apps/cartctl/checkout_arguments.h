// The commands about checkouts, orders and the shop's prices on cartctl's command line.
#pragma once

#include "apps/cartctl/options.h"

#include <CLI/CLI.hpp>

namespace cartd::cartctl {

/// Adds them to `app`; they write into `options`, which outlives it.
void add_checkout_commands(CLI::App& app, Options& options);

}  // namespace cartd::cartctl
