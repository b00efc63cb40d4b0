#include "domain/minor_unit.h"

#include "util/decimal.h"

#include <cstdint>
#include <string>

namespace cartd {
namespace {

// ISO 4217:2015, list one, by the number of decimals ("minor unit").
constexpr std::string_view no_decimals = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF";
constexpr std::string_view two_decimals =
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC "
    "CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD "
    "KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO "
    "NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL "
    "THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW";
constexpr std::string_view three_decimals = "BHD IQD JOD KWD LYD OMR TND";
constexpr std::string_view four_decimals = "CLF UYW";

/// A number that is digits × 10^exponent.
struct Decimal {
  bool is_negative = false;
  std::string digits{};  ///< Without zeros in front and behind; empty: the number is 0.
  std::int64_t exponent = 0;
};

/// The digits at the front of `text`, which is cut by them.
std::string_view take_digits(std::string_view& text) {
  std::size_t count = 0;
  while (count < text.size() && util::is_digit(text[count])) ++count;
  const std::string_view digits = text.substr(0, count);
  text.remove_prefix(count);
  return digits;
}

bool take(std::string_view& text, std::string_view any_of) {
  if (text.empty() || any_of.find(text.front()) == std::string_view::npos) return false;
  text.remove_prefix(1);
  return true;
}

/// Nothing where it is no number, or its exponent has more than 9 digits.
std::optional<std::int64_t> take_exponent(std::string_view& text) {
  if (!take(text, "eE")) return 0;
  const bool is_negative = text.starts_with('-');
  take(text, "+-");
  constexpr std::size_t most_digits = 9;
  const std::string_view digits = take_digits(text);
  const auto value = digits.size() <= most_digits ? util::parse_digits(digits) : std::nullopt;
  if (!value) return std::nullopt;
  return is_negative ? -*value : *value;
}

std::optional<Decimal> decimal_from(std::string_view text) {
  Decimal decimal;
  decimal.is_negative = take(text, "-");
  const std::string_view whole = take_digits(text);
  const bool has_point = take(text, ".");
  const std::string_view fraction = has_point ? take_digits(text) : std::string_view();
  const auto exponent = take_exponent(text);
  if (whole.empty() || (has_point && fraction.empty()) || !exponent || !text.empty()) return std::nullopt;
  decimal.digits.append(whole).append(fraction);
  decimal.exponent = *exponent - static_cast<std::int64_t>(fraction.size());
  const std::size_t last = decimal.digits.find_last_not_of('0');
  const std::size_t kept = last == std::string::npos ? 0 : last + 1;
  decimal.exponent += static_cast<std::int64_t>(decimal.digits.size() - kept);
  decimal.digits.resize(kept);
  decimal.digits.erase(0, decimal.digits.find_first_not_of('0'));
  return decimal;
}

Error invalid(std::string why) { return {Errc::invalid, std::move(why)}; }

}  // namespace

std::optional<std::size_t> decimals_of(std::string_view currency) {
  const auto in = [&](std::string_view list) { return currency.size() == 3 && list.find(currency) % 4 == 0; };
  if (in(two_decimals)) return 2;
  if (in(no_decimals)) return 0;
  if (in(three_decimals)) return 3;
  if (in(four_decimals)) return 4;
  return std::nullopt;
}

Result<MinorUnit> minor_unit_of(std::string_view code) {
  const auto currency = Currency::parse(code);
  if (!currency) return currency.error();
  const auto decimals = decimals_of(code);
  if (!decimals) return invalid("it is not known how many decimals this currency has");
  return MinorUnit{*currency, *decimals};
}

Result<Money> price_from_decimal(std::string_view amount, const MinorUnit& unit) {
  auto decimal = decimal_from(amount);
  if (!decimal) return invalid("is not a decimal number");
  if (decimal->digits.empty()) return Money{0, unit.currency};
  if (decimal->is_negative) return invalid("is negative");
  constexpr std::int64_t most_digits = 13;  // Of max_unit_price.
  const std::int64_t zeros = decimal->exponent + static_cast<std::int64_t>(unit.decimals);
  if (zeros < 0) return invalid("has more decimals than " + std::string(unit.currency.code()));
  const bool is_long = static_cast<std::int64_t>(decimal->digits.size()) + zeros > most_digits;
  const auto value =
      is_long ? std::nullopt : util::parse_digits(decimal->digits.append(static_cast<std::size_t>(zeros), '0'));
  if (!value || *value > max_unit_price) return invalid("is larger than a price may be");
  return Money{*value, unit.currency};
}

}  // namespace cartd
