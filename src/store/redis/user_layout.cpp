#include "store/redis/user_layout.h"

#include "store/redis/store_error.h"
#include "util/utf8.h"

#include <string>

namespace cartd {
namespace {

using redis::ReplyView;

/// Nothing where the reply is no list of names and values.
std::optional<UserFields> fields_from(ReplyView flat) {
  if (flat.type() != ReplyView::Type::array || flat.size() % 2 != 0) return std::nullopt;
  UserFields fields;
  for (std::size_t i = 0; i < flat.size(); i += 2) {
    if (flat[i].type() != ReplyView::Type::string || flat[i + 1].type() != ReplyView::Type::string) return std::nullopt;
    if (util::is_utf8(flat[i].text()) && util::is_utf8(flat[i + 1].text()))
      fields.emplace(flat[i].text(), flat[i + 1].text());
  }
  return fields;
}

}  // namespace

Result<UserFields> user_from(ReplyView reply) {
  if (reply.is_error()) return read_error_of(reply);
  std::optional<UserFields> fields = fields_from(reply);
  if (!fields) return unexpected_reply();
  if (fields->empty()) return Error{Errc::not_found, "user not found"};
  return std::move(*fields);
}

Result<UserFields> written_user_from(ReplyView reply, const Limits& limits) {
  if (reply.is_error()) return error_of(reply);
  if (reply.size() == 1 && reply[0].type() == ReplyView::Type::integer && reply[0].integer() == -2)
    return Error{Errc::limit_exceeded, "a user can have at most " + std::to_string(limits.max_user_fields) + " fields",
                 "", "user_fields"};
  std::optional<UserFields> fields = fields_from(reply);
  if (!fields) return unexpected_reply();
  return std::move(*fields);
}

}  // namespace cartd
