// The one definition of what a command does to a cart. Stores that keep records run it as it is; stores that
// cannot (Redis) do the same in their own language and are tested against it.
#pragma once

#include "domain/cart.h"
#include "domain/command.h"
#include "domain/error.h"
#include "domain/limits.h"
#include "domain/stamp.h"
#include "domain/time.h"

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace cartd {

/// The newest command of one lane that the cart has seen.
struct Mark {
  Lane lane;
  std::uint64_t seq;

  friend bool operator==(const Mark&, const Mark&) = default;
};

struct RememberedKey {
  Idempotency idempotency;
  Time at;

  friend bool operator==(const RememberedKey&, const RememberedKey&) = default;
};

/// All that a store keeps of one cart. Version, marks and keys outlive the cart by the replay horizon.
struct CartRecord {
  Cart cart;
  std::vector<Mark> marks{};
  std::vector<RememberedKey> keys{};
  /// From then on a store may forget the record altogether: the replay horizon after the cart's expiry, or after
  /// its last command when the cart is gone.
  Time forget_at{};
};

struct ApplyContext {
  Stamp stamp;
  Time now;
  Millis ttl;
  const Limits& limits;
  /// What marks have to have reached: the newest command of each lane that the record is known to have had.
  std::span<const Mark> reached{};
  /// False for a command that was accepted before: limits and expected_version are not judged again.
  bool judged = true;
};

enum class Effect {
  changed,    ///< The command took effect and the version rose.
  unchanged,  ///< Accepted; there was nothing to change.
  duplicate,  ///< This stamp was applied before; nothing happened now.
  replayed,   ///< The idempotency key stood for this very command; nothing changed now.
};

struct Outcome {
  Effect effect;
  bool found_expired = false;  ///< The command met a cart whose time was over, and started it afresh.
};

/// Applies `change`, valid by validate(), to `record`: wholly, or, on an error, not at all. The order of judgement:
/// 1. an expired cart counts as gone; 2. a stamp that is not above its lane's mark changes nothing; 3. a mark that has
/// not reached what it has to (Errc::rolled_back: the store lost commands, which have to come first); 4. a
/// remembered key (Errc::idempotency_mismatch when it stood for another command); 5. expected_version
/// (Errc::version_mismatch); 6. the command (Errc::limit_exceeded).
///
/// An accepted command, a replayed one too, renews the expiry of a cart that exists, unless that would move it by 1 % of
/// the ttl or less, and leaves its mark and key, unless there is neither a cart nor a key nor a change to speak of.
Result<Outcome> apply(CartRecord& record, const Change& change, const ApplyContext& context);

/// The cart as a reader sees it at `now`: an expired one is empty, but keeps its version.
Cart visible(const CartRecord& record, Time now);

}  // namespace cartd
