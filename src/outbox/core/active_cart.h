// A cart of which the process has unapplied or unconfirmed changes in memory, or readers that wait for them. Most carts
// stand here for their unconfirmed changes alone, so what only the others need is allocated apart.
#pragma once

#include "domain/record.h"
#include "outbox/core/actions.h"
#include "outbox/core/cart_queue.h"
#include "outbox/core/instant.h"
#include "outbox/core/pending_ages.h"
#include "outbox/core/request.h"
#include "outbox/core/retry.h"
#include "store/execute.h"
#include "store/footprint.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace cartd::outbox {

/// A group on its way to the store.
struct Sending {
  Sending(std::vector<CartQueue::Attempt> its_attempts, CommandGroup group, const Policy& policy,
          std::uint64_t to_epoch)
      : attempts(std::move(its_attempts)), execution(std::move(group), policy), epoch(to_epoch) {}

  std::vector<CartQueue::Attempt> attempts;
  Execution execution;
  std::uint64_t epoch;  ///< Of the store, when it was sent there.
};

/// A read that waits until the store has what this process has acknowledged.
struct Reader {
  RequestId request;
  Deadline deadline;
};

/// A change on its way to the journal while the store is away. The next one is decided on what it leaves, and it leaves
/// nothing if the disk refuses it: so what comes meanwhile waits for the disk's answer.
struct Keeping {
  struct Waiting {
    Request request;
    Change change;
  };

  Change change;  ///< As it goes to the store.
  std::deque<Waiting> behind{};
};

/// A cart with what is acknowledged on top, counted in the bytes of all views as long as it is there.
struct KeptView {
  KeptView(const CartRecord& its_record, std::size_t& all) : record(its_record), bytes(footprint(record)), total(all) {
    total += bytes;
  }
  ~KeptView() { total -= bytes; }
  KeptView(const KeptView&) = delete;
  KeptView& operator=(const KeptView&) = delete;

  const CartRecord record;
  const std::size_t bytes;
  std::size_t& total;
};

struct ActiveCart {
  CartQueue queue{};
  std::unique_ptr<Sending> sending{};
  std::unique_ptr<Keeping> keeping{};
  std::unique_ptr<KeptView> view{};  ///< Where making it again would take long.
  std::unique_ptr<HopelessAttempts> hopeless{};
  std::vector<Reader> readers{};

  bool is_listed = false;                    ///< It stands in the list of carts to be sent again.
  bool is_replayed = false;                  ///< It is being sent because it stood there.
  unsigned setbacks = 0;                     ///< Answers in a row after which as many changes waited as before.
  unsigned rests = 0;                        ///< How often it was laid aside in a row.
  std::uint32_t waiting_at_start = 0;        ///< So many changes waited when it was last begun with.
  std::optional<SteadyTime> paused_until{};  ///< Somebody waits for its changes, which are not sent before.
  SteadyTime rests_until{};                  ///< Not sent again before, unless a request comes.
  /// When its oldest waiting change was given its id: known from when it is listed, until none waits.
  std::optional<PendingAges::Second> pending_since{};

  /// A group is under way, or is to be sent again shortly.
  bool is_driven() const { return sending != nullptr || paused_until.has_value(); }
  bool is_done() const { return queue.empty() && !is_driven() && !keeping && !is_listed && readers.empty(); }
};

}  // namespace cartd::outbox
