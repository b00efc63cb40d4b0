#include "redis/protocol/request.h"

#include <array>
#include <cassert>
#include <charconv>
#include <limits>

namespace cartd::redis {
namespace {

constexpr std::string_view line_end = "\r\n";

void append_line(std::string& bytes, char type, std::size_t number) {
  std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> digits;
  const char* const begin = digits.data();
  const char* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  bytes += type;
  bytes.append(begin, end);
  bytes += line_end;
}

}  // namespace

Request& Request::add(std::span<const std::string_view> command) {
  assert(!command.empty());
  append_line(bytes_, '*', command.size());
  for (const std::string_view argument : command) {
    append_line(bytes_, '$', argument.size());
    bytes_ += argument;
    bytes_ += line_end;
  }
  ++commands_;
  return *this;
}

Request& Request::add(const Request& other) {
  bytes_ += other.bytes_;
  commands_ += other.commands_;
  return *this;
}

}  // namespace cartd::redis
