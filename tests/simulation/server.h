// One Redis server: the carts that it holds, and what store/redis/commit.lua and add.lua do there.
#pragma once

#include "domain/ids.h"
#include "domain/record.h"
#include "simulation/guards.h"
#include "store/cart_store.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace cartd::simulation {

struct StoredCart {
  CartRecord record;
  Token token = 0;
};

struct Server {
  struct Replica {
    std::uint64_t acknowledged;  ///< Up to which offset.
    int seen;
  };

  bool up = true;
  bool primary = false;
  std::uint64_t epoch = 1;  ///< Of the data: another one with every promotion.
  std::uint64_t offset = 0;
  std::map<CartId, StoredCart> carts{};
  std::map<std::size_t, Replica> replicas{};  ///< As the primary lists them.
  std::optional<std::size_t> follows{};
  int last_arrival = 0;  ///< Of the replication stream, which keeps its order.
  bool behind = false;   ///< It missed something, and has to be brought up to date as a whole.

  /// A cart that nobody wrote to is empty.
  StoredCart& cart(const CartId& id);
  SnapshotPtr load(const CartId& id) const;
  /// As CartStore::commit(), without a position.
  Committed commit(const CommitRequest& request, Token token, Time now, const Guards& guards);
  /// As CartStore::add(), without a position.
  Added add(const AddRequest& request, Token token, Time now);
};

/// As a plain client of Redis does it: token and version stay. Answers whether the line was there.
bool write_line(StoredCart& stored, const LineId& id, std::int64_t quantity);
std::int64_t quantity_of(const Cart& cart, const LineId& id);

}  // namespace cartd::simulation
