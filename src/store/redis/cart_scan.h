// Finding all carts on a Redis server: SCAN over the keys of the layout. Pure.
#pragma once

#include "domain/error.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"
#include "store/cart_store.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// Where a scan of all primaries stands.
struct ScanPosition {
  std::uint64_t servers = 0;   ///< Stands for the primaries and their epochs: see servers_of().
  std::size_t server = 0;      ///< Which of them is scanned.
  std::string redis_cursor{};  ///< Of its SCAN; digits.
};

/// One number for all of them: another one when a primary is added, removed or replaced, or restarts.
struct ScannedServer {
  std::string key;  ///< That it serves.
  std::uint64_t epoch;
};
std::uint64_t servers_of(const std::vector<ScannedServer>& servers);

/// Page::next of a position, and back; nothing where the text is no such cursor.
std::string cursor_text(const ScanPosition& position);
std::optional<ScanPosition> position_from(std::string_view cursor);

/// Asks for about `limit` keys.
redis::Request scan_request(std::string_view redis_cursor, std::size_t limit);

struct ScannedKeys {
  std::vector<CartId> carts;  ///< Each once.
  std::string redis_cursor;   ///< "0": the server has no more.
};

Result<ScannedKeys> scanned_from(redis::ReplyView reply);

}  // namespace cartd
