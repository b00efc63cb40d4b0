// What stores hand back as a line's details. What is accepted must be written and read as the same again, and be fit
// to stand in an answer.
#include "format/line_details.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string bytes(data, data + size);
  const auto details = cartd::format::line_details_from_msgpack(bytes);
  if (!details) return 0;

  const std::string written = cartd::format::to_msgpack(*details);
  const auto again = cartd::format::line_details_from_msgpack(written);
  const bool same = again && *again == *details && written.compare(0, 10, bytes, 0, 10) == 0;
  const bool fit = cartd::util::is_utf8(details->name) &&
                   (details->metadata.empty() || cartd::util::is_json_object(details->metadata));
  if (!same || !fit) std::abort();
  return 0;
}
