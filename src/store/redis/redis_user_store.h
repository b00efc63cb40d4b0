// Users in Redis: `user:<id>` is a hash of the profile's fields and nothing else.
#pragma once

#include "domain/limits.h"
#include "redis/client.h"
#include "store/user_store.h"

namespace cartd {

class RedisUserStore final : public UserStore {
 public:
  /// Both outlive the store.
  RedisUserStore(redis::Client& client, const Limits& limits) : client_(client), limits_(limits) {}

  boost::asio::awaitable<Result<UserFields>> find(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> put(UserId id, UserFields fields, Deadline deadline) override;
  boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> erase(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<bool>> replace(UserId id, UserFields before, UserFields after,
                                               Deadline deadline) override;
  boost::asio::awaitable<Result<UserPage>> scan(ScanRequest request) override;

 private:
  boost::asio::awaitable<Result<UserFields>> write(UserId id, const char* mode, UserPatch patch, Deadline deadline);

  redis::Client& client_;
  const Limits& limits_;
};

}  // namespace cartd
