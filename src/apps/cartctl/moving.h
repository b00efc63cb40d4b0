// `cartctl export`, `import` and `migrate`: carts and users between running cartds and files.
#pragma once

#include "apps/cartctl/options.h"

#include <atomic>
#include <iosfwd>

namespace cartd::cartctl {

struct Terminal {
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  bool err_is_terminal;
  const std::atomic<bool>& is_stopped;  ///< Somebody wants `migrate --follow` to come to its end.
};

/// Exit code 0 when all of it was done, and nothing was unreadable, refused or in conflict; 1 else; 2: wrong usage.
int run_export(const Options& options, const Terminal& terminal);
int run_import(const Options& options, const Terminal& terminal);
int run_migrate(const Options& options, const Terminal& terminal);

}  // namespace cartd::cartctl
