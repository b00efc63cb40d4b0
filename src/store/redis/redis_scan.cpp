// Pages of all carts and users in Redis.
//
// A cart that plain clients wrote has only a hash of lines, one without lines or that was deleted only a meta hash. So
// first the carts without a meta hash are looked for among the hashes of lines, and then all that have one: a cart that
// gets its meta hash in between is met the second time.
#include "redis/protocol/hash_slot.h"
#include "runtime/all_of.h"
#include "store/kept.h"
#include "store/redis/cart_layout.h"
#include "store/redis/cart_lines.h"
#include "store/redis/key_scan.h"
#include "store/redis/redis_cart_store.h"
#include "store/redis/redis_user_store.h"
#include "store/redis/store_error.h"
#include "store/redis/user_layout.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using redis::ReplyView;

constexpr std::array<std::string_view, 2> cart_patterns{"cart:*", "{cart:*}:meta"};
constexpr std::array<std::string_view, 1> user_patterns{"user:*"};
constexpr std::size_t replies_a_cart = 3;

// Keys that one SCAN looks at. What it finds has to be in the page, whatever its size.
constexpr std::size_t most_keys = 256;
// Of those that are only looked at for whether they have a meta hash.
constexpr std::size_t most_names = 1024;

Error does_not_answer() { return {Errc::unavailable, "the store does not answer"}; }

// Requests on keys of several slots of a primary are not marked as reading only: where some of the keys have moved, the
// replies to the others are kept, and those keys are asked for one by one.
redis::Request hashes_of(const std::vector<CartId>& ids) {
  redis::Request request;
  for (const CartId& id : ids) {
    const std::string meta = meta_key(id);
    request.add({"HGETALL", meta});
    request.add({"HGETALL", cart_key(id)});
    request.add({"HGET", meta, "t"});
  }
  return request;
}

/// Whether both hashes are of one moment: nobody committed between the first and the last of the replies.
bool is_whole(ReplyView meta, ReplyView token_afterwards) {
  std::string_view before;
  for (std::size_t i = 0; i + 1 < meta.size(); i += 2)
    if (meta[i].text() == "t") before = meta[i + 1].text();
  return before == token_afterwards.text();
}

/// In their order, some at a time: all carts of a server may be texts of another service.
boost::asio::awaitable<std::vector<Result<LoadedKept>>> load_all_kept(CartStore& store, std::vector<CartId> ids,
                                                                      Deadline deadline) {
  constexpr std::size_t at_a_time = 32;
  std::vector<Result<LoadedKept>> all(ids.size(), Error{Errc::unavailable, ""});
  const auto load = [&store, deadline](CartId id, Result<LoadedKept>& result) -> boost::asio::awaitable<void> {
    result = co_await load_kept(store, std::move(id), deadline);
  };
  for (std::size_t i = 0; i < ids.size();) {
    std::vector<boost::asio::awaitable<void>> some;
    for (; i < ids.size() && some.size() < at_a_time; ++i) some.push_back(load(ids[i], all[i]));
    co_await all_of(std::move(some));
  }
  co_return all;
}

bool is_of_its_key(ReplyView reply) { return reply.is_error() && reply.text().starts_with("WRONGTYPE"); }

}  // namespace

boost::asio::awaitable<Result<std::vector<CartId>>> RedisCartStore::carts_of_keys(std::vector<std::string> keys,
                                                                                  std::string any_key, bool are_meta,
                                                                                  Deadline deadline) {
  std::vector<CartId> ids;
  for (const std::string& key : keys)
    if (auto id = are_meta ? cart_of_meta_key(key) : cart_of_key(key)) ids.push_back(std::move(*id));
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  if (are_meta || ids.empty()) co_return ids;
  redis::Request request;
  for (const CartId& id : ids) request.add({"HLEN", meta_key(id)});
  const auto answer = co_await client_.send(any_key, std::move(request), deadline);
  if (!answer) co_return does_not_answer();
  const ReplyView replies = answer->reply.view();
  if (replies.is_error()) co_return read_error_of(replies);
  // One command has one reply.
  const bool is_one = ids.size() == 1;
  if (!is_one && replies.size() != ids.size()) co_return unexpected_reply();
  std::vector<CartId> without_meta;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ReplyView reply = is_one ? replies : replies[i];
    const bool has_meta = is_of_its_key(reply) || (!reply.is_error() && reply.integer() != 0);
    if (!has_meta) without_meta.push_back(std::move(ids[i]));
  }
  co_return without_meta;
}

boost::asio::awaitable<Result<std::size_t>> RedisCartStore::read_carts(CartPage& page, std::vector<CartId> ids,
                                                                       std::string any_key, Deadline deadline) {
  std::size_t bytes = 0;
  if (ids.empty()) co_return bytes;
  redis::Request request = hashes_of(ids);
  request.add({"TIME"});
  const auto answer = co_await client_.send(any_key, std::move(request), deadline);
  if (!answer) co_return does_not_answer();
  const ReplyView replies = answer->reply.view();
  if (replies.is_error()) co_return read_error_of(replies);
  if (replies.size() != replies_a_cart * ids.size() + 1) co_return unexpected_reply();
  const auto server_now = server_time_from(replies[replies.size() - 1]);
  const Time now = own_clock().value_or(server_now.value_or(now_ms(clock_)));
  std::vector<Loaded> whole;
  std::vector<CartId> torn;
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const ReplyView meta = replies[replies_a_cart * i];
    const ReplyView lines = replies[replies_a_cart * i + 1];
    const ReplyView token = replies[replies_a_cart * i + 2];
    if (is_of_its_key(meta)) {
      page.unreadable.push_back({ids[i].str(), read_error_of(meta).detail});
      continue;
    }
    // In the place of the lines there may be a text of another service, which is read otherwise.
    if (meta.is_error() || lines.is_error() || token.is_error() || !is_whole(meta, token)) {
      torn.push_back(ids[i]);
      continue;
    }
    if (meta.size() == 0 && lines.size() == 0) continue;  // It is gone.
    Result<SnapshotPtr> snapshot = snapshot_from(lines, meta, ids[i], now, policy_.limits.replay_horizon);
    if (snapshot) whole.push_back({std::move(*snapshot), true, now});
    else page.unreadable.push_back({ids[i].str(), snapshot.error().detail});
    for (const ReplyView hash : {meta, lines})
      for (std::size_t field = 0; field < hash.size(); ++field) bytes += hash[field].text().size();
  }
  ids.clear();
  for (const Loaded& one : whole) ids.push_back(one.snapshot->record.cart.id);
  auto complete = co_await complete_all_kept(*this, std::move(whole), deadline);
  std::vector<Result<LoadedKept>> again = co_await load_all_kept(*this, torn, deadline);
  for (std::size_t i = 0; i < torn.size(); ++i) {
    if (again[i] && again[i]->snapshot->adopts) bytes += again[i]->snapshot->adopts->size();
    complete.push_back(std::move(again[i]));
    ids.push_back(std::move(torn[i]));
  }
  for (std::size_t i = 0; i < complete.size(); ++i) {
    if (!complete[i] && complete[i].error().code != Errc::corrupt) co_return complete[i].error();
    if (!complete[i]) {
      page.unreadable.push_back({ids[i].str(), complete[i].error().detail});
      continue;
    }
    for (const auto& checkout : complete[i]->kept.checkouts) bytes += 128 * checkout->lines.size();
    page.carts.push_back(std::move(complete[i]->kept));
  }
  co_return bytes;
}

boost::asio::awaitable<Result<CartPage>> RedisCartStore::scan(ScanRequest request) {
  CartPage page;
  const bool begins = request.cursor.empty();
  auto cursor = begins ? Result<KeyCursor>(KeyCursor{}) : key_cursor_from(request.cursor);
  if (!cursor) co_return cursor.error();
  const auto begin = Deadline::clock::now();
  std::size_t bytes = 0;
  for (bool is_first = true;; is_first = false) {
    const bool are_meta = cursor->pattern == 1;
    const std::size_t count = are_meta ? std::min(most_keys, 2 * request.most) : most_names;
    auto keys = co_await scan_keys(client_, *cursor, begins && is_first, cart_patterns, count, request.deadline);
    if (!keys) co_return keys.error();
    auto ids = co_await carts_of_keys(std::move(keys->keys), keys->any_key, are_meta, request.deadline);
    if (!ids) co_return ids.error();
    const auto read = co_await read_carts(page, std::move(*ids), keys->any_key, request.deadline);
    if (!read) co_return read.error();
    bytes += *read;
    if (keys->is_last) co_return page;
    *cursor = std::move(keys->next);
    // A page without a cart is none that anybody waits for longer.
    const bool is_late = Deadline::clock::now() - begin > (request.deadline - begin) / 4;
    if (page.carts.size() >= request.most || bytes >= request.most_bytes || is_late) break;
  }
  page.next = cursor_text(*cursor);
  co_return page;
}

bool RedisCartStore::can_keep(const CartId& cart, const CheckoutId& checkout) const {
  return redis::key_slot(checkout_key(checkout)) == redis::key_slot(cart_key(cart)) ||
         client_.status().topology != redis::Topology::cluster;
}

boost::asio::awaitable<Result<UserPage>> RedisUserStore::scan(ScanRequest request) {
  constexpr std::string_view prefix = "user:";
  UserPage page;
  const bool begins = request.cursor.empty();
  auto cursor = begins ? Result<KeyCursor>(KeyCursor{}) : key_cursor_from(request.cursor);
  if (!cursor) co_return cursor.error();
  const auto begin = Deadline::clock::now();
  for (bool is_first = true;; is_first = false) {
    auto keys = co_await scan_keys(client_, *cursor, begins && is_first, user_patterns, most_keys, request.deadline);
    if (!keys) co_return keys.error();
    std::vector<UserId> ids;
    for (const std::string& key : keys->keys)
      if (auto id = UserId::parse(std::string_view(key).substr(std::min(prefix.size(), key.size()))))
        ids.push_back(std::move(*id));
    if (ids.empty() && keys->is_last) co_return page;
    redis::Request hashes;
    for (const UserId& id : ids) hashes.add({"HGETALL", std::string(prefix) + id.str()});
    hashes.add({"PING"});  // So that there are several replies.
    const auto answer = co_await client_.send(keys->any_key, std::move(hashes), request.deadline);
    if (!answer) co_return does_not_answer();
    const ReplyView replies = answer->reply.view();
    if (!ids.empty() && replies.size() != ids.size() + 1) co_return unexpected_reply();
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool has_moved = replies[i].is_error() && !is_of_its_key(replies[i]);
      Result<UserFields> user = Error{Errc::unavailable, ""};
      if (has_moved) user = co_await find(ids[i], request.deadline);
      else user = user_from(replies[i]);
      if (user) page.users.push_back({std::move(ids[i]), std::move(*user)});
      else if (user.error().code == Errc::corrupt) page.unreadable.push_back({ids[i].str(), user.error().detail});
      else if (user.error().code != Errc::not_found) co_return user.error();
    }
    if (keys->is_last) co_return page;
    *cursor = std::move(keys->next);
    const bool is_late = Deadline::clock::now() - begin > (request.deadline - begin) / 4;
    if (page.users.size() >= request.most || is_late) break;
  }
  page.next = cursor_text(*cursor);
  co_return page;
}

}  // namespace cartd
