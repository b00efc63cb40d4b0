#include "redis/protocol/asking.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

// The number in the line at the front of `bytes`, "*4" or "$7", which is taken away.
std::size_t take_number(std::string_view& bytes) {
  std::size_t number = 0;
  const std::size_t end = std::min(bytes.find("\r\n"), bytes.size());
  std::from_chars(bytes.data() + 1, bytes.data() + end, number);
  bytes.remove_prefix(std::min(bytes.size(), end + 2));
  return number;
}

// The words of the command at the front of `bytes`, which a Request made and which is taken away.
std::vector<std::string_view> take_command(std::string_view& bytes) {
  std::vector<std::string_view> words(take_number(bytes));
  for (std::string_view& word : words) {
    const std::size_t size = take_number(bytes);
    word = bytes.substr(0, size);
    bytes.remove_prefix(std::min(bytes.size(), size + 2));
  }
  return words;
}

}  // namespace

bool is_transaction(const Request& request) {
  return request.commands() > 1 && request.bytes().starts_with("*1\r\n$5\r\nMULTI\r\n");
}

Request with_asking(const Request& request) {
  Request asking;
  if (is_transaction(request)) {
    asking.add({"ASKING"}).add(request);
    return asking;
  }
  for (std::string_view rest = request.bytes(); !rest.empty();) asking.add({"ASKING"}).add(take_command(rest));
  return asking;
}

Reply without_asking(const Request& request, Reply reply) {
  const ReplyView replies = reply.view();
  std::vector<std::size_t> kept;
  if (is_transaction(request)) {
    if (replies[0].is_error()) return std::move(reply).element(0);
    for (std::size_t i = 1; i < replies.size(); ++i) kept.push_back(i);
  } else {
    for (std::size_t i = 0; i + 1 < replies.size(); i += 2) kept.push_back(replies[i].is_error() ? i : i + 1);
  }
  if (request.commands() == 1) return std::move(reply).element(kept.front());
  return std::move(reply).elements(kept);
}

}  // namespace cartd::redis
