// The table of settings: what each is called, what it means and how its text becomes a value.
#pragma once

#include "apps/cartd/config.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cartd::app {

struct Setting {
  std::string name;         ///< Without the dashes.
  std::string environment;  ///< The variable's name.
  std::string group;        ///< Its heading in --help.
  std::string shape;        ///< The placeholder for the value in --help.
  std::string help;         ///< Its meaning and range.
  std::string standard;     ///< The default, for --help.
  bool repeatable;
  /// Takes the values over: one, or any number of them (at least one) when repeatable. Answers what is wrong, if
  /// anything is.
  std::function<std::optional<std::string>(const std::vector<std::string>& values)> take;
};

/// Every setting, writing into `settings` and, what stands beside the Redis URL, into `tls`; both outlive the table.
/// The defaults are what `settings` holds now.
std::vector<Setting> setting_table(Settings& settings, redis::TlsOptions& tls);

}  // namespace cartd::app
