// The outbox, for operators: /v1/outbox….
#include "api/rest/handlers.h"
#include "api/rest/outbox_json.h"
#include "api/rest/problem.h"
#include "format/canonical_command.h"
#include "format/json_text.h"

#include <charconv>
#include <limits>
#include <optional>
#include <vector>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;

constexpr char separator = '-';

/// "<lane>-<seq>", both in digits.
std::string letter_id(Stamp stamp) { return std::to_string(stamp.lane) + separator + std::to_string(stamp.seq); }

std::optional<Stamp> parse_letter_id(std::string_view text) {
  Stamp stamp{};
  const char* const end = text.data() + text.size();
  const auto lane = std::from_chars(text.data(), end, stamp.lane);
  if (lane.ec != std::errc() || lane.ptr == end || *lane.ptr != separator) return std::nullopt;
  const auto seq = std::from_chars(lane.ptr + 1, end, stamp.seq);
  return seq.ec == std::errc() && seq.ptr == end ? std::optional(stamp) : std::nullopt;
}

void append_letter(std::string& out, const DeadLetterReport& letter) {
  out += R"({"id":")" + letter_id(letter.stamp) + R"(","cart":)";
  format::append_json_string(out, letter.cart.str());
  out += R"(,"command":)" + format::canonical_json(letter.command);
  out += R"(,"reason":)";
  format::append_json_string(out, letter.reason);
  out += R"(,"accepted_at":)";
  format::append_json_time(out, letter.accepted_at);
  out += R"(,"buried_at":)";
  format::append_json_time(out, letter.given_up_at);
  out += '}';
}

http::Response done(const Result<void>& result) {
  if (!result) return problem_response(problem_of(result.error()));
  http::Response response;
  response.status = 204;
  return response;
}

http::Response no_such_letter() { return problem_response(problem_of(Error{Errc::not_found, "there is no such dead letter"})); }

}  // namespace

awaitable<http::Response> get_outbox(Context& context, http::Call) {
  const std::vector<DeadLetterReport> letters = context.carts.dead_letters(std::nullopt, std::numeric_limits<std::size_t>::max());
  std::string body;
  append_json(body, context.carts.outbox());
  body.pop_back();
  body += R"(,"dead_letters":[)";
  for (const DeadLetterReport& letter : letters) {
    if (&letter != &letters.front()) body += ',';
    append_letter(body, letter);
  }
  body += "]}";
  co_return http::json_response(200, std::move(body));
}

awaitable<http::Response> retry_dead_letter(Context& context, http::Call call) {
  const auto stamp = parse_letter_id(call.names[0]);
  if (!stamp) co_return no_such_letter();
  co_return done(co_await context.carts.retry_dead_letter(*stamp));
}

awaitable<http::Response> drop_dead_letter(Context& context, http::Call call) {
  const auto stamp = parse_letter_id(call.names[0]);
  if (!stamp) co_return no_such_letter();
  co_return done(co_await context.carts.drop_dead_letter(*stamp));
}

}  // namespace cartd::rest
