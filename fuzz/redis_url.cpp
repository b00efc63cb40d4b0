// Any text for a Redis URL is refused in words, or means something that prints without its password and reads back.
#include "redis/url.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

using namespace cartd::redis;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto url = parse_url(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!url) {
    if (url.error().empty()) std::abort();
    return 0;
  }
  Url masked = *url;
  if (!masked.password.empty()) masked.password = "***";
  const auto again = parse_url(printable(*url));
  // Percent-encoding may make the printed form too long to be read.
  if (!again ? printable(*url).size() <= 4096 : *again != masked) std::abort();
  return 0;
}
