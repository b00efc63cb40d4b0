#include "store/redis/script.h"

#include "redis/protocol/redirect.h"

#include <cstddef>
#include <utility>

namespace cartd {
namespace {

redis::Request call(std::string_view command, std::string_view script, const ScriptArguments& arguments,
                    const redis::Request& after) {
  constexpr std::size_t around_a_word = 12;  // Its length, in most cases, and the ends of both lines.
  std::size_t bytes = 3 * around_a_word + command.size() + script.size() + after.bytes().size();
  for (const auto* words : {&arguments.keys, &arguments.arguments})
    for (const std::string_view word : *words) bytes += around_a_word + word.size();
  redis::Request request;
  request.reserve(bytes);
  request.begin(3 + arguments.keys.size() + arguments.arguments.size()).word(command).word(script);
  request.word(arguments.keys.size());
  for (const auto* words : {&arguments.keys, &arguments.arguments})
    for (const std::string_view word : *words) request.word(word);
  request.add(after);
  return request;
}

}  // namespace

boost::asio::awaitable<boost::system::result<redis::Answer, redis::Failure>> run_script(
    redis::Client& client, const Script& script, const ScriptArguments& arguments,
    std::chrono::steady_clock::time_point deadline, redis::Request after) {
  redis::Request name = call("EVALSHA", script.sha, arguments, after);
  const std::string_view key = arguments.keys.front();
  auto by_name = co_await client.send(key, std::move(name), deadline);
  if (!by_name) co_return by_name;
  redis::ReplyView reply = by_name->reply.view();
  if (after.commands() > 0 && reply.size() > 0) reply = reply[0];
  if (!reply.is_error() || redis::redirect(reply.text()).step != redis::NextStep::load_script) co_return by_name;
  // The server forgot its scripts, or is new. It did nothing, so the text goes as the same attempt.
  redis::Request text = call("EVAL", script.text, arguments, after);
  co_return co_await client.send(key, std::move(text), deadline);
}

}  // namespace cartd
