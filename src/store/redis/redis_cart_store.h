// Carts in Redis, by the layout of docs/redis-layout.md: `cart:<id>` is a hash of SKU to quantity and nothing else, all
// the rest stands in `{cart:<id>}:meta`. One commit is one script, and so one atomic step. It compares the token that
// every commit leaves behind, and the quantities that the decision was made on, because plain clients change those
// under the same token.
#pragma once

#include "domain/limits.h"
#include "redis/client.h"
#include "runtime/clock.h"
#include "store/cache/record_cache.h"
#include "store/cart_store.h"
#include "store/redis/adoption.h"
#include "store/redis/owner_list.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace cartd {

class RedisCartStore final : public CartStore {
 public:
  /// All of them outlive the store. `on_expired` is called when a commit meets a cart whose time was over; it may be
  /// empty. (Redis itself drops expired carts; the ones that nobody touches again are in its own figures.)
  /// `cache_bytes` bounds the records that the store remembers.
  RedisCartStore(redis::Client& client, const Policy& policy, const Clock& clock, std::function<void()> on_expired,
                 std::size_t cache_bytes, JsonAdoption adoption = {});

  std::optional<Loaded> known(const CartId& id) override;
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline deadline) override;
  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override;
  boost::asio::awaitable<Result<Added>> add(AddRequest request) override;
  CheckoutId new_checkout_id(const CartId& cart) override;
  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId id,
                                                                                Deadline deadline) override;
  boost::asio::awaitable<Result<CartPage>> scan(ScanRequest request) override;
  boost::asio::awaitable<Result<OwnedPage>> carts_of(OwnedRequest request) override;
  bool can_keep(const CartId& cart, const CheckoutId& checkout) const override;
  boost::asio::awaitable<StoreState> check(Deadline deadline) override;
  Durability durability() const override { return Durability::primary; }
  bool serves(const CartId& id) const override;
  std::uint64_t epoch_of(const CartId& id) const override;
  std::uint64_t durable_checkpoint(std::uint64_t epoch) const override { return client_.durable_checkpoint(epoch); }

 private:
  /// The carts that these keys, of one primary, are of: of those of lines, only the ones that have no meta hash.
  boost::asio::awaitable<Result<std::vector<CartId>>> carts_of_keys(std::vector<std::string> keys, std::string any_key,
                                                                    bool are_meta, Deadline deadline);
  /// Adds these carts, of one primary, to the page. Answers about how many bytes they are.
  boost::asio::awaitable<Result<std::size_t>> read_carts(CartPage& page, std::vector<CartId> ids, std::string any_key,
                                                         Deadline deadline);
  /// Before the commit: sees to the cart's entry in the list of the owner that it has then. Answers why the commit may
  /// not be tried. `request` outlives the call.
  boost::asio::awaitable<std::optional<Error>> list_cart(const CommitRequest& request);
  /// Takes entries that are wrong out of an owner's list.
  boost::asio::awaitable<void> unlist(UserId owner, std::vector<std::string> members, Deadline deadline);
  /// This machine's clock, where the server's does not count.
  std::optional<Time> own_clock() const;
  /// load() by load.lua, whatever the cache has.
  boost::asio::awaitable<Result<Loaded>> load_anew(CartId id, Deadline deadline);
  /// A cart that another service's text is going to be.
  Result<SnapshotPtr> adopt(redis::ReplyView text, const Snapshot& before, Time now);
  /// `committed`, with the record in the cache.
  Committed remember(const CommitRequest& request, Committed committed, WritePosition position);

  redis::Client& client_;
  const Policy& policy_;
  const Clock& clock_;
  std::function<void()> on_expired_;
  JsonAdoption adoption_;
  RecordCache cache_;
  ListedCarts listed_{};
  Token last_token_;
};

}  // namespace cartd
