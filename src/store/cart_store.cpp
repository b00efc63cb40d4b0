#include "store/cart_store.h"

namespace cartd {

boost::asio::awaitable<Result<Page>> CartStore::scan(std::string, std::size_t, Deadline) {
  co_return Error{Errc::unavailable, "this store cannot list its carts"};
}

}  // namespace cartd
