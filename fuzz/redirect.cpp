// Any error text gives a step; a redirect always names a slot and a port that exist.
#include "redis/protocol/redirect.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace cartd::redis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const Redirect result = redirect(std::string_view(reinterpret_cast<const char*>(data), size));
  const bool follows = result.step == NextStep::follow_moved || result.step == NextStep::follow_ask;
  if (follows ? result.slot >= 16384 || result.port == 0 : result != Redirect{result.step}) std::abort();
  return 0;
}
