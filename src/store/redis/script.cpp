#include "store/redis/script.h"

#include "redis/protocol/redirect.h"

#include <string>
#include <utility>

namespace cartd {
namespace {

redis::Request call(std::string_view command, std::string_view script, const ScriptArguments& arguments,
                    const redis::Request& after) {
  const std::string key_count = std::to_string(arguments.keys.size());
  std::vector<std::string_view> words{command, script, key_count};
  words.insert(words.end(), arguments.keys.begin(), arguments.keys.end());
  words.insert(words.end(), arguments.arguments.begin(), arguments.arguments.end());
  redis::Request request;
  request.add(words).add(after);
  return request;
}

}  // namespace

boost::asio::awaitable<boost::system::result<redis::Answer, redis::Failure>> run_script(
    redis::Client& client, const Script& script, const ScriptArguments& arguments,
    std::chrono::steady_clock::time_point deadline, redis::Request after) {
  redis::Request name = call("EVALSHA", script.sha, arguments, after);
  const std::string key(arguments.keys.front());
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
