// What a cart keeps of a transfer. What is accepted must be written and read as the same again.
#include "format/transfer.h"
#include "util/json_document.h"
#include "util/utf8.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace {

using namespace cartd;

bool is_fit(const Line& line) {
  return line.quantity >= 1 && line.quantity <= max_readable_quantity &&
         (!line.details || (util::is_utf8(line.details->name) &&
                            (line.details->metadata.empty() || util::is_json_object(line.details->metadata))));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto transfer = format::transfer_from_bytes(std::string(data, data + size));
  if (!transfer) return 0;
  const auto again = format::transfer_from_bytes(format::transfer_to_bytes(**transfer));
  if (!std::ranges::all_of((*transfer)->lines, is_fit) || !again || **again != **transfer) std::abort();
  return 0;
}
