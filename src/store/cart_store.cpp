#include "store/cart_store.h"

#include <array>
#include <random>
#include <utility>

namespace cartd {

boost::asio::awaitable<Result<Added>> CartStore::add(AddRequest request) {
  Result<Loaded> loaded = co_await load(std::move(request.cart), request.deadline);
  if (!loaded) co_return loaded.error();
  co_return Added{false, std::move(*loaded)};
}

boost::asio::awaitable<Result<CartPage>> CartStore::scan(ScanRequest) {
  co_return Error{Errc::unavailable, "this store cannot list its carts"};
}

boost::asio::awaitable<Result<OwnedPage>> CartStore::carts_of(OwnedRequest) {
  co_return Error{Errc::unavailable, "this store cannot list an owner's carts"};
}

CheckoutId CartStore::new_checkout_id(const CartId&) { return random_checkout_id(""); }

CheckoutId random_checkout_id(std::string_view beginning) {
  std::array<unsigned char, 17> bytes{};
  std::random_device random;
  for (;;) {
    for (unsigned char& byte : bytes) byte = static_cast<unsigned char>(random());
    CheckoutId id = checkout_id_of(beginning, bytes);
    // On a command line it would look like an option.
    if (id.str().front() != '-') return id;
  }
}

}  // namespace cartd
