// The port to where carts live. One adapter a folder below this one; all of them pass the same contract suite. A store
// knows records and no rules: it loads what is there, and writes what was decided on it if that is still there.
//
// Threads: a store belongs to one reactor and is called on it alone; no call blocks it. Calls on different carts
// may overlap; the caller keeps the order of calls on one cart.
// Failure: Errc::unavailable means that surely nothing was done, Errc::outcome_unknown that it may have been.
#pragma once

#include "domain/command.h"
#include "domain/command_id.h"
#include "domain/durability.h"
#include "domain/edits.h"
#include "domain/error.h"
#include "domain/record.h"
#include "store/owned.h"
#include "store/scan.h"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// When an answer is due. A call that has no answer by then answers Errc::unavailable or Errc::outcome_unknown.
using Deadline = std::chrono::steady_clock::time_point;

/// Where a write is in a store's history: in which epoch, and before which checkpoint of it. An epoch ends where
/// another server takes over that may not have all of it; what a store has applied in one epoch is never undone within
/// it.
struct WritePosition {
  std::uint64_t epoch = 1;             ///< 0: not known. A store that loses nothing has one epoch, 1.
  std::uint64_t checkpoint = 0;        ///< See CartStore::durable_checkpoint().
  std::uint64_t slot_owner_epoch = 0;  ///< While a cart moves: the epoch that answers for it. 0: `epoch` itself.

  std::uint64_t owner_epoch() const { return slot_owner_epoch != 0 ? slot_owner_epoch : epoch; }

  friend bool operator==(const WritePosition&, const WritePosition&) = default;
};

/// Stands for one state of a record: another one after every commit, of whatever process. 0: there is no record, or one
/// that cartd did not write. Lines are not covered: where plain clients write them, they change under the same token.
using Token = std::uint64_t;

/// A store's record of a cart at some moment. Shared, never changed.
struct Snapshot {
  explicit Snapshot(CartRecord its_record) : record(std::move(its_record)) {}

  CartRecord record;
  Token token = 0;
  /// The cart's time was over, and `record` is what follows it: the store still holds members of the earlier cart, and
  /// drops them with the next commit.
  bool has_expired = false;
  /// For the store's own use: details of lines that are gone, dropped with the next commit …
  std::vector<std::string> details_without_line{};
  /// … in how many fields it keeps the lines, and that it has noted that some have labels.
  std::size_t line_fields = 0;
  bool notes_labels = false;
  /// … and the text of another service, which stands in the cart's place and which `record` was made of: the next
  /// commit puts the record in its place, if it is still the same. Null: none does.
  std::shared_ptr<const std::string> adopts{};
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

struct Loaded {
  SnapshotPtr snapshot;  ///< Never null: a cart that was never written is an empty one.
  /// This is the state of a moment during the call. Else it is one that was there before, and may not be the last.
  bool is_current = true;
  Time now{};  ///< By the store's clock, which decides whether a cart's time is over.
  WritePosition position{};
};

struct CommitRequest {
  CartId cart;
  SnapshotPtr base;  ///< The record that the edits were decided on.
  RecordEdits edits;
  bool lines_wanted;  ///< Committed::snapshot is to show what plain clients did to lines that the edits do not name.
  Deadline deadline;
};

struct Committed {
  bool was_current;      ///< False: `base` was not the cart's state any more, and nothing was done.
  SnapshotPtr snapshot;  ///< After the commit, or as it is instead of `base`.
  Time now{};            ///< As Loaded::now; only where `was_current` is false.
  WritePosition position{};
};

/// Pieces for a line without a label, whose details stay, in a cart whose record this process does not have.
struct AddRequest {
  CartId cart;
  LineId line;
  std::int64_t quantity;
  std::optional<Idempotency> idempotency;
  CommandId command_id;
  std::uint64_t required;  ///< The sequence of the command's producer that the record must have; 0: none.
  Deadline deadline;
};

struct Added {
  bool was_added;  ///< False: nothing was done, and `loaded` is to be decided on.
  Loaded loaded;   ///< The cart after that; current.
};

/// `beginning`, of at most ten characters of URL-safe base64, and 128 random bits. Does not begin with "-", as
/// `beginning` does not.
CheckoutId random_checkout_id(std::string_view beginning);

/// A store's state for /readyz.
struct StoreState {
  bool ready;
  std::string detail;  ///< For people: why it is not ready. No addresses, no secrets.
};

/// A store's knowledge without asking over the network: nothing here waits.
class StoreView {
 public:
  virtual ~StoreView() = default;

  /// This process's record of the cart, without asking: Loaded::is_current says whether it is current. Nothing
  /// when it knows nothing.
  virtual std::optional<Loaded> known(const CartId& id) = 0;

  virtual Durability durability() const = 0;

  /// False while the store is known not to answer for this cart: asking would only cost time.
  virtual bool serves(const CartId&) const { return true; }

  /// The epoch that would answer for this cart now; 0 while none is known.
  virtual std::uint64_t epoch_of(const CartId&) const { return WritePosition{}.epoch; }

  /// Changes placed in `epoch` in checkpoints up to this one can be lost by no single fault.
  virtual std::uint64_t durable_checkpoint(std::uint64_t /*epoch*/) const {
    return std::numeric_limits<std::uint64_t>::max();
  }
};

class CartStore : public StoreView {
 public:
  /// The cart's record. Reading creates nothing and renews nothing.
  virtual boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline deadline) = 0;

  /// Writes edits that are not empty, if the record is still `base`'s and each line that they name still has the
  /// quantity that was seen (all lines, where the edits cover all): in one atomic step, wholly or not at all. In that
  /// step, too, what they say of checkouts' contents.
  virtual boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) = 0;

  /// load(), after it did what decide() would make of the Add, if it can: in one atomic step, and only where that
  /// changes one quantity and the members of each change, and no limit and no expiry is near. A store whose load is
  /// cheap only loads.
  virtual boost::asio::awaitable<Result<Added>> add(AddRequest request);

  /// A name for a new checkout of this cart, by which this store finds it.
  virtual CheckoutId new_checkout_id(const CartId& cart);

  /// A checkout that edits left (RecordEdits::checkout_contents), or the order that it became; null where there is
  /// none, or where it is to be forgotten. Beside the record: a commit that came between load() and this shows in it.
  virtual boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId id,
                                                                                        Deadline deadline) = 0;

  /// A page of all carts whose records are not forgotten, each as it was at some moment during the call, in no order. A
  /// cart that is there all the while is in some page; one may be in several. What cannot be read is listed, and ends
  /// nothing. Where shows_all() is false, only those of this loop. Errc::invalid: no cursor of this store.
  virtual boost::asio::awaitable<Result<CartPage>> scan(ScanRequest request);

  /// A page of the carts that have this owner, as they are during the call: none that is gone or whose time is over. A
  /// cart that the owner has all the while is in exactly one page. Where shows_all() is false, only those of this loop.
  /// A record that cannot be read is passed over.
  virtual boost::asio::awaitable<Result<OwnedPage>> carts_of(OwnedRequest request);

  /// Whether all loops' stores show the same carts.
  virtual bool shows_all() const { return true; }

  /// Whether a checkout with this id, which another store may have made, can be kept beside the cart.
  virtual bool can_keep(const CartId&, const CheckoutId&) const { return true; }

  /// Asks the store itself whether it can serve now.
  virtual boost::asio::awaitable<StoreState> check(Deadline deadline) = 0;
};

}  // namespace cartd
