#include "service/user_service.h"

#include "store/shard.h"

#include <utility>

namespace cartd {

UserService::UserService(Reactors& reactors, std::vector<Shard>& shards, CartService& carts, CartServiceOptions options)
    : reactors_(reactors), shards_(shards), carts_(carts), options_(std::move(options)) {}

boost::asio::awaitable<Result<UserFields>> UserService::find(UserId id) {
  const std::size_t home = home_of(id);
  co_return co_await run_on(reactors_[home], shards_[home].users->find(std::move(id), deadline()));
}

boost::asio::awaitable<Result<UserFields>> UserService::put(UserId id, UserFields fields) {
  if (auto valid = validate(fields, options_.policy.limits); !valid) co_return valid.error();
  const std::size_t home = home_of(id);
  const Result<void> done =
      co_await run_on(reactors_[home], shards_[home].users->put(std::move(id), fields, deadline()));
  if (!done) co_return done.error();
  co_return fields;
}

boost::asio::awaitable<Result<UserFields>> UserService::patch(UserId id, UserPatch patch) {
  if (auto valid = validate(patch, options_.policy.limits); !valid) co_return valid.error();
  const std::size_t home = home_of(id);
  co_return co_await run_on(reactors_[home], shards_[home].users->patch(std::move(id), std::move(patch), deadline()));
}

boost::asio::awaitable<Result<void>> UserService::erase(UserId id, bool cart_too) {
  if (cart_too) {
    if (auto cart = CartId::parse(id.str())) {
      Command command = Delete{};
      Conditions conditions;
      const Result<ChangeResult> deleted =
          co_await carts_.change(std::move(*cart), std::move(command), std::move(conditions), Detail::version);
      if (!deleted) co_return deleted.error();
    }
  }
  const std::size_t home = home_of(id);
  co_return co_await run_on(reactors_[home], shards_[home].users->erase(std::move(id), deadline()));
}

boost::asio::awaitable<Result<OwnedPage>> UserService::carts(UserId id, KindFilter kind, std::string cursor,
                                                             std::size_t most) {
  const std::size_t home = home_of(id);
  OwnedRequest request{std::move(id), std::move(kind)};
  if (!cursor.empty()) {
    request.after = place_from(cursor);
    if (!request.after) co_return Error{Errc::invalid, "cursor must be a next_cursor of this resource"};
  }
  request.most = most;
  request.deadline = deadline();
  if (shards_[home].carts->shows_all())
    co_return co_await run_on(reactors_[home], shards_[home].carts->carts_of(std::move(request)));
  std::vector<OwnedPage> pages;
  for (std::size_t i = 0; i < shards_.size(); ++i) {
    Result<OwnedPage> page = co_await run_on(reactors_[i], shards_[i].carts->carts_of(request));
    if (!page) co_return page.error();
    pages.push_back(std::move(*page));
  }
  co_return merged(std::move(pages), most);
}

}  // namespace cartd
