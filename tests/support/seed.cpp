#include "support/seed.h"

#include <charconv>
#include <cstdlib>
#include <iostream>
#include <stdexcept>
#include <string_view>

namespace cartd::test {

std::uint32_t test_seed() {
  const char* set = std::getenv("TEST_SEED");
  const std::string_view text = set ? set : "1";
  std::uint32_t seed = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seed);
  if (error != std::errc() || end != text.data() + text.size() || seed == 0)
    throw std::invalid_argument("TEST_SEED wants a whole number from 1 to 4294967295, not '" + std::string(text) + "'");
  std::cout << "seed " << seed << '\n';
  return seed;
}

}  // namespace cartd::test
