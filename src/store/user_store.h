// The port to where users live. Threads and failure as with CartStore (store/cart_store.h).
//
// Every change is idempotent by its nature, so that it may be sent again after an unknown outcome.
#pragma once

#include "domain/error.h"
#include "domain/ids.h"
#include "domain/user.h"
#include "store/cart_store.h"

#include <boost/asio/awaitable.hpp>

namespace cartd {

class UserStore {
 public:
  virtual ~UserStore() = default;

  /// Errc::not_found when there is no such user.
  virtual boost::asio::awaitable<Result<UserFields>> find(UserId id, Deadline deadline) = 0;

  /// Replaces the whole profile. `fields` is valid by validate().
  virtual boost::asio::awaitable<Result<void>> put(UserId id, UserFields fields, Deadline deadline) = 0;

  /// Changes the named fields in one step and answers the profile afterwards; a user that does not exist comes
  /// into being. A user without fields does not exist.
  virtual boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch, Deadline deadline) = 0;

  /// Writes the whole profile if it is still exactly `before`; without fields: if there is no such user. False: it is
  /// not, and nothing was done. `after` has fields.
  virtual boost::asio::awaitable<Result<bool>> replace(UserId id, UserFields before, UserFields after,
                                                       Deadline deadline);

  /// As CartStore::scan().
  virtual boost::asio::awaitable<Result<UserPage>> scan(ScanRequest request);
  virtual bool shows_all() const { return true; }

  /// The user goes; one who does not exist is no error.
  virtual boost::asio::awaitable<Result<void>> erase(UserId id, Deadline deadline) = 0;
};

}  // namespace cartd
