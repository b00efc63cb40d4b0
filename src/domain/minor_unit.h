// How many decimals the amounts of a currency have, and amounts that are written with them, such as 19.99. Pure, and
// exact: never floating point.
#pragma once

#include "domain/error.h"
#include "domain/money.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace cartd {

/// By ISO 4217; nothing for a currency that is not known here.
std::optional<std::size_t> decimals_of(std::string_view currency);

/// A currency whose decimals are known.
struct MinorUnit {
  Currency currency;
  std::size_t decimals;
};

/// Errc::invalid where `code` is no currency, or one whose decimals are not known.
Result<MinorUnit> minor_unit_of(std::string_view code);

/// `amount` as a price: decimal digits, with or without a point and an exponent, as JSON writes numbers ("19.990",
/// "2e1"). Errc::invalid where it is none, is negative, is larger than a price may be, or has a fraction of a minor
/// unit.
Result<Money> price_from_decimal(std::string_view amount, const MinorUnit& unit);

}  // namespace cartd
