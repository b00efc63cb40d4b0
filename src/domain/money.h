// Money as whole minor units (cents, pence, yen) of one currency. Never floating point.
#pragma once

#include "domain/error.h"

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cartd {

/// An ISO 4217 alphabetic code: three letters A–Z. Only the form is checked, because the list changes while
/// shops run.
class Currency {
 public:
  /// Errc::invalid unless `code` is three upper-case letters.
  static Result<Currency> parse(std::string_view code);

  std::string_view code() const { return {code_.data(), code_.size()}; }

  friend bool operator==(const Currency&, const Currency&) = default;
  friend auto operator<=>(const Currency&, const Currency&) = default;

 private:
  explicit Currency(std::array<char, 3> code) : code_(code) {}
  std::array<char, 3> code_;
};

/// Largest unit price, in minor units.
constexpr std::int64_t max_unit_price = 1'000'000'000'000;

struct Money {
  std::int64_t amount_minor;
  Currency currency;

  friend bool operator==(const Money&, const Money&) = default;
};

/// Wide enough for the total of any cart; no sum of lines can overflow it.
__extension__ using WideAmount = __int128;

/// A sum in one currency, in minor units.
struct Total {
  WideAmount amount_minor;
  Currency currency;

  friend bool operator==(const Total&, const Total&) = default;
};

/// `amount` in decimal digits.
std::string to_string(WideAmount amount);

}  // namespace cartd
