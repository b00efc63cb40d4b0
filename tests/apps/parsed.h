// Results whose error is a line of text, in tests.
#pragma once

#include <boost/system/result.hpp>

#include <stdexcept>
#include <string>

namespace cartd::test {

/// The value; throws std::runtime_error with the line when there is none, which fails the test.
template <class T>
T value_of(const boost::system::result<T, std::string>& result) {
  if (!result) throw std::runtime_error(result.error());
  return *result;
}

}  // namespace cartd::test
