#include "http/fields.h"

#include "util/hex.h"

#include <algorithm>
#include <random>

namespace cartd::http {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

std::string_view unquoted(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') return text.substr(1, text.size() - 2);
  return text;
}

/// Takes off `rest` what stands before the next `separator` outside quoted strings (RFC 9110, section 5.6.4).
std::string_view next_part(std::string_view& rest, char separator) {
  bool quoted = false;
  std::size_t end = 0;
  for (; end < rest.size() && (quoted || rest[end] != separator); ++end) {
    if (rest[end] == '"') quoted = !quoted;
    else if (quoted && rest[end] == '\\') ++end;
  }
  end = std::min(end, rest.size());
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(part);
}

/// True for the media type `expected`, with no charset or with UTF-8.
bool is_in_utf8(std::string_view content_type, std::string_view expected) {
  if (!same_ignoring_case(next_part(content_type, ';'), expected)) return false;
  while (!content_type.empty()) {
    std::string_view value = next_part(content_type, ';');
    const std::string_view name = next_part(value, '=');
    if (same_ignoring_case(name, "charset") && !same_ignoring_case(unquoted(trimmed(value)), "utf-8")) return false;
  }
  return true;
}

constexpr std::array<std::string_view, 3> msgpack_names{"application/msgpack", "application/vnd.msgpack",
                                                        "application/x-msgpack"};

/// How much a client wants a media type: by the most specific range that covers it (RFC 9110, section 12.5.1), and of
/// several names of one type by the one that it wants most.
struct Preference {
  int weight = 0;       ///< In thousandths; 0: not acceptable.
  int specificity = 0;  ///< 0: nothing covers it.

  void take(int its_weight, int its_specificity) {
    if (its_specificity < specificity || (its_specificity == specificity && its_weight <= weight)) return;
    weight = its_weight;
    specificity = its_specificity;
  }
};

/// The weight among a media range's parameters, in thousandths; 1000 where there is none, nothing where it is
/// malformed.
std::optional<int> weight_in(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = next_part(parameters, ';');
    if (!same_ignoring_case(next_part(value, '='), "q")) continue;
    value = trimmed(value);
    constexpr std::size_t longest = 5;  // 0.123
    if (value.empty() || value.size() > longest || (value[0] != '0' && value[0] != '1')) return std::nullopt;
    if (value.size() > 1 && value[1] != '.') return std::nullopt;
    int thousandths = (value[0] - '0') * 1000;
    int unit = 100;
    for (const char digit : value.substr(std::min<std::size_t>(2, value.size()))) {
      if (digit < '0' || digit > '9') return std::nullopt;
      thousandths += (digit - '0') * unit;
      unit /= 10;
    }
    return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
  }
  return 1000;
}

bool is_all_zero(std::string_view text) { return text.find_first_not_of('0') == std::string_view::npos; }

void write_hex(char* out, std::uint64_t bits) {
  for (int shift = 60; shift >= 0; shift -= 4) *out++ = util::hex_digits[(bits >> shift) & 0xF];
}

std::mt19937_64 seeded() {
  std::random_device device;
  std::seed_seq seed{device(), device(), device(), device(), device(), device(), device(), device()};
  return std::mt19937_64(seed);
}

}  // namespace

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

std::string_view after_empty_elements(std::string_view list) {
  while (!list.empty() && (list.front() == ',' || is_blank(list.front()))) list.remove_prefix(1);
  return list;
}

std::optional<std::string> parse_string_item(std::string_view item) {
  if (!item.starts_with('"')) return std::nullopt;
  std::string text;
  for (std::size_t i = 1; i < item.size(); ++i) {
    if (item[i] == '"') return i + 1 == item.size() ? std::optional(text) : std::nullopt;
    if (item[i] == '\\') {
      ++i;
      if (i == item.size() || (item[i] != '"' && item[i] != '\\')) return std::nullopt;
    }
    text += item[i];
  }
  return std::nullopt;
}

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](char x, char y) { return lower(x) == lower(y); });
}

std::optional<std::string_view> next_element(std::string_view& list) {
  list = after_empty_elements(list);
  return list.empty() ? std::nullopt : std::optional(next_part(list, ','));
}

bool prefers_minimal(std::string_view prefer) {
  while (std::optional<std::string_view> preference = next_element(prefer)) {
    std::string_view value = next_part(*preference, ';');
    const std::string_view name = next_part(value, '=');
    // Of a preference given twice, the first counts.
    if (same_ignoring_case(name, "return")) return same_ignoring_case(unquoted(trimmed(value)), "minimal");
  }
  return false;
}

bool is_json(std::string_view content_type) { return is_in_utf8(content_type, "application/json"); }

bool is_merge_patch(std::string_view content_type) { return is_in_utf8(content_type, "application/merge-patch+json"); }

bool is_msgpack(std::string_view content_type) {
  const std::string_view name = next_part(content_type, ';');
  return std::any_of(msgpack_names.begin(), msgpack_names.end(),
                     [&](std::string_view known) { return same_ignoring_case(name, known); });
}

bool prefers_msgpack(std::string_view accept) {
  Preference json;
  Preference msgpack;
  while (const std::optional<std::string_view> range = next_element(accept)) {
    std::string_view rest = *range;
    const std::string_view name = next_part(rest, ';');
    const std::optional<int> weight = weight_in(rest);
    if (!weight) continue;
    const int specificity = name == "*/*" ? 1 : same_ignoring_case(name, "application/*") ? 2 : 3;
    const bool is_range = specificity < 3;
    const bool is_json =
        same_ignoring_case(name, "application/json") || same_ignoring_case(name, "application/problem+json");
    if (is_range || is_json) json.take(*weight, specificity);
    if (is_range || is_msgpack(name)) msgpack.take(*weight, specificity);
  }
  if (msgpack.weight == 0) return false;
  return msgpack.weight > json.weight || (msgpack.weight == json.weight && msgpack.specificity > json.specificity);
}

bool is_request_id(std::string_view id) {
  return !id.empty() && id.size() <= 128 &&
         std::all_of(id.begin(), id.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

std::array<char, 32> make_request_id() {
  thread_local std::mt19937_64 random = seeded();
  std::array<char, 32> id;
  write_hex(id.data(), random());
  write_hex(id.data() + 16, random());
  return id;
}

std::string_view trace_id(std::string_view traceparent) {
  constexpr std::size_t length = 55;  // 2 - 32 - 16 - 2
  if (traceparent.size() < length || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-')
    return {};
  const std::string_view version = traceparent.substr(0, 2);
  const std::string_view trace = traceparent.substr(3, 32);
  const std::string_view parent = traceparent.substr(36, 16);
  const std::string_view flags = traceparent.substr(53, 2);
  if (!util::is_lower_hex(version) || !util::is_lower_hex(trace) || !util::is_lower_hex(parent) ||
      !util::is_lower_hex(flags))
    return {};
  if (version == "ff" || is_all_zero(trace) || is_all_zero(parent)) return {};
  const std::string_view rest = traceparent.substr(length);
  if (version == "00" ? !rest.empty() : !rest.empty() && rest.front() != '-') return {};
  return trace;
}

}  // namespace cartd::http
