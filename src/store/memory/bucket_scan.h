// A page of an unordered map. A cursor is the map's number of buckets and the next of them: where the map has grown
// since then, its entries have moved, and the scan begins again.
#pragma once

#include "domain/error.h"
#include "store/scan.h"

#include <charconv>
#include <cstddef>
#include <string>
#include <string_view>

namespace cartd {

/// `add` takes an entry into the page and answers its bytes; 0: it is not in the page. Answers the next cursor.
template <class Map, class Add>
Result<std::string> scan_buckets(const Map& map, const ScanRequest& request, Add add) {
  constexpr std::size_t most_buckets = 50'000;  // So that no page keeps the loop for long.
  const std::size_t buckets = map.bucket_count();
  std::size_t begin = 0;
  if (!request.cursor.empty()) {
    const char* const end = request.cursor.data() + request.cursor.size();
    std::size_t then = 0;
    const auto first = std::from_chars(request.cursor.data(), end, then);
    const bool is_pair = first.ec == std::errc() && first.ptr != end && *first.ptr == '.';
    const auto second = is_pair ? std::from_chars(first.ptr + 1, end, begin) : first;
    if (!is_pair || second.ec != std::errc() || second.ptr != end)
      return Error{Errc::invalid, "the cursor is none of this store"};
    if (then != buckets) begin = 0;
  }
  std::size_t count = 0;
  std::size_t bytes = 0;
  std::size_t at = begin;
  for (; at < buckets && at - begin < most_buckets && count < request.most && bytes < request.most_bytes; ++at)
    for (auto entry = map.begin(at); entry != map.end(at); ++entry)
      if (const std::size_t added = add(*entry); added != 0) {
        ++count;
        bytes += added;
      }
  return at < buckets ? std::to_string(buckets) + '.' + std::to_string(at) : std::string();
}

}  // namespace cartd
