// Many clients at once, each a thread with its own connection, and what became of their adds.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace cartd::test {

/// How many adds were answered how.
struct LoadResult {
  std::int64_t acknowledged = 0;  ///< 200 or 204: it is there.
  std::int64_t unknown = 0;       ///< 504, or the connection to cartd broke: it may be there.
  std::int64_t refused = 0;       ///< 503: it is not there, and was tried again.
};

struct LoadOptions {
  std::vector<std::uint16_t> servers;  ///< Ports of cartds; the clients take turns.
  int clients = 8;
  int adds_each = 100;
  std::string target = "/v1/carts/shared/items";
  /// Repeat each add under one Idempotency-Key until it is acknowledged, and begin with no more adds meanwhile than a
  /// cart remembers keys. All go to one cart.
  bool until_acknowledged = false;
};

/// Adds one piece of "A" a request, `adds_each` times a client, refusals not counted. Every answer must be one that the
/// API documents; others throw.
LoadResult run_load(const LoadOptions& options);

/// Runs `work` on that many threads at once, each with its number; rethrows the first exception.
void on_threads(int count, const std::function<void(int)>& work);

/// The quantity of "A" that cartd at `port` says is in the cart.
std::int64_t quantity_at(std::uint16_t port, const std::string& cart = "shared");

}  // namespace cartd::test
