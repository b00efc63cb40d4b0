#include "format/json_text.h"

#include "util/decimal.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace cartd::format {
namespace {

/// Writes `value` in `width` digits, with leading zeros, at `place`.
void put_digits(char* place, std::size_t width, unsigned value) {
  for (char* digit = place + width; digit != place; value /= 10) *--digit = static_cast<char>('0' + value % 10);
}

}  // namespace

void append_json_time(std::string& out, Time time) {
  using namespace std::chrono;
  constexpr Time first = sys_days(year(0) / January / 1);
  constexpr Time last = sys_days(year(10'000) / January / 1) - Millis(1);
  time = std::clamp(time, first, last);
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const auto of_day = static_cast<unsigned>((time - day).count());
  char text[] = "\"0000-00-00T00:00:00.000Z\"";
  put_digits(text + 1, 4, static_cast<unsigned>(static_cast<int>(date.year())));
  put_digits(text + 6, 2, static_cast<unsigned>(date.month()));
  put_digits(text + 9, 2, static_cast<unsigned>(date.day()));
  put_digits(text + 12, 2, of_day / 3'600'000);
  put_digits(text + 15, 2, of_day / 60'000 % 60);
  put_digits(text + 18, 2, of_day / 1000 % 60);
  put_digits(text + 21, 3, of_day % 1000);
  out.append(text, sizeof text - 1);
}

void append_json_price(std::string& out, const Money& price) {
  out += R"({"amount_minor":)";
  util::append_number(out, price.amount_minor);
  out += R"(,"currency":")";
  out += price.currency.code();
  out += R"("})";
}

void append_json_metadata(std::string& out, std::string_view metadata) {
  if (metadata.empty()) out += "{}";
  else out += metadata;
}

}  // namespace cartd::format
