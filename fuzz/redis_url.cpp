// Any text for a Redis URL is refused in words, or means something that prints without its passwords and reads back.
#include "redis/topology/deployment.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace cartd::redis;

namespace {

void mask(Url& url) {
  if (!url.password.empty()) url.password = "***";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto deployment = parse_deployment(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!deployment) {
    if (deployment.error().empty()) std::abort();
    return 0;
  }
  Deployment masked = *deployment;
  masked.ignored.clear();
  mask(masked.entry);
  for (Url& seed : masked.seeds) mask(seed);
  const auto again = parse_deployment(printable(*deployment));
  // Percent-encoding may make the printed form too long to be read.
  if (!again ? printable(*deployment).size() <= 4096 : *again != masked) std::abort();
  return 0;
}
