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

/// The entries of one cart: more than one, when its kind has changed and nobody has taken the earlier ones out.
struct ListedCart {
  CartPlace place;
  std::vector<std::pair<std::string, std::optional<CartKind>>> members{};  ///< With their kinds.
};

/// What is read of a list, a piece after the other.
class EntryReader {
 public:
  EntryReader(KindFilter kind, std::optional<CartPlace> after, std::size_t most)
      : kind_(std::move(kind)), most_(most), begin_(after ? "(" + behind_members(*after) : std::string("-")) {}

  /// From where to read how many next.
  const std::string& begin() const { return begin_; }
  std::size_t most() const { return most_; }

  /// False: this was enough.
  bool take(ReplyView members) {
    for (std::size_t i = 0; i < members.size(); ++i) take_one(std::string(members[i].text()));
    looked_at_ += members.size();
    if (members.size() < most_) return false;
    // The last cart may have entries that were not read.
    if (places_.size() > 1) {
      places_.pop_back();
      next_ = places_.back().place;
      return false;
    }
    if (looked_at_ >= most_looked_at) {
      if (!places_.empty()) next_ = places_.back().place;
      return false;
    }
    begin_ = "(" + std::string(members[members.size() - 1].text());
    return true;
  }

  /// The carts with entries of the kind that is asked for.
  std::vector<ListedCart> take_wanted() {
    std::erase_if(places_, [](const ListedCart& one) { return one.members.empty(); });
    return std::move(places_);
  }
  std::vector<std::string> take_wrong() { return std::move(wrong_); }  ///< Members that cartd never makes.
  const std::optional<CartPlace>& next() const { return next_; }       ///< Behind all of these; nothing: no more.

 private:
  void take_one(std::string member) {
    auto entry = entry_from(member);
    if (!entry) return wrong_.push_back(std::move(member));
    if (places_.empty() || places_.back().place != entry->place) places_.push_back({std::move(entry->place)});
    if (shows(kind_, entry->kind)) places_.back().members.emplace_back(std::move(member), std::move(entry->kind));
  }

  KindFilter kind_;
  std::size_t most_;
  std::string begin_;
  std::size_t looked_at_ = 0;
  std::vector<ListedCart> places_{};
  std::vector<std::string> wrong_{};
  std::optional<CartPlace> next_{};
};

}  // namespace

boost::asio::awaitable<std::optional<Error>> RedisCartStore::list_cart(const CommitRequest& request) {
  const auto listing = listing_after(request);
  if (!listing) co_return std::nullopt;
  const std::string list = list_key(listing->owner);
  const auto begun = Deadline::clock::now();
  if (!listing->is_new && (listed_.has(*listing, client_.epoch_of(list), begun) || !client_.serves(list)))
    co_return std::nullopt;
  const std::string guard = listing_key(listing->owner);
  const Time lives_until = listing->expires_at + list_time;
  const std::string until = list_ms(lives_until.time_since_epoch());
  const std::string pause = list_ms(commit_time);
  const ScriptArguments arguments{{list, guard}, {listing->member, until, pause}};
  // An entry that is most probably there is not worth all of the time.
  const Deadline deadline = listing->is_new ? request.deadline : begun + (request.deadline - begun) / 2;
  const auto reply = co_await run_script(client_, list_cart_script(), arguments, deadline);
  const bool is_made = reply && !reply->reply.view().is_error();
  if (is_made) listed_.note(*listing, reply->position.epoch, lives_until, begun);
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
  EntryReader reader(request.kind, request.after,
                     request.kind ? most_looked_at : std::min(2 * request.most + 2, most_looked_at));
  for (bool goes_on = true; goes_on;) {
    redis::Request find{"ZRANGEBYLEX", list, reader.begin(), "+", "LIMIT", "0", std::to_string(reader.most())};
    find.only_reads();
    const auto reply = co_await client_.send(list, std::move(find), request.deadline);
    if (!reply) co_return Error{Errc::unavailable, "the store does not answer"};
    const ReplyView members = reply->reply.view();
    if (is_no_list(members))
      co_return Error{Errc::corrupt, "the owner's list of carts is no sorted set; another program wrote it"};
    if (members.is_error()) co_return read_error_of(members);
    if (members.type() != ReplyView::Type::array) co_return unexpected_reply();
    goes_on = reader.take(members);
  }
  OwnedPage page;
  page.next = reader.next();
  std::vector<std::string> wrong = reader.take_wrong();
  const std::vector<ListedCart> wanted = reader.take_wanted();
  const auto load_into = [this, deadline = request.deadline](CartId id,
                                                             Result<Loaded>& to) -> boost::asio::awaitable<void> {
    to = co_await load(std::move(id), deadline);
  };
  std::size_t next = 0;
  while (next < wanted.size() && page.carts.size() < request.most) {
    const std::size_t count = std::min(request.most - page.carts.size(), wanted.size() - next);
    std::vector<Result<Loaded>> loaded(count, Error{Errc::unavailable, ""});
    std::vector<boost::asio::awaitable<void>> loads;
    for (std::size_t i = 0; i < count; ++i) loads.push_back(load_into(wanted[next + i].place.id, loaded[i]));
    co_await all_of(std::move(loads));
    for (std::size_t i = 0; i < count; ++i, ++next) {
      if (!loaded[i] && loaded[i].error().code != Errc::corrupt) co_return loaded[i].error();
      if (!loaded[i]) continue;
      const Cart& cart = loaded[i]->snapshot->record.cart;
      const bool is_listed = cart.owner == request.owner && place_of(cart) == wanted[next].place;
      if (is_listed && shows(request.kind, cart.kind)) page.carts.push_back(owned_from(cart));
      for (const auto& [member, kind] : wanted[next].members)
        if (!is_listed || kind != cart.kind) wrong.push_back(member);
    }
  }
  if (next < wanted.size()) page.next = wanted[next - 1].place;
  if (!wrong.empty()) co_await unlist(std::move(request.owner), std::move(wrong), request.deadline);
  co_return page;
}

}  // namespace cartd
