// Use cases on users. Threads as with CartService.
#pragma once

#include "domain/limits.h"
#include "domain/owned_cart.h"
#include "domain/user.h"
#include "runtime/reactor.h"
#include "service/cart_service.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace cartd {

class UserService {
 public:
  /// `reactors`, `shards` and `carts` outlive the service.
  UserService(Reactors& reactors, std::vector<Shard>& shards, CartService& carts, CartServiceOptions options);

  /// Errc::not_found when there is no such user.
  boost::asio::awaitable<Result<UserFields>> find(UserId id);
  /// Replaces the whole profile and answers it.
  boost::asio::awaitable<Result<UserFields>> put(UserId id, UserFields fields);
  /// Changes the named fields and answers the whole profile.
  boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch);
  /// The user goes; with `cart_too`, first the cart of the same id. A user who does not exist is no error.
  boost::asio::awaitable<Result<void>> erase(UserId id, bool cart_too);

  /// A page of the carts of this owner, the newest first; `cursor` is empty or the cursor of an earlier page. It goes
  /// to the store itself, as Moving does: what an outbox has not sent yet is not in it. Errors: invalid: no such
  /// cursor; unavailable.
  boost::asio::awaitable<Result<OwnedPage>> carts(UserId id, KindFilter kind, std::string cursor, std::size_t most);

 private:
  std::size_t home_of(const UserId& id) const { return reactors_.home(id.str()); }
  std::chrono::steady_clock::time_point deadline() const {
    return std::chrono::steady_clock::now() + options_.store_deadline;
  }

  Reactors& reactors_;
  std::vector<Shard>& shards_;
  CartService& carts_;
  CartServiceOptions options_;
};

}  // namespace cartd
