// One loop's users in a PostgreSQL database (postgres_store.h).
#pragma once

#include "domain/limits.h"
#include "runtime/calls.h"
#include "store/postgres/postgres_store.h"
#include "store/user_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace cartd {

class PostgresUserStore final : public UserStore {
 public:
  /// As PostgresCartStore.
  PostgresUserStore(boost::asio::any_io_executor executor, PostgresStore& store, const Limits& limits);
  ~PostgresUserStore() override;

  boost::asio::awaitable<Result<UserFields>> find(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> put(UserId id, UserFields fields, Deadline deadline) override;
  boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> erase(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<bool>> replace(UserId id, UserFields before, UserFields after,
                                               Deadline deadline) override;
  boost::asio::awaitable<Result<UserPage>> scan(ScanRequest request) override;

 private:
  /// A user without fields does not exist; the token is 0 then.
  struct Stored {
    UserFields fields;
    Token token = 0;
  };

  boost::asio::awaitable<Result<Stored>> read(UserId id, Deadline deadline);
  /// Whether it was as `before` says, and so was written.
  boost::asio::awaitable<Result<bool>> write_over(UserId id, Token before, UserFields fields, Deadline deadline);

  PostgresStore& store_;
  const Limits& limits_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace cartd
