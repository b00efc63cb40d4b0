// The part of a store that one event loop owns: some of the carts and of the users.
#pragma once

#include "store/cart_store.h"
#include "store/user_store.h"

#include <memory>

namespace cartd {

struct Shard {
  std::unique_ptr<CartStore> carts;
  std::unique_ptr<UserStore> users;
};

}  // namespace cartd
