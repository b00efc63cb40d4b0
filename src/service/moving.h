// Moving carts and users between stores: pages of all that this process' store keeps, and putting such pages into it.
// It goes to the store itself, past the outbox: what an outbox has not sent yet is not in a page, and a change that
// arrives meanwhile is found by the comparison that every commit makes.
//
// Threads: as CartService.
#pragma once

#include "domain/kept_cart.h"
#include "domain/user.h"
#include "runtime/clock.h"
#include "runtime/reactor.h"
#include "service/cart_service.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

struct UnreadableReport {
  bool is_user;
  std::string id;   ///< Empty: not known.
  std::string why;  ///< For people.
};

struct ExportPage {
  std::vector<KeptCart> carts{};  ///< Each as kept_at() gives it.
  std::vector<std::pair<UserId, UserFields>> users{};
  std::vector<UnreadableReport> unreadable{};
  std::optional<std::string> next{};  ///< Where to go on; nothing: this was the last page.
};

/// A cart or a user, and the digest of a state that it may be written over; empty: of none.
struct ImportedCart {
  KeptCart kept;
  std::string replaces{};
};
struct ImportedUser {
  UserId id;
  UserFields fields;
  std::string replaces{};
};

enum class ImportOutcome {
  imported,
  same,      ///< It was there already.
  conflict,  ///< Another state is there. Nothing was done.
  expired,   ///< Its time is over. Nothing was done.
  refused,   ///< It cannot be kept, ever. Nothing was done.
  failed,    ///< The store did not take it now, or nobody knows whether it did: it can be sent again.
};

struct ImportResult {
  ImportOutcome outcome = ImportOutcome::failed;
  std::string reason{};  ///< For people, of what was refused or failed.
};

class Moving {
 public:
  /// All of them outlive it.
  Moving(Reactors& reactors, std::vector<Shard>& shards, const Clock& clock, CartServiceOptions options);

  /// The page at `cursor`, the first one where it is empty, of about `most` carts or users. Errors: invalid: it is none
  /// of this store's cursors; unavailable.
  boost::asio::awaitable<Result<ExportPage>> page(std::string cursor, std::size_t most);

  /// Puts them into the store, each where there is none, or where `replaces` is the digest of what there is. The
  /// results are in their order. They are carried out together; none is named twice.
  boost::asio::awaitable<std::vector<ImportResult>> import(std::vector<ImportedCart> carts);
  boost::asio::awaitable<std::vector<ImportResult>> import(std::vector<ImportedUser> users);

 private:
  boost::asio::awaitable<void> import(ImportedCart cart, ImportResult& result);
  boost::asio::awaitable<void> import(ImportedUser user, ImportResult& result);
  template <class Imported, class IdOf>
  boost::asio::awaitable<std::vector<ImportResult>> import_all(std::vector<Imported> all, IdOf id_of);

  Reactors& reactors_;
  std::vector<Shard>& shards_;
  const Clock& clock_;
  const CartServiceOptions options_;
};

}  // namespace cartd
