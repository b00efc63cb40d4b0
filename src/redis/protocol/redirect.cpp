#include "redis/protocol/redirect.h"

#include "redis/protocol/endpoint.h"
#include "redis/protocol/hash_slot.h"
#include "util/decimal.h"

#include <algorithm>
#include <array>
#include <utility>

namespace cartd::redis {
namespace {

constexpr std::array<std::pair<std::string_view, NextStep>, 17> codes{{
    {"NOSCRIPT", NextStep::load_script},
    {"LOADING", NextStep::retry_later},
    {"BUSY", NextStep::retry_later},
    {"TRYAGAIN", NextStep::try_again},
    {"CLUSTERDOWN", NextStep::retry_later},
    {"MASTERDOWN", NextStep::retry_later},
    {"NOREPLICAS", NextStep::retry_later},
    {"MISCONF", NextStep::retry_later},
    {"READONLY", NextStep::find_primary},
    {"OOM", NextStep::out_of_memory},
    {"NOAUTH", NextStep::denied},
    {"WRONGPASS", NextStep::denied},
    {"NOPERM", NextStep::denied},
    {"DENIED", NextStep::denied},
    {"WRONGTYPE", NextStep::wrong_type},
    {"MOVED", NextStep::follow_moved},
    {"ASK", NextStep::follow_ask},
}};

// Up to the first blank, which is taken away too.
std::string_view take_word(std::string_view& text) {
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(text.size(), word.size() + 1));
  return word;
}

// "<slot> <host>:<port>". The last colon separates, as an IPv6 address comes without brackets.
Redirect target(NextStep step, std::string_view rest) {
  const auto slot = util::parse_number<std::uint16_t>(take_word(rest));
  const std::string_view endpoint = take_word(rest);
  const std::size_t colon = endpoint.rfind(':');
  if (!slot || *slot >= slot_count || colon == std::string_view::npos) return {NextStep::unknown};
  const std::string_view host = endpoint.substr(0, colon);
  const std::optional<std::uint16_t> port = port_number(endpoint.substr(colon + 1));
  if (!port || !(host.empty() || host == Redirect::unknown_host || is_host(host))) return {NextStep::unknown};
  return {step, *slot, std::string(host), *port};
}

// Redis before 7 wraps what a command inside a script answered:
// "ERR Error running script (call to f_…): @user_script:1: @user_script: 1: -OOM command not allowed …".
std::string_view unwrap_script_error(std::string_view error) {
  if (!error.starts_with("ERR Error running script")) return error;
  constexpr std::string_view mark = ": -";
  const std::size_t at = error.find(mark);
  return at == std::string_view::npos ? error : error.substr(at + mark.size());
}

// Replies of servers and proxies to a command that they do not offer, all of them under the code ERR.
constexpr std::array<std::string_view, 4> not_offered{"ERR unknown command", "ERR unknown subcommand",
                                                      "ERR unsupported command", "ERR Unknown Redis command"};

bool is_not_offered(std::string_view error) {
  return std::any_of(not_offered.begin(), not_offered.end(),
                     [&](std::string_view words) { return error.starts_with(words); });
}

}  // namespace

Redirect redirect(std::string_view error) {
  std::string_view rest = unwrap_script_error(error);
  if (is_not_offered(rest)) return {NextStep::denied};
  const std::string_view code = take_word(rest);
  const auto* known = std::find_if(codes.begin(), codes.end(), [&](const auto& entry) { return entry.first == code; });
  if (known == codes.end()) return {NextStep::unknown};
  if (known->second == NextStep::follow_moved || known->second == NextStep::follow_ask)
    return target(known->second, rest);
  return {known->second};
}

std::string error_code(std::string_view error) {
  constexpr std::size_t longest = 32;
  const std::string_view code = unwrap_script_error(error);
  const auto end = std::find_if(code.begin(), code.end(),
                                [](char c) { return !((c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'); });
  const auto length = static_cast<std::size_t>(end - code.begin());
  const bool is_word = length > 0 && length <= longest && (end == code.end() || *end == ' ');
  return is_word ? std::string(code.substr(0, length)) : "other";
}

std::string_view without_arguments(std::string_view error) {
  return error.substr(0, error.find(", with args beginning with"));
}

bool is_routine(NextStep step) {
  switch (step) {
    case NextStep::load_script:
    case NextStep::follow_moved:
    case NextStep::follow_ask:
    case NextStep::try_again: return true;
    default: return false;
  }
}

}  // namespace cartd::redis
