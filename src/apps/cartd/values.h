// Values as people write them in settings: durations with a unit, sizes, addresses. Each parser answers the value or
// the end of a sentence that begins with the setting's name; the sentence never holds what could be a secret.
#pragma once

#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartd::app {

template <class T>
using Parsed = boost::system::result<T, std::string>;

/// Where to listen.
struct ListenAddress {
  std::string host;    ///< An IPv4 or IPv6 address, without brackets.
  std::uint16_t port;  ///< 0: any free port.

  friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};

/// "7d", "90s", "200ms": a whole number and one of ms, s, m, h, d, from `least` to `most`.
Parsed<std::chrono::milliseconds> parse_duration(std::string_view text, std::chrono::milliseconds least,
                                                 std::chrono::milliseconds most);
/// The shortest text that parse_duration() reads as `duration`.
std::string to_text(std::chrono::milliseconds duration);

/// "512MiB", "64KiB", "1GiB", "1000B" or plain bytes, from `least` to `most` bytes.
Parsed<std::uint64_t> parse_size(std::string_view text, std::uint64_t least, std::uint64_t most);
/// The shortest text that parse_size() reads as `bytes`.
std::string size_text(std::uint64_t bytes);

/// A whole number from `least` to `most`.
Parsed<std::uint64_t> parse_count(std::string_view text, std::uint64_t least, std::uint64_t most);

/// "host:port", where the host is an IPv4 address, an IPv6 address in brackets or "localhost", which means 127.0.0.1.
Parsed<ListenAddress> parse_listen(std::string_view text);
/// As parse_listen() reads it.
std::string to_text(const ListenAddress& address);

/// `text` between quotes for an error message: cut to a readable length, control characters escaped, and left out
/// altogether when it looks like a URL, which may hold a password.
std::string shown(std::string_view text);

/// The one of `names` that `wrong` most likely stands for; empty when none is near.
template <class Names>
std::string_view nearest(std::string_view wrong, const Names& names);

/// How many letters have to be inserted, deleted or replaced to turn `a` into `b` (Levenshtein).
std::size_t edit_distance(std::string_view a, std::string_view b);

template <class Names>
std::string_view nearest(std::string_view wrong, const Names& names) {
  std::string_view best;
  std::size_t least = wrong.size() < 6 ? 2 : 3;
  for (const auto& name : names)
    if (const std::size_t distance = edit_distance(wrong, name); distance < least) {
      least = distance;
      best = name;
    }
  return best;
}

}  // namespace cartd::app
