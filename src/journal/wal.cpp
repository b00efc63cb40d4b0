#include "journal/wal.h"

#include <boost/crc.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace cartd::journal {
namespace {

constexpr std::size_t block_bytes = 32'768;
constexpr std::size_t header_bytes = 7;
constexpr unsigned char last_type = 4;  // full, first, middle, last: 1 to 4

unsigned char byte(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

/// CRC-32C (RFC 3720, appendix B.4), rotated and shifted as LevelDB and RocksDB store it.
std::uint32_t stored_checksum(std::string_view text) {
  boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc;
  crc.process_bytes(text.data(), text.size());
  const auto sum = static_cast<std::uint32_t>(crc.checksum());
  return ((sum >> 15) | (sum << 17)) + 0xA282EAD8U;
}

enum class Fragment {
  whole,
  torn,     ///< Its end, or already its header's, is beyond the end of the log.
  damaged,  ///< Anything else.
};

struct Found {
  Fragment fragment;
  std::size_t bytes;  ///< Of a whole one.
};

/// What stands at `at`, where the rest of the block has room for a header.
Found fragment_at(std::string_view log, std::size_t at) {
  const std::string_view block = log.substr(at, block_bytes - at % block_bytes);
  const bool log_ends_here = at + block.size() == log.size();
  if (block.size() < header_bytes) return {Fragment::torn, 0};

  const std::size_t bytes = header_bytes + byte(block, 4) + std::size_t{256} * byte(block, 5);
  const unsigned char type = byte(block, 6);
  if (type == 0 || type > last_type) return {Fragment::damaged, 0};
  if (at % block_bytes + bytes > block_bytes) return {Fragment::damaged, 0};
  if (bytes > block.size()) return {log_ends_here ? Fragment::torn : Fragment::damaged, 0};

  const std::uint32_t checksum = byte(block, 0) | std::uint32_t{byte(block, 1)} << 8 |
                                 std::uint32_t{byte(block, 2)} << 16 | std::uint32_t{byte(block, 3)} << 24;
  if (checksum != stored_checksum(block.substr(6, bytes - 6))) return {Fragment::damaged, 0};
  return {Fragment::whole, bytes};
}

bool room_for_header(std::size_t at) { return block_bytes - at % block_bytes >= header_bytes; }

bool whole_fragment_after(std::string_view log, std::size_t at) {
  for (++at; at < log.size(); ++at) {
    if (room_for_header(at) && fragment_at(log, at).fragment == Fragment::whole) return true;
  }
  return false;
}

}  // namespace

bool is_damaged(std::string_view log) {
  std::size_t at = 0;
  while (at < log.size()) {
    if (!room_for_header(at)) {
      at += block_bytes - at % block_bytes;
      continue;
    }
    const Found found = fragment_at(log, at);
    if (found.fragment == Fragment::whole) {
      at += found.bytes;
      continue;
    }
    const bool zeros =
        std::all_of(log.begin() + static_cast<std::ptrdiff_t>(at), log.end(), [](char c) { return c == '\0'; });
    if (zeros) return false;
    return found.fragment == Fragment::damaged || whole_fragment_after(log, at);
  }
  return false;
}

}  // namespace cartd::journal
