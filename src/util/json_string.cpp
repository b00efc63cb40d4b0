#include "util/json_string.h"

#include "util/hex.h"

#include <algorithm>

namespace cartd::util {

void append_json_string(std::string& out, std::string_view text) {
  const auto must_escape = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\'; };
  out += '"';
  for (auto run = text.begin(); run != text.end();) {
    const auto stop = std::find_if(run, text.end(), must_escape);
    out.append(run, stop);
    if (stop == text.end()) break;
    switch (*stop) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\b': out += "\\b"; break;
      case '\f': out += "\\f"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: out += "\\u00"; append_hex(out, static_cast<unsigned char>(*stop));
    }
    run = stop + 1;
  }
  out += '"';
}

}  // namespace cartd::util
