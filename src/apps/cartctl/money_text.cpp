#include "apps/cartctl/money_text.h"

#include "domain/minor_unit.h"

namespace cartd::cartctl {

std::string money_text(std::string_view minor_digits, std::string_view currency) {
  const auto places = decimals_of(currency);
  std::string digits(minor_digits);
  if (!places) return digits + " " + std::string(currency) + " (minor units)";
  if (*places > 0) {
    if (digits.size() <= *places) digits.insert(0, *places + 1 - digits.size(), '0');
    digits.insert(digits.size() - *places, ".");
  }
  return digits + " " + std::string(currency);
}

}  // namespace cartd::cartctl
