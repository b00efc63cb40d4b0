// Any bytes from a server, cut anywhere, are replies or one error. The first byte says how long the pieces are, which
// version of the protocol is spoken, and how many replies are read together.
#include "redis/connection/handshake.h"
#include "redis/protocol/redirect.h"
#include "redis/protocol/reply_reader.h"
#include "redis/protocol/url.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

using namespace cartd::redis;

namespace {

// Looks at all of a reply, as its users do.
std::size_t visit(ReplyView reply, std::size_t depth = 0) {
  // Replies that are read together are in an array of their own.
  if (depth > ReplyReader::max_depth + 1) std::abort();
  std::size_t seen = reply.text().size() + static_cast<std::size_t>(reply.integer() != 0) +
                     static_cast<std::size_t>(reply.is_nil()) + static_cast<std::size_t>(reply.boolean()) +
                     static_cast<std::size_t>(reply.real() > 0);
  if (reply.is_error()) redirect(reply.text());
  for (std::size_t i = 0; i < reply.size(); ++i) seen += visit(reply[i], depth + 1);
  return seen;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::size_t piece = std::size_t{data[0]} / 4 + 1;
  const RespVersion version = data[0] % 2 == 0 ? RespVersion::resp2 : RespVersion::resp3;
  const std::size_t together = data[0] / 2 % 2 == 0 ? 1 : 3;
  std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);

  ReplyReader reader(ReplyReader::max_reply_bytes, version);
  std::vector<Reply> replies;
  bool broken = false;
  while (!bytes.empty()) {
    reader.feed(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (;;) {
      auto next = reader.next(together);
      if (broken && next) std::abort();
      broken = !next;
      if (!next || !*next) break;
      const ReplyView reply = (*next)->view();
      if (together > 1 && reply.type() != ReplyType::push && reply.size() != together) std::abort();
      visit(reply);
      if (together == 1) replies.push_back(std::move(**next));
    }
  }

  const Url url{.password = "p", .database = 1};
  const std::size_t greeting_replies = greeting(url, "n").commands();
  if (replies.size() >= greeting_replies) {
    for (const bool password_optional : {false, true}) {
      judge_greeting(url, password_optional, std::span(replies).first(greeting_replies));
    }
  }
  return 0;
}
