// A load on a server that speaks HTTP/1.1 or RESP2: so many connections, one request at a time on each.
//
// With a rate, requests are due at fixed intervals, whether the server keeps up or not, and a latency counts from the
// moment the request was due (an "open loop": a slow answer delays no later request's clock). Without one, each
// connection sends its next request when it has the answer to the last.
//
// One thread; nothing here is thread-safe.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cartd::bench {

enum class Protocol { http, resp };

struct Load {
  Protocol protocol = Protocol::http;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::size_t connections = 1;
  /// Sent in turn, over and over. Each is one whole request with one answer; an answer over RESP is one line.
  std::vector<std::string> requests{};
  std::optional<double> rate{};          ///< Requests per second, all connections together.
  std::optional<std::uint64_t> count{};  ///< Ends after this many requests …
  std::chrono::nanoseconds duration{};   ///< … or else after this time.
};

struct LoadResult {
  std::chrono::nanoseconds elapsed{};
  std::uint64_t errors = 0;                           ///< Answers that say no: HTTP status 400 and up, RESP errors.
  std::vector<std::chrono::nanoseconds> latencies{};  ///< Of every answer, rising.
};

/// Throws std::runtime_error when a connection fails or an answer cannot be understood.
LoadResult run(const Load& load);

}  // namespace cartd::bench
