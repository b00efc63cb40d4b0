#include "apps/cartctl/money_text.h"

#include <algorithm>
#include <optional>

namespace cartd::cartctl {
namespace {

// ISO 4217:2015, list one, by the number of decimals ("minor unit").
constexpr std::string_view no_decimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view two_decimals =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP "
    "DZD "
    "EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT "
    "LAK LBP LKR LRD LSL "
    "MAD "
    "MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD "
    "RUB SAR SBD SCR SDG "
    "SEK "
    "SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";
constexpr std::string_view three_decimals = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view four_decimals = "CLF UYW";

std::optional<std::size_t> decimals(std::string_view currency) {
  const auto in = [&](std::string_view list) { return currency.size() == 3 && list.find(currency) % 4 == 0; };
  if (in(two_decimals)) return 2;
  if (in(no_decimals)) return 0;
  if (in(three_decimals)) return 3;
  if (in(four_decimals)) return 4;
  return std::nullopt;
}

}  // namespace

std::string money_text(std::string_view minor_digits, std::string_view currency) {
  const auto places = decimals(currency);
  std::string digits(minor_digits);
  if (!places) return digits + " " + std::string(currency) + " (minor units)";
  if (*places > 0) {
    if (digits.size() <= *places) digits.insert(0, *places + 1 - digits.size(), '0');
    digits.insert(digits.size() - *places, ".");
  }
  return digits + " " + std::string(currency);
}

}  // namespace cartd::cartctl
