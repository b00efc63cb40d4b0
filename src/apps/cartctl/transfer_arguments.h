// The commands about lines that go from one cart to another.
#pragma once

#include "apps/cartctl/options.h"

namespace CLI {
class App;
}

namespace cartd::cartctl {

/// merge and move. They write into `options`, which outlives `app`.
void add_transfer_commands(CLI::App& app, Options& options);

}  // namespace cartd::cartctl
