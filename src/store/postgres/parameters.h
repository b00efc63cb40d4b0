// Values as the statements take them. Pure.
#pragma once

#include "domain/time.h"
#include "format/cart_values.h"
#include "store/postgres/call.h"

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace cartd::postgres {

inline Parameter text(std::string value) { return {std::move(value)}; }

/// A number without a sign goes as the signed one with the same bits.
template <std::integral Number>
Parameter number(Number value) {
  return {std::to_string(static_cast<std::int64_t>(value))};
}

/// Times before 1970 are written as 1970, those after the year 9999 as its end: others could not be shown.
inline Parameter time(const std::optional<Time>& value) {
  constexpr auto last = static_cast<std::int64_t>(format::last_time);
  return value ? number(std::clamp<std::int64_t>(value->time_since_epoch().count(), 0, last)) : Parameter();
}

}  // namespace cartd::postgres
