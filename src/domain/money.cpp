#include "domain/money.h"

#include <algorithm>

namespace cartd {

Result<Currency> Currency::parse(std::string_view code) {
  const bool ok =
      code.size() == 3 && std::all_of(code.begin(), code.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (!ok) return Error{Errc::invalid, "a currency must be an ISO 4217 code: three upper-case letters"};
  return Currency({code[0], code[1], code[2]});
}

std::string to_string(WideAmount amount) {
  if (amount == 0) return "0";
  const bool negative = amount < 0;
  std::string digits;
  for (; amount != 0; amount /= 10) {
    const int digit = static_cast<int>(amount % 10);
    digits.push_back(static_cast<char>('0' + (digit < 0 ? -digit : digit)));
  }
  if (negative) digits.push_back('-');
  std::reverse(digits.begin(), digits.end());
  return digits;
}

}  // namespace cartd
