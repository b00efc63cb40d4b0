#include "store/user_store.h"

namespace cartd {

boost::asio::awaitable<Result<bool>> UserStore::replace(UserId, UserFields, UserFields, Deadline) {
  co_return Error{Errc::unavailable, "this store cannot compare users"};
}

boost::asio::awaitable<Result<UserPage>> UserStore::scan(ScanRequest) {
  co_return Error{Errc::unavailable, "this store cannot list its users"};
}

}  // namespace cartd
