// One loop's users in a MongoDB database (mongodb_store.h).
#pragma once

#include "domain/limits.h"
#include "runtime/calls.h"
#include "store/mongodb/mongodb_store.h"
#include "store/user_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>

namespace cartd {

class MongodbUserStore final : public UserStore {
 public:
  /// As MongodbCartStore.
  MongodbUserStore(boost::asio::any_io_executor executor, MongodbStore& store, const Limits& limits);
  ~MongodbUserStore() override;

  boost::asio::awaitable<Result<UserFields>> find(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> put(UserId id, UserFields fields, Deadline deadline) override;
  boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch, Deadline deadline) override;
  boost::asio::awaitable<Result<bool>> replace(UserId id, UserFields before, UserFields after,
                                               Deadline deadline) override;
  boost::asio::awaitable<Result<UserPage>> scan(ScanRequest request) override;
  boost::asio::awaitable<Result<void>> erase(UserId id, Deadline deadline) override;

 private:
  /// A user without fields does not exist; the token is 0 then.
  struct Stored {
    UserFields fields;
    Token token = 0;
  };

  static std::optional<Stored> stored_in(const mongodb::Document& document);

  boost::asio::awaitable<Result<Stored>> read(UserId id, Deadline deadline);
  /// Whether it was as `before` says, and so was written.
  boost::asio::awaitable<Result<bool>> write(UserId id, Token before, UserFields fields, Deadline deadline);
  mongodb::Document user(const UserId& id, const UserFields& fields);

  MongodbStore& store_;
  const Limits& limits_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace cartd
