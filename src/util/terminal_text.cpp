#include "util/terminal_text.h"

#include "util/hex.h"
#include "util/utf8.h"

#include <algorithm>

namespace cartd::util {
namespace {

// The bytes of the code point at the front of `text`; 0 when that is not well-formed UTF-8.
std::size_t code_point_bytes(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size)
    if (is_utf8(text.substr(0, size))) return size;
  return 0;
}

}  // namespace

std::string terminal_safe(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const std::size_t whole = code_point_bytes(text);
    const std::string_view piece = text.substr(0, std::max<std::size_t>(whole, 1));
    text.remove_prefix(piece.size());
    if (whole > 0 && !has_control(piece)) {
      out += piece;
      continue;
    }
    for (const char c : piece) {
      out += "\\x";
      append_hex(out, static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::size_t columns(std::string_view text) {
  const auto begins = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; };
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins));
}

std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<std::size_t>& right) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], columns(row[i]));
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string blanks(widths[i] - columns(row[i]), ' ');
      const bool to_the_right = std::find(right.begin(), right.end(), i) != right.end();
      line += (i > 0 ? "  " : "") + (to_the_right ? blanks + row[i] : row[i] + blanks);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

}  // namespace cartd::util
