#include "http/target.h"

#include "util/hex.h"

#include <algorithm>

namespace cartd::http {
namespace {

/// Bytes that may stand in a path or a query: pchar, '/' and '?' (RFC 3986, section 3.4), '%', and what browsers do not
/// encode in a path although they should (WHATWG URL, "path percent-encode set"). They turn a backslash into a slash,
/// so that the meaning of a raw one is unknown.
constexpr std::array<bool, 256> make_allowed() {
  std::array<bool, 256> allowed{};
  for (char c = 'a'; c <= 'z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = 'A'; c <= 'Z'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (char c = '0'; c <= '9'; ++c) allowed[static_cast<unsigned char>(c)] = true;
  for (const char c : std::string_view("-._~!$&'()*+,;=:@/?%|[]^")) allowed[static_cast<unsigned char>(c)] = true;
  return allowed;
}
constexpr std::array<bool, 256> allowed = make_allowed();

bool well_formed(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (!allowed[static_cast<unsigned char>(text[i])]) return false;
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || util::hex_value(text[i + 1]) < 0 || util::hex_value(text[i + 2]) < 0) return false;
    i += 2;
  }
  return true;
}

bool starts_with_scheme(std::string_view target, std::string_view scheme) {
  return target.size() >= scheme.size() &&
         std::equal(scheme.begin(), scheme.end(), target.begin(), [](char want, char got) {
           return want == (got >= 'A' && got <= 'Z' ? static_cast<char>(got - 'A' + 'a') : got);
         });
}

/// The rest of an absolute form without scheme and authority.
std::string_view origin_form(std::string_view target) {
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (!starts_with_scheme(target, scheme)) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos) return "/";
    return target.substr(path);
  }
  return target;
}

}  // namespace

std::optional<Target> split_target(std::string_view target) {
  target = origin_form(target);
  if (!target.starts_with('/') || !well_formed(target)) return std::nullopt;

  Target parts;
  const std::size_t question = target.find('?');
  if (question != std::string_view::npos) parts.query = target.substr(question + 1);
  std::string_view path = target.substr(1, question == std::string_view::npos ? question : question - 1);
  for (;;) {
    const std::size_t slash = path.find('/');
    if (parts.segment_count == max_segments) {
      ++parts.segment_count;
      return parts;
    }
    parts.segments[parts.segment_count++] = path.substr(0, slash);
    if (slash == std::string_view::npos) return parts;
    path.remove_prefix(slash + 1);
  }
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out += text[i];
      continue;
    }
    out += static_cast<char>(util::hex_value(text[i + 1]) * 16 + util::hex_value(text[i + 2]));
    i += 2;
  }
  return out;
}

std::optional<Parameter> next_parameter(std::string_view& query) {
  while (query.starts_with('&')) query.remove_prefix(1);
  if (query.empty()) return std::nullopt;
  const std::string_view pair = query.substr(0, query.find('&'));
  query.remove_prefix(pair.size());
  const std::size_t equals = pair.find('=');
  if (equals == std::string_view::npos) return Parameter{percent_decoded(pair), ""};
  return Parameter{percent_decoded(pair.substr(0, equals)), percent_decoded(pair.substr(equals + 1))};
}

}  // namespace cartd::http
