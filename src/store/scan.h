// Pages of all that a store keeps, for moving it elsewhere and for sweeps.
#pragma once

#include "domain/kept_cart.h"
#include "domain/user.h"

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

namespace cartd {

struct ScanRequest {
  /// Empty: from the beginning. Else the `next` of an earlier page, of whatever process on the same data.
  std::string cursor{};
  std::size_t most = 500;                           ///< Carts or users, 1 and up.
  std::size_t most_bytes = std::size_t{256} << 10;  ///< About; what comes first is in the page, however large.
  std::chrono::steady_clock::time_point deadline{};
};

/// Something that is there and makes no sense, or cannot be read from the disk.
struct Unreadable {
  std::string id;   ///< Of the cart or user; empty: not known.
  std::string why;  ///< For people.
};

struct CartPage {
  std::vector<KeptCart> carts{};
  std::vector<Unreadable> unreadable{};
  std::string next{};  ///< Where to go on; empty: this was the last page. A page may be empty and not the last one.
};

struct KeptUser {
  UserId id;
  UserFields fields;
};

struct UserPage {
  std::vector<KeptUser> users{};
  std::vector<Unreadable> unreadable{};
  std::string next{};
};

}  // namespace cartd
