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

/// The arguments of patch_user.lua; they point into `patch` and `numbers`.
std::vector<std::string_view> patch_arguments(const UserPatch& patch, const std::string& max_fields, const std::string& sets) {
  std::vector<std::string_view> words{max_fields, sets};
  for (const auto& [name, value] : patch)
    if (value) words.insert(words.end(), {name, *value});
  for (const auto& [name, value] : patch)
    if (!value) words.push_back(name);
  return words;
}

}  // namespace

boost::asio::awaitable<Result<UserFields>> RedisUserStore::find(UserId id, Deadline deadline) {
  const std::string key = user_key(id);
  redis::Request request{"HGETALL", key};
  const auto reply = co_await client_.send(key, std::move(request), deadline);
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  if (reply->reply.view().is_error()) co_return error_of(reply->reply.view());
  UserFields fields = fields_from(reply->reply.view());
  if (fields.empty()) co_return Error{Errc::not_found, "there is no such user"};
  co_return fields;
}

boost::asio::awaitable<Result<void>> RedisUserStore::put(UserId id, UserFields fields, Deadline deadline) {
  const std::string key = user_key(id);
  std::vector<std::string_view> set{"HSET", key};
  for (const auto& [name, value] : fields) set.insert(set.end(), {name, value});
  redis::Request request;
  request.add({"MULTI"}).add({"DEL", key}).add(set).add({"EXEC"});
  const auto reply = co_await client_.send(key, std::move(request), deadline);
  if (!reply) co_return error_of(reply.error());
  if (reply->reply.view().is_error()) co_return error_of(reply->reply.view());
  co_return Result<void>();
}

boost::asio::awaitable<Result<UserFields>> RedisUserStore::patch(UserId id, UserPatch patch, Deadline deadline) {
  const std::string key = user_key(id);
  const std::string max_fields = std::to_string(limits_.max_user_fields);
  const auto set = std::count_if(patch.begin(), patch.end(), [](const auto& field) { return field.second.has_value(); });
  const std::string sets = std::to_string(set);
  const ScriptArguments arguments{{key}, patch_arguments(patch, max_fields, sets)};
  const auto reply = co_await run_script(client_, patch_user_script(), arguments, deadline);
  if (!reply) co_return error_of(reply.error());
  const redis::ReplyView after = reply->reply.view();
  if (after.is_error()) co_return error_of(after);
  if (after.size() == 1) co_return Error{Errc::limit_exceeded, "a user has at most " + max_fields + " fields", "", "user_fields"};
  co_return fields_from(after);
}

boost::asio::awaitable<Result<void>> RedisUserStore::erase(UserId id, Deadline deadline) {
  const std::string key = user_key(id);
  redis::Request request{"DEL", key};
  const auto reply = co_await client_.send(key, std::move(request), deadline);
  if (!reply) co_return error_of(reply.error());
  if (reply->reply.view().is_error()) co_return error_of(reply->reply.view());
  co_return Result<void>();
}

}  // namespace cartd
