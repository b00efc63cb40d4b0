// The config file: TOML, one "name = value" for each setting, without sections.
#pragma once

#include "apps/cartd/values.h"

#include <map>
#include <string>
#include <vector>

namespace cartd::app {

struct FileValue {
  std::vector<std::string> values;
  std::string where;        ///< The file and the line, for people.
  bool before_number_sign;  ///< A comment follows in the same line, or what TOML takes for one.
};

/// The values in the file at `path`, by name, or one line without a secret that says what is wrong. `names` are those
/// that exist.
Parsed<std::map<std::string, FileValue>> read_config_file(const std::string& path,
                                                          const std::vector<std::string>& names);

}  // namespace cartd::app
