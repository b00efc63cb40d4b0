#include "store/redis/redis_user_store.h"

#include "store/redis/script.h"
#include "store/redis/store_error.h"
#include "store/redis/user_layout.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd {
namespace {

std::string user_key(const UserId& id) { return "user:" + id.str(); }

}  // namespace

boost::asio::awaitable<Result<UserFields>> RedisUserStore::find(UserId id, Deadline deadline) {
  const std::string key = user_key(id);
  redis::Request request{"HGETALL", key};
  const auto reply = co_await client_.send(key, std::move(request), deadline);
  // A read that was not answered did nothing, sent or not.
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  co_return user_from(reply->reply.view());
}

boost::asio::awaitable<Result<UserFields>> RedisUserStore::write(UserId id, const char* mode, UserPatch patch,
                                                                 Deadline deadline) {
  const std::string key = user_key(id);
  const std::string max_fields = std::to_string(limits_.max_user_fields);
  const std::string sets = std::to_string(
      std::count_if(patch.begin(), patch.end(), [](const auto& field) { return field.second.has_value(); }));
  ScriptArguments arguments{{key}, {mode, max_fields, sets}};
  for (const auto& [name, value] : patch)
    if (value) arguments.arguments.insert(arguments.arguments.end(), {name, *value});
  for (const auto& [name, value] : patch)
    if (!value) arguments.arguments.push_back(name);
  const auto reply = co_await run_script(client_, write_user_script(), arguments, deadline);
  if (!reply) co_return error_of(reply.error());
  co_return written_user_from(reply->reply.view(), limits_);
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

boost::asio::awaitable<Result<bool>> RedisUserStore::replace(UserId id, UserFields before, UserFields after,
                                                             Deadline deadline) {
  const std::string key = user_key(id);
  const std::string max_fields = std::to_string(limits_.max_user_fields);
  const std::string sets = std::to_string(after.size());
  ScriptArguments arguments{{key}, {"swap", max_fields, sets}};
  for (const UserFields* fields : {&after, &before})
    for (const auto& [name, value] : *fields) arguments.arguments.insert(arguments.arguments.end(), {name, value});
  const auto answer = co_await run_script(client_, write_user_script(), arguments, deadline);
  if (!answer) co_return error_of(answer.error());
  const redis::ReplyView reply = answer->reply.view();
  if (reply.size() == 1 && reply[0].type() == redis::ReplyView::Type::integer && reply[0].integer() == -3)
    co_return false;
  const Result<UserFields> written = written_user_from(reply, limits_);
  if (!written) co_return written.error();
  co_return true;
}

boost::asio::awaitable<Result<void>> RedisUserStore::erase(UserId id, Deadline deadline) {
  return put(std::move(id), UserFields{}, deadline);
}

}  // namespace cartd
