// The outbox, for operators: /v1/outbox….
#include "api/rest/handlers.h"
#include "api/rest/outbox_json.h"
#include "api/rest/problem.h"
#include "format/canonical_command.h"
#include "format/json_text.h"
#include "util/decimal.h"
#include "util/json_string.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace cartd::rest {
namespace {

using boost::asio::awaitable;

constexpr char separator = '-';

// Dead letters on a page.
constexpr std::int64_t default_page = 100;
constexpr std::int64_t largest_page = 1000;
// A page ends with the letter with which it has as much.
constexpr std::size_t enough_bytes = std::size_t{1} << 20;
// Letters may be large: no more of them are copied at a time.
constexpr std::size_t at_a_time = 8;

/// "<producer>-<sequence>", both in digits.
std::string letter_id(CommandId command_id) {
  return std::to_string(command_id.producer) + separator + std::to_string(command_id.sequence);
}

std::optional<CommandId> parse_letter_id(std::string_view text) {
  CommandId command_id{};
  const char* const end = text.data() + text.size();
  const auto producer = std::from_chars(text.data(), end, command_id.producer);
  if (producer.ec != std::errc() || producer.ptr == end || *producer.ptr != separator) return std::nullopt;
  const auto sequence = std::from_chars(producer.ptr + 1, end, command_id.sequence);
  return sequence.ec == std::errc() && sequence.ptr == end ? std::optional(command_id) : std::nullopt;
}

void append_letter(std::string& out, const DeadLetterReport& letter) {
  out += R"({"id":")" + letter_id(letter.command_id) + R"(","cart":)";
  util::append_json_string(out, letter.cart.str());
  out += R"(,"command":)" + format::canonical_json(letter.command);
  out += R"(,"reason":)";
  util::append_json_string(out, letter.reason);
  out += R"(,"accepted_at":)";
  format::append_json_time(out, letter.accepted_at);
  out += R"(,"dead_lettered_at":)";
  format::append_json_time(out, letter.given_up_at);
  out += '}';
}

/// Adds up to `most` letters behind `after`, fewer where they are large, and where to go on when there are more.
awaitable<Result<void>> append_page(std::string& out, CartService& carts, std::optional<CommandId> after,
                                    std::size_t most) {
  out += R"(,"dead_letters":[)";
  const std::size_t begin = out.size();
  std::size_t shown = 0;
  for (bool more = true; more && shown < most && out.size() - begin < enough_bytes;) {
    const auto letters = co_await carts.dead_letters(after, std::min(most - shown, at_a_time));
    if (!letters) co_return letters.error();
    more = !letters->empty();
    for (std::size_t i = 0; i < letters->size() && (shown == 0 || out.size() - begin < enough_bytes); ++i) {
      if (shown++ > 0) out += ',';
      append_letter(out, (*letters)[i]);
      after = (*letters)[i].command_id;
    }
  }
  out += ']';
  if (shown == 0) co_return Result<void>();
  const auto next = co_await carts.dead_letters(after, 1);
  if (!next) co_return next.error();
  if (!next->empty()) out += R"(,"next_cursor":")" + letter_id(*after) + '"';
  co_return Result<void>();
}

http::Response done(const Result<void>& result) {
  if (!result) return problem_response(problem_of(result.error()));
  http::Response response;
  response.status = 204;
  return response;
}

http::Response no_such_letter() {
  return problem_response(problem_of(Error{Errc::not_found, "dead letter not found"}));
}

}  // namespace

awaitable<http::Response> get_outbox(Context& context, http::Call call) {
  const auto& limit = call.parameters[0];
  const auto& cursor = call.parameters[1];
  const std::int64_t most = limit ? util::parse_digits(*limit).value_or(0) : default_page;
  if (most < 1 || most > largest_page)
    co_return problem_response(problem_of(http::Fault::invalid, "limit must be a number from 1 to 1000"));
  const std::optional<CommandId> after = cursor ? parse_letter_id(*cursor) : std::nullopt;
  if (cursor && !after)
    co_return problem_response(problem_of(http::Fault::invalid, "cursor must be a next_cursor of this resource"));
  std::string body;
  append_json(body, context.carts.outbox());
  body.pop_back();
  const Result<void> complete = co_await append_page(body, context.carts, after, static_cast<std::size_t>(most));
  if (!complete) co_return problem_response(problem_of(complete.error()));
  body += '}';
  co_return http::json_response(200, std::move(body));
}

awaitable<http::Response> get_dead_letter(Context& context, http::Call call) {
  const auto command_id = parse_letter_id(call.names[0]);
  if (!command_id) co_return no_such_letter();
  const auto letter = co_await context.carts.dead_letter(*command_id);
  if (!letter) co_return problem_response(problem_of(letter.error()));
  std::string body;
  append_letter(body, *letter);
  co_return http::json_response(200, std::move(body));
}

awaitable<http::Response> retry_dead_letter(Context& context, http::Call call) {
  const auto command_id = parse_letter_id(call.names[0]);
  if (!command_id) co_return no_such_letter();
  co_return done(co_await context.carts.retry_dead_letter(*command_id));
}

awaitable<http::Response> drop_dead_letter(Context& context, http::Call call) {
  const auto command_id = parse_letter_id(call.names[0]);
  if (!command_id) co_return no_such_letter();
  co_return done(co_await context.carts.drop_dead_letter(*command_id));
}

}  // namespace cartd::rest
