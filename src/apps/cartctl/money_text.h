// Money for people.
#pragma once

#include <string>
#include <string_view>

namespace cartd::cartctl {

/// `minor_digits`, a whole number of minor units in decimal digits, with the currency's usual decimals: "12.99 EUR",
/// "1299 JPY", "1.299 KWD". A currency whose decimals are not known here is shown as it is: "1299 XTS (minor units)".
std::string money_text(std::string_view minor_digits, std::string_view currency);

}  // namespace cartd::cartctl
