#include "store/redis/access.h"

#include "redis/protocol/redirect.h"
#include "store/redis/cart_layout.h"
#include "store/redis/script.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace cartd {
namespace {

using redis::ReplyView;

// No id holds a blank.
std::string cart_of(std::string_view key) { return "cart: check " + std::string(key); }

constexpr std::array<std::string_view, 2> callers{"EVAL", "EVALSHA"};

std::optional<Time> time_of(ReplyView reply) {
  const std::string_view digits = reply.text();
  std::int64_t ms = 0;
  const auto [end, fault] = std::from_chars(digits.data(), digits.data() + digits.size(), ms);
  if (fault != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return Time(Millis(ms));
}

std::string why(const RefusedCommand& refused) {
  switch (redis::redirect(refused.error).step) {
    case redis::NextStep::out_of_memory: return "the store is out of memory";
    case redis::NextStep::find_primary: return "the store is a replica and takes no changes";
    default: break;
  }
  return "the store does not permit " + refused.command + " (" + redis::error_code(refused.error) + ")";
}

}  // namespace

std::vector<std::string> check_command(std::string_view caller, std::string_view key, bool adopts) {
  const Script& script = check_script();
  const std::string cart = cart_of(key);
  return {std::string(caller),
          caller == "EVAL" ? std::string(script.text) : script.sha,
          "3",
          cart,
          '{' + cart + "}:meta",
          "user:{" + cart + "}:carts",
          adopts ? "1" : "0"};
}

Access access_from(ReplyView reply, std::string_view caller) {
  Access access;
  const auto refuse = [&](std::string_view command, std::string_view error) {
    access.refused.push_back({std::string(command), std::string(error)});
  };
  if (reply.is_error()) {
    refuse(caller, reply.text());
  } else if (reply.size() != 2 || reply[1].type() != ReplyView::Type::array) {
    refuse(caller, "an invalid answer");
  } else {
    access.server_time = time_of(reply[0]);
    for (std::size_t i = 0; i + 1 < reply[1].size(); i += 2) refuse(reply[1][i].text(), reply[1][i + 1].text());
  }
  return access;
}

StoreState state_of(const Access& access, Time now, Millis max_clock_difference) {
  if (!access.refused.empty()) return {false, why(access.refused.front())};
  if (!access.server_time) return {false, "the store does not report its time"};
  const Millis difference = *access.server_time - now;
  const bool is_worth_a_word = std::chrono::abs(difference) > std::chrono::seconds(1);
  return {std::chrono::abs(difference) <= max_clock_difference,
          is_worth_a_word ? clock_difference_text(difference) : std::string()};
}

boost::asio::awaitable<StoreState> run_check(redis::Client& client, Time now, Millis max_clock_difference,
                                             std::chrono::steady_clock::time_point deadline, bool adopts) {
  StoreState all{true, ""};
  for (const std::string& key : client.key_of_each_primary(cart_of(""))) {
    // EVAL first: afterwards the server has the script.
    for (const std::string_view caller : callers) {
      const std::string_view end_of_key = std::string_view(key).substr(cart_of("").size());
      const std::vector<std::string> words = check_command(caller, end_of_key, adopts);
      redis::Request request;
      request.add(std::vector<std::string_view>(words.begin(), words.end()));
      const auto answer = co_await client.send(key, std::move(request), deadline);
      if (!answer) co_return StoreState{false, "the store does not answer"};
      all = state_of(access_from(answer->reply.view(), caller), now, max_clock_difference);
      if (!all.ready) co_return all;
    }
  }
  co_return all;
}

}  // namespace cartd
