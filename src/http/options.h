// The HTTP server's settings. The defaults are those that `cartd --help` shows.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace cartd::http {

struct Limits {
  std::size_t body_bytes = 256 * 1024;   ///< As sent and decoded. A batch of 500 lines with names fits. Above: 413.
  std::size_t header_bytes = 16 * 1024;  ///< All header fields together. Above: 431. 1 KiB and up.
  std::size_t target_bytes = 4 * 1024;   ///< Path and query. Above: 414.
  /// Open connections of the whole process. One more is accepted, answered 503 and closed, so that its client learns
  /// why; beyond an eighth more it is closed without a word.
  std::size_t connections = 10'000;
  /// Bytes of requests on their way and of answers that are not read, of all connections together; see ClientMemory.
  std::uint64_t memory_bytes = std::uint64_t{128} << 20;
};

struct Timeouts {
  std::chrono::milliseconds header{10'000};  ///< From the first byte of a request to the end of its header. Then 408.
  std::chrono::milliseconds body{10'000};    ///< From the end of the header to the end of the body. Then 408.
  std::chrono::milliseconds idle{75'000};    ///< Without a byte of a request. Then the connection is closed.
  std::chrono::milliseconds crowded{7'500};  ///< The same, while there is hardly a place left for another connection.
  std::chrono::milliseconds write{30'000};   ///< For each 64 KiB of answers that the client takes. Then it is closed.
  std::chrono::milliseconds linger{2'000};   ///< How long a refused client may take to read why.
  std::chrono::milliseconds drain{10'000};   ///< How long running requests may take once the server stops.
  /// How long an idle connection may still send a request once the server stops; at most half of `drain`.
  std::chrono::milliseconds farewell{1'000};
  std::chrono::milliseconds sweep{250};  ///< How often the above are looked at: none is kept more exactly.
};

struct Options {
  std::string address = "127.0.0.1";  ///< An IPv4 or IPv6 address, not a name.
  std::uint16_t port = 8080;          ///< 0 takes a free one; see Server::port().
  Limits limits{};
  Timeouts timeouts{};
  std::function<std::uint64_t()> memory_limit{};  ///< When set, asked now and then for Limits::memory_bytes.
};

}  // namespace cartd::http
