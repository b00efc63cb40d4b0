#include "service/moving.h"

#include "format/kept_json.h"
#include "runtime/all_of.h"
#include "store/kept.h"
#include "store/shard.h"
#include "util/decimal.h"

#include <chrono>
#include <cstdint>

namespace cartd {
namespace {

// Whoever moves carts can wait longer than customers, and asks for more at once.
constexpr std::chrono::seconds patience(5);

Deadline patient_deadline() { return Deadline::clock::now() + patience; }

constexpr char carts_part = 'c';
constexpr char users_part = 'u';

/// "c0." and the store's cursor: carts of the first loop's store.
struct PageCursor {
  char part = carts_part;
  std::size_t shard = 0;
  std::string store{};
};

std::optional<PageCursor> page_cursor_from(std::string_view text) {
  if (text.empty()) return PageCursor{};
  const std::size_t dot = text.find('.');
  if (dot == std::string_view::npos || (text.front() != carts_part && text.front() != users_part)) return std::nullopt;
  const auto shard = util::parse_number<std::uint16_t>(text.substr(1, dot - 1));
  if (!shard) return std::nullopt;
  return PageCursor{text.front(), *shard, std::string(text.substr(dot + 1))};
}

std::string text_of(const PageCursor& cursor) {
  return cursor.part + std::to_string(cursor.shard) + '.' + cursor.store;
}

ImportResult result_of(const Error& error) {
  const bool may_work_later =
      error.code == Errc::unavailable || error.code == Errc::outcome_unknown || error.code == Errc::store_full;
  return {may_work_later ? ImportOutcome::failed : ImportOutcome::refused, error.detail};
}

ImportOutcome outcome_of(PutOutcome outcome) {
  switch (outcome) {
    case PutOutcome::written: return ImportOutcome::imported;
    case PutOutcome::same: return ImportOutcome::same;
    case PutOutcome::other: return ImportOutcome::conflict;
    case PutOutcome::too_late: break;
  }
  return ImportOutcome::expired;
}

boost::asio::awaitable<bool> together(std::vector<boost::asio::awaitable<void>> tasks) {
  co_await all_of(std::move(tasks));
  co_return true;
}

boost::asio::awaitable<void> there(Reactor& home, boost::asio::awaitable<bool> work) {
  co_await run_on(home, std::move(work));
}

}  // namespace

Moving::Moving(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, CartServiceOptions options)
    : reactors_(reactors), shards_(shards), clock_(clock), options_(std::move(options)) {}

boost::asio::awaitable<Result<ExportPage>> Moving::page(std::string cursor, std::size_t most) {
  const Error none{Errc::invalid, "the cursor is none of this store"};
  std::optional<PageCursor> at = page_cursor_from(cursor);
  if (!at || at->shard >= shards_.size()) co_return none;
  ScanRequest request;
  request.cursor = at->store;
  request.most = most;
  request.deadline = patient_deadline();
  ExportPage page;
  std::string next;
  Shard& shard = shards_[at->shard];
  Reactor& home = reactors_[at->shard];
  const bool are_carts = at->part == carts_part;
  const Time now = now_ms(clock_);
  if (are_carts) {
    Result<CartPage> scanned = co_await run_on(home, shard.carts->scan(std::move(request)));
    if (!scanned) co_return scanned.error();
    for (KeptCart& kept : scanned->carts)
      page.carts.push_back(kept_at(std::move(kept), now, options_.policy.limits.replay_horizon));
    for (Unreadable& one : scanned->unreadable)
      page.unreadable.push_back({false, std::move(one.id), std::move(one.why)});
    next = std::move(scanned->next);
  } else {
    Result<UserPage> scanned = co_await run_on(home, shard.users->scan(std::move(request)));
    if (!scanned) co_return scanned.error();
    for (KeptUser& user : scanned->users) page.users.emplace_back(std::move(user.id), std::move(user.fields));
    for (Unreadable& one : scanned->unreadable)
      page.unreadable.push_back({true, std::move(one.id), std::move(one.why)});
    next = std::move(scanned->next);
  }
  const bool shows_all = are_carts ? shard.carts->shows_all() : shard.users->shows_all();
  if (!next.empty()) page.next = text_of({at->part, at->shard, std::move(next)});
  else if (!shows_all && at->shard + 1 < shards_.size()) page.next = text_of({at->part, at->shard + 1});
  else if (are_carts) page.next = text_of({users_part, 0});
  co_return page;
}

boost::asio::awaitable<void> Moving::import(ImportedCart cart, ImportResult& result) {
  CartStore& store = *shards_[reactors_.home(cart.kept.record.cart.id.str())].carts;
  MayReplace may_replace;
  if (!cart.replaces.empty())
    may_replace = [digest = std::move(cart.replaces)](const KeptCart& there) {
      return format::digest_of(there) == digest;
    };
  KeptCart kept = std::move(cart.kept);
  const Result<PutOutcome> put = co_await put_kept(store, std::move(kept), std::move(may_replace), options_.policy,
                                                   now_ms(clock_), patient_deadline());
  if (put) result.outcome = outcome_of(*put);
  else result = result_of(put.error());
}

boost::asio::awaitable<void> Moving::import(ImportedUser user, ImportResult& result) {
  if (auto valid = validate(user.fields, options_.policy.limits); !valid) {
    result = {ImportOutcome::refused, valid.error().detail};
    co_return;
  }
  UserStore& store = *shards_[reactors_.home(user.id.str())].users;
  UserFields before;
  for (bool is_known = false;; is_known = true) {
    const Result<bool> replaced = co_await store.replace(user.id, before, user.fields, patient_deadline());
    if (!replaced) result = result_of(replaced.error());
    else if (*replaced) result.outcome = ImportOutcome::imported;
    // Somebody else changes the user all the while.
    else if (is_known) result.outcome = ImportOutcome::conflict;
    if (!replaced || *replaced || is_known) co_return;
    Result<UserFields> there = co_await store.find(user.id, patient_deadline());
    if (!there && there.error().code != Errc::not_found) {
      result = result_of(there.error());
      co_return;
    }
    if (there && *there == user.fields) {
      result.outcome = ImportOutcome::same;
      co_return;
    }
    if (there && (user.replaces.empty() || format::digest_of(user.id, *there) != user.replaces)) {
      result.outcome = ImportOutcome::conflict;
      co_return;
    }
    before = there ? std::move(*there) : UserFields{};
  }
}

template <class Imported, class IdOf>
boost::asio::awaitable<std::vector<ImportResult>> Moving::import_all(std::vector<Imported> all, IdOf id_of) {
  std::vector<ImportResult> results(all.size());
  std::vector<std::vector<boost::asio::awaitable<void>>> by_home(reactors_.size());
  for (std::size_t i = 0; i < all.size(); ++i)
    by_home[reactors_.home(id_of(all[i]))].push_back(import(std::move(all[i]), results[i]));
  std::vector<boost::asio::awaitable<void>> homes;
  for (std::size_t i = 0; i < by_home.size(); ++i)
    if (!by_home[i].empty()) homes.push_back(there(reactors_[i], together(std::move(by_home[i]))));
  co_await all_of(std::move(homes));
  co_return results;
}

boost::asio::awaitable<std::vector<ImportResult>> Moving::import(std::vector<ImportedCart> carts) {
  return import_all(std::move(carts), [](const ImportedCart& cart) { return cart.kept.record.cart.id.str(); });
}

boost::asio::awaitable<std::vector<ImportResult>> Moving::import(std::vector<ImportedUser> users) {
  return import_all(std::move(users), [](const ImportedUser& user) { return user.id.str(); });
}

}  // namespace cartd
