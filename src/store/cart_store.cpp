#include "store/cart_store.h"

#include <utility>

namespace cartd {

boost::asio::awaitable<Result<Added>> CartStore::add(AddRequest request) {
  Result<Loaded> loaded = co_await load(std::move(request.cart), request.deadline);
  if (!loaded) co_return loaded.error();
  co_return Added{false, std::move(*loaded)};
}

}  // namespace cartd
