// A sum of digests that does not depend on their order: what two stores that keep the same have in common. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::cartctl {

/// 128 bits, which is what a digest has.
struct Digest {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  friend bool operator==(const Digest&, const Digest&) = default;
};

/// 32 hexadecimal digits, small ones; nothing: it is something else.
std::optional<Digest> digest_from(std::string_view text);
std::string to_string(const Digest& digest);

/// The sum of digests modulo 2^128.
class Checksum {
 public:
  void add(const Digest& digest) {
    const std::uint64_t low = sum_.low + digest.low;
    sum_.high += digest.high + (low < digest.low ? 1 : 0);
    sum_.low = low;
  }
  void subtract(const Digest& digest) {
    sum_.high -= digest.high + (sum_.low < digest.low ? 1 : 0);
    sum_.low -= digest.low;
  }
  std::string text() const { return to_string(sum_); }

 private:
  Digest sum_{};
};

}  // namespace cartd::cartctl
