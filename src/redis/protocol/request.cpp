#include "redis/protocol/request.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

namespace cartd::redis {
namespace {

constexpr std::string_view line_end = "\r\n";
// Sign and digits.
using Digits = std::array<char, std::numeric_limits<std::int64_t>::digits10 + 2>;

template <class Number>
std::string_view decimal(Digits& digits, Number number) {
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  return {digits.data(), static_cast<std::size_t>(end - digits.data())};
}

void append_line(std::string& bytes, char type, std::size_t number) {
  Digits digits;
  bytes += type;
  bytes += decimal(digits, number);
  bytes += line_end;
}

}  // namespace

Request& Request::begin(std::size_t words) {
  // Most commands fit: one step in place of three.
  constexpr std::size_t first_room = 160;
  if (bytes_.empty()) bytes_.reserve(first_room);
  append_line(bytes_, '*', words);
  ++commands_;
  // What an earlier command lacks stays missing, and a command without a name lacks that: the request is not whole
  // then.
  missing_words_ += std::max<std::size_t>(words, 1);
  return *this;
}

Request& Request::word(std::string_view text) {
  append_line(bytes_, '$', text.size());
  bytes_ += text;
  bytes_ += line_end;
  --missing_words_;
  return *this;
}

Request& Request::number_word(std::int64_t number) {
  Digits digits;
  return word(decimal(digits, number));
}

Request& Request::add(std::span<const std::string_view> command) {
  begin(command.size());
  for (const std::string_view argument : command) word(argument);
  return *this;
}

Request& Request::add(const Request& other) {
  bytes_ += other.bytes_;
  commands_ += other.commands_;
  missing_words_ += other.missing_words_;
  return *this;
}

}  // namespace cartd::redis
