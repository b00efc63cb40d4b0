#include "store/redis/redis_user_store.h"

#include "domain/text.h"
#include "store/redis/script.h"
#include "store/redis/store_error.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd {
namespace {

std::string user_key(const UserId& id) { return "user:" + id.str(); }

/// A plain client may have written bytes that are no text; such a field is passed over.
UserFields fields_from(redis::ReplyView flat) {
  UserFields fields;
  for (std::size_t i = 0; i + 1 < flat.size(); i += 2)
    if (is_utf8(flat[i].text()) && is_utf8(flat[i + 1].text())) fields.emplace(flat[i].text(), flat[i + 1].text());
  return fields;
}

/// The profile after write_user.lua.
Result<UserFields> written(const boost::system::result<redis::Answer, redis::Failure>& reply, const std::string& max_fields) {
  if (!reply) return error_of(reply.error());
  const redis::ReplyView after = reply->reply.view();
  if (after.is_error()) return error_of(after);
  if (after.type() != redis::ReplyView::Type::array) return unexpected_reply();
  if (after.size() == 1 && after[0].integer() == -2)
    return Error{Errc::limit_exceeded, "a user has at most " + max_fields + " fields", "", "user_fields"};
  if (after.size() % 2 != 0) return unexpected_reply();
  return fields_from(after);
}

}  // namespace

boost::asio::awaitable<Result<UserFields>> RedisUserStore::find(UserId id, Deadline deadline) {
  const std::string key = user_key(id);
  redis::Request request{"HGETALL", key};
  const auto reply = co_await client_.send(key, std::move(request), deadline);
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  if (reply->reply.view().is_error()) co_return read_error_of(reply->reply.view());
  if (reply->reply.view().type() != redis::ReplyView::Type::array || reply->reply.view().size() % 2 != 0) co_return unexpected_reply();
  UserFields fields = fields_from(reply->reply.view());
  if (fields.empty()) co_return Error{Errc::not_found, "there is no such user"};
  co_return fields;
}

boost::asio::awaitable<Result<UserFields>> RedisUserStore::write(UserId id, const char* mode, UserPatch patch, Deadline deadline) {
  const std::string key = user_key(id);
  const std::string max_fields = std::to_string(limits_.max_user_fields);
  const std::string sets =
      std::to_string(std::count_if(patch.begin(), patch.end(), [](const auto& field) { return field.second.has_value(); }));
  ScriptArguments arguments{{key}, {mode, max_fields, sets}};
  for (const auto& [name, value] : patch)
    if (value) arguments.arguments.insert(arguments.arguments.end(), {name, *value});
  for (const auto& [name, value] : patch)
    if (!value) arguments.arguments.push_back(name);
  const auto reply = co_await run_script(client_, write_user_script(), arguments, deadline);
  co_return written(reply, max_fields);
}

boost::asio::awaitable<Result<void>> RedisUserStore::put(UserId id, UserFields fields, Deadline deadline) {
  UserPatch patch;
  for (auto& [name, value] : fields) patch.emplace(name, std::move(value));
  const Result<UserFields> after = co_await write(std::move(id), "put", std::move(patch), deadline);
  if (!after) co_return after.error();
  co_return Result<void>();
}

boost::asio::awaitable<Result<UserFields>> RedisUserStore::patch(UserId id, UserPatch patch, Deadline deadline) {
  return write(std::move(id), "patch", std::move(patch), deadline);
}

boost::asio::awaitable<Result<void>> RedisUserStore::erase(UserId id, Deadline deadline) {
  return put(std::move(id), UserFields{}, deadline);
}

}  // namespace cartd
