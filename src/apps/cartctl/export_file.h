// The lines of an export in a file, one after the other, each within bounds.
#pragma once

#include "apps/cartctl/moved.h"
#include "apps/cartctl/moved_state.h"

#include <boost/system/result.hpp>

#include <cstdint>
#include <functional>
#include <iosfwd>
#include <optional>
#include <string>

namespace cartd::cartctl {

/// Bytes of a line. The largest cart with all of its orders takes less.
inline constexpr std::size_t most_line_bytes = std::size_t{64} << 20;

struct FileSummary {
  Tally tally{};
  std::int64_t unreadable = 0;
  std::string last_cursor{};          ///< Empty: there is none.
  std::uint64_t bytes_to_cursor = 0;  ///< Where the line behind it begins, or the one behind the header.
  bool has_end = false;
};

/// Goes through all lines, and hands what is moved to `take`, with the bytes read so far; it answers whether to go on.
/// Answers what is wrong, with the line's number, as a sentence; empty: nothing, or `take` ended it. `is_whole`: an end
/// is wanted, and has to be right.
std::string read_export(std::istream& in, bool is_whole, FileSummary& summary,
                        const std::function<bool(Moved moved, std::uint64_t bytes)>& take);

}  // namespace cartd::cartctl
