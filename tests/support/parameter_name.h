// The names of tests that run once per server program or store.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

namespace cartd::test {

/// A parameter such as "redis-server" as GoogleTest takes names: "redis_server".
inline std::string parameter_name(const testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

}  // namespace cartd::test
