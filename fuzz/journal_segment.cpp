// A segment of the journal: one of its own with a few bytes turned, and bytes of anybody's. The first byte is how many
// of three groups there are; then come pairs of an offset (2 bytes) and what is to be turned there (1 byte).
// Nothing but whole groups may be shown, in their order, and what was on disk for certain may not get lost unseen.
#include "journal/ledger.h"
#include "journal/segment.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace cartd::journal;

constexpr SegmentHeader header{5, 0x5EED, 0};

std::string segment_of(std::size_t groups) {
  std::string bytes = encode(header);
  for (std::size_t i = 0; i < groups; ++i) {
    const auto end = static_cast<std::uint32_t>(bytes.size());
    Group group(header, end);
    for (std::uint64_t k = 0; k <= 3 * i; ++k) group.add(encode(Kind::acceptance, {i, k}));
    bytes += group.finish(end);
  }
  return bytes + std::string(600, '\0');
}

std::vector<std::string> payloads_of(std::string_view bytes, Scanned& scanned) {
  Ledger ledger(1 << 20);
  std::vector<std::string> payloads;
  scanned = scan(bytes, header, [&](const Frame& found) {
    payloads.emplace_back(found.payload);
    return !ledger.replay(header.number, found);
  });
  return payloads;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  static_cast<void>(read_segment_header(input));
  Scanned scanned{};
  static_cast<void>(payloads_of(encode(header) + std::string(input), scanned));

  const std::string whole = segment_of(data[0] % 4);
  const std::vector<std::string> expected = payloads_of(whole, scanned);
  if (scanned.rest != Rest::nothing) std::abort();
  std::string turned = whole;
  for (std::size_t at = 1; at + 2 < size; at += 3) {
    const std::size_t offset = (data[at] * std::size_t{256} + data[at + 1]) % turned.size();
    turned[offset] = static_cast<char>(turned[offset] ^ data[at + 2]);
  }
  const std::vector<std::string> shown = payloads_of(turned, scanned);
  if (shown.size() > expected.size() || scanned.end > whole.size()) std::abort();
  for (std::size_t i = 0; i < shown.size(); ++i) {
    if (shown[i] != expected[i]) std::abort();
  }
  return 0;
}
