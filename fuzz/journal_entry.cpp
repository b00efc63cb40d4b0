// What a record of the journal says: a byte for its kind, then the payload, as a segment with right checksums may hold
// it. What is accepted must be written and read as the same again.
#include "journal/entry.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

namespace {

using namespace cartd::journal;

/// The record as it would be written now; nothing when it is refused.
std::optional<std::string> written_again(const Frame& found) {
  switch (found.kind) {
    case Kind::record:
      if (const auto record = read_record(found)) return encode(*record);
      break;
    case Kind::dead_letter:
      if (const auto letter = read_dead_letter(found)) return encode(*letter);
      break;
    case Kind::acceptance:
    case Kind::drop:
      if (const auto head = read_head(found)) return encode(found.kind, head->command_id);
      break;
    case Kind::release:
      if (const auto released = read_release(found)) return encode_release(*released);
      break;
    case Kind::producers:
      if (const auto producers = read_producers(found)) return encode(*producers);
      break;
  }
  return std::nullopt;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string framed = frame(static_cast<Kind>(bytes[0]), bytes.substr(1));
  const auto first = written_again(*read_frame(framed, 0));
  if (!first) return 0;
  const auto second = written_again(*read_frame(*first, 0));
  if (!second || *second != *first) std::abort();
  return 0;
}
