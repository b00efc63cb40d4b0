// The keys of all primaries, by SCAN, with cursors that another process can go on with. Deciding where to go on is
// pure.
#pragma once

#include "domain/error.h"
#include "redis/client.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// Where a scan is. It goes through all primaries once for each of its patterns.
struct KeyCursor {
  std::size_t pattern = 0;
  std::uint16_t slot = 0;      ///< A slot of the primary.
  std::string position = "0";  ///< What SCAN answered.
  std::string server{};        ///< The primary's run id: a position is worth nothing on another one.
  std::string epoch{};         ///< The Cluster's: where another one begins, slots may have moved.
};

/// Letters, digits, "." only.
std::string cursor_text(const KeyCursor& cursor);
/// Errc::invalid.
Result<KeyCursor> key_cursor_from(std::string_view text);

struct KeyPage {
  std::vector<std::string> keys{};
  std::string any_key{};  ///< In a slot of the primary that has them.
  std::size_t pattern = 0;
  bool is_last = false;
  KeyCursor next{};
};

/// The next keys of a primary that match the cursor's pattern: those of about `count` keys that it has. `begins`: the
/// scan begins; nothing of the cursor counts then.
boost::asio::awaitable<Result<KeyPage>> scan_keys(redis::Client& client, KeyCursor cursor, bool begins,
                                                  std::span<const std::string_view> patterns, std::size_t count,
                                                  std::chrono::steady_clock::time_point deadline);

}  // namespace cartd
