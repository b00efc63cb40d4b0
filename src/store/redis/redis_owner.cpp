// Owners' lists of carts in Redis: making entries with commits, and pages.
#include "runtime/all_of.h"
#include "store/redis/cart_layout.h"
#include "store/redis/owner_list.h"
#include "store/redis/redis_cart_store.h"
#include "store/redis/script.h"
#include "store/redis/store_error.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using redis::ReplyView;

// A commit that was sent is carried out in a few seconds, or never: the connection that it was sent on ends.
constexpr std::chrono::seconds commit_time(60);
// So that a list's expiry need not be moved with each of its carts.
constexpr std::chrono::hours list_time(24);

Error list_unavailable() {
  return {Errc::unavailable, "the owner's list of carts cannot be written; nothing was done"};
}

/// Somebody else's value stands in the place of the list. That is no reason to refuse changes of carts.
bool is_no_list(ReplyView reply) {
  return reply.is_error() && reply.text().find("WRONGTYPE") != std::string_view::npos;
}

std::string list_ms(Millis ms) { return std::to_string(ms.count()); }

/// A member and what it says.
struct FoundEntry {
  std::string member;
  ListEntry entry;
};

/// The entries of the kind that is asked for, those that nobody but somebody else made, and whether there may be more.
struct FoundEntries {
  std::vector<FoundEntry> wanted{};
  std::vector<std::string> wrong{};
  std::optional<CartPlace> next{};  ///< Behind all of these; nothing: there are no more.
};

FoundEntries entries_in(ReplyView members, const KindFilter& kind, std::size_t most) {
  FoundEntries found;
  std::vector<FoundEntry> all;
  for (std::size_t i = 0; i < members.size(); ++i) {
    std::string member(members[i].text());
    if (auto entry = entry_from(member)) all.push_back({std::move(member), std::move(*entry)});
    else found.wrong.push_back(std::move(member));
  }
  if (members.size() >= most && !all.empty()) {
    // A cart whose kind is being changed has two entries, of which the second may not be among these.
    const CartPlace last = all.back().entry.place;
    const bool has_others = all.front().entry.place != last;
    while (has_others && all.back().entry.place == last) all.pop_back();
    found.next = all.back().entry.place;
  }
  for (FoundEntry& one : all)
    if (shows(kind, one.entry.kind)) found.wanted.push_back(std::move(one));
  return found;
}

/// Whether the cart is what its entry says.
bool is_as_listed(const Cart& cart, const UserId& owner, const ListEntry& entry) {
  return cart.owner == owner && cart.kind == entry.kind && place_of(cart) == entry.place;
}

}  // namespace

boost::asio::awaitable<std::optional<Error>> RedisCartStore::list_cart(const CommitRequest& request) {
  const auto listing = listing_after(request);
  if (!listing) co_return std::nullopt;
  const std::string list = list_key(listing->owner);
  if (!listing->is_new && (listed_.has(*listing, client_.epoch_of(list)) || !client_.serves(list)))
    co_return std::nullopt;
  const std::string guard = listing_key(listing->owner);
  const Time lives_until = listing->expires_at + list_time;
  const std::string until = list_ms(lives_until.time_since_epoch());
  const std::string pause = list_ms(commit_time);
  const ScriptArguments arguments{{list, guard}, {listing->member, until, pause}};
  // An entry that is most probably there is not worth all of the time.
  const auto now = Deadline::clock::now();
  const Deadline deadline = listing->is_new ? request.deadline : now + (request.deadline - now) / 2;
  const auto reply = co_await run_script(client_, list_cart_script(), arguments, deadline);
  const bool is_made = reply && !reply->reply.view().is_error();
  if (is_made) listed_.note(*listing, reply->position.epoch, lives_until);
  if (is_made || !listing->is_new || (reply && is_no_list(reply->reply.view()))) co_return std::nullopt;
  if (!reply) co_return list_unavailable();
  Error error = read_error_of(reply->reply.view());
  co_return error.code == Errc::store_full ? error : list_unavailable();
}

boost::asio::awaitable<void> RedisCartStore::unlist(UserId owner, std::vector<std::string> members, Deadline deadline) {
  const std::string list = list_key(owner);
  const std::string guard = listing_key(owner);
  const ScriptArguments arguments{{list, guard}, {members.begin(), members.end()}};
  // If it is not done, the next reader does it.
  (void)co_await run_script(client_, unlist_carts_script(), arguments, deadline);
}

boost::asio::awaitable<Result<OwnedPage>> RedisCartStore::carts_of(OwnedRequest request) {
  const std::string list = list_key(request.owner);
  const std::size_t most = request.kind ? most_looked_at : std::min(2 * request.most + 2, most_looked_at);
  const std::string begin = request.after ? "(" + behind_members(*request.after) : std::string("-");
  redis::Request find{"ZRANGEBYLEX", list, begin, "+", "LIMIT", "0", std::to_string(most)};
  find.only_reads();
  const auto reply = co_await client_.send(list, std::move(find), request.deadline);
  if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
  const ReplyView members = reply->reply.view();
  if (is_no_list(members))
    co_return Error{Errc::corrupt, "the owner's list of carts is no sorted set; another program wrote it"};
  if (members.is_error()) co_return read_error_of(members);
  if (members.type() != ReplyView::Type::array) co_return unexpected_reply();
  FoundEntries found = entries_in(members, request.kind, most);
  OwnedPage page;
  const auto load_into = [this, deadline = request.deadline](CartId id,
                                                             Result<Loaded>& to) -> boost::asio::awaitable<void> {
    to = co_await load(std::move(id), deadline);
  };
  std::size_t next = 0;
  while (next < found.wanted.size() && page.carts.size() < request.most) {
    const std::size_t count = std::min(request.most - page.carts.size(), found.wanted.size() - next);
    std::vector<Result<Loaded>> loaded(count, Error{Errc::unavailable, ""});
    std::vector<boost::asio::awaitable<void>> loads;
    for (std::size_t i = 0; i < count; ++i)
      loads.push_back(load_into(found.wanted[next + i].entry.place.id, loaded[i]));
    co_await all_of(std::move(loads));
    for (std::size_t i = 0; i < count; ++i, ++next) {
      if (!loaded[i] && loaded[i].error().code != Errc::corrupt) co_return loaded[i].error();
      if (!loaded[i]) continue;
      const Cart& cart = loaded[i]->snapshot->record.cart;
      if (is_as_listed(cart, request.owner, found.wanted[next].entry)) page.carts.push_back(owned_from(cart));
      else found.wrong.push_back(std::move(found.wanted[next].member));
    }
  }
  page.next = std::move(found.next);
  if (next < found.wanted.size()) page.next = found.wanted[next - 1].entry.place;
  if (!found.wrong.empty()) co_await unlist(std::move(request.owner), std::move(found.wrong), request.deadline);
  co_return page;
}

}  // namespace cartd
