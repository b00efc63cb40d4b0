// One loop's users in the embedded store (embedded_store.h).
#pragma once

#include "domain/limits.h"
#include "runtime/calls.h"
#include "store/embedded/embedded_store.h"
#include "store/user_store.h"

#include <boost/asio/any_io_executor.hpp>

#include <memory>
#include <optional>
#include <string>

namespace cartd {

class EmbeddedUserStore final : public UserStore {
 public:
  /// `executor` is the reactor's. The others outlive this, and this outlives the loop's last turn.
  EmbeddedUserStore(boost::asio::any_io_executor executor, EmbeddedStore& store, const Limits& limits);
  ~EmbeddedUserStore() override;

  boost::asio::awaitable<Result<UserFields>> find(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> put(UserId id, UserFields fields, Deadline deadline) override;
  boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> erase(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<bool>> replace(UserId id, UserFields before, UserFields after,
                                               Deadline deadline) override;
  boost::asio::awaitable<Result<UserPage>> scan(ScanRequest request) override;

 private:
  EmbeddedStore& store_;
  const Limits& limits_;
  std::shared_ptr<Calls> calls_;
};

}  // namespace cartd
