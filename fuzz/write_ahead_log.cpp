// The bytes of a log file. A whole log that is cut off is not damaged; that is checked for what the fuzzer finds whole.
#include "journal/wal.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view log(reinterpret_cast<const char*>(data), size);
  if (!cartd::journal::is_damaged(log) && cartd::journal::is_damaged(log.substr(0, size / 2))) std::abort();
  return 0;
}
