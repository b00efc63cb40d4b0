// A decision's result as edits: the difference between the record that was and the one that is to be. Stores write it;
// they need to know nothing of the commands that it came from. Pure.
#pragma once

#include "domain/record.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd {

/// A line that the decision looked at. Where `quantity` is `seen` and the details did not change there is nothing to
/// write, but the decision holds only as long as the quantity is still `seen`.
struct LineEdit {
  LineId line;
  std::int64_t seen = 0;                         ///< The quantity that the decision was made on; 0: no such line.
  std::int64_t quantity = 0;                     ///< The quantity from now on; 0: no such line.
  bool details_changed = false;                  ///< `details` are others than before.
  std::shared_ptr<const LineDetails> details{};  ///< The line's details from now on.
};

/// Members that are absent stay as they are.
struct RecordEdits {
  bool starts_anew =
      false;  ///< The cart had expired: all that belonged to it goes first. `lines` build on an empty cart.
  bool covers_all_lines =
      false;  ///< The decision was made on all lines of the cart, and every line that is not named goes.
  std::vector<LineEdit> lines{};  ///< Each line once.
  std::optional<std::uint64_t> version{};
  std::optional<std::optional<Time>> created_at{};
  std::optional<std::optional<Time>> updated_at{};
  std::optional<std::optional<Time>> expires_at{};
  std::optional<std::optional<UserId>> owner{};
  std::optional<std::optional<CartKind>> kind{};
  std::optional<std::string> metadata{};             ///< Empty: there is none from now on.
  std::vector<AppliedSequence> applied_sequences{};  ///< Each replaces that of its producer.
  std::vector<ProducerId> dropped_producers{};
  std::vector<RememberedKey> keys{};  ///< Each replaces the one of the same key.
  std::vector<std::string> dropped_keys{};
  std::vector<CheckoutNote> checkouts{};  ///< Each replaces the one of the same id.
  std::vector<CheckoutId> dropped_checkouts{};
  std::vector<CheckoutEdit> checkout_contents{};  ///< Not of the record: what stands beside it. Each id once.
  std::optional<std::shared_ptr<const Transfer>> transfer{};  ///< Null: there is none from now on.
  std::vector<TakenTransfer> taken{};                         ///< Each is another one than those that are there.
  std::vector<std::string> dropped_taken{};                   ///< Ids.
  std::optional<Time> forget_at{};

  /// Nothing is to be written. (Whatever changes a record leaves an applied sequence.)
  bool empty() const { return applied_sequences.empty(); }
};

/// Carries the edits out on the record that they were decided on.
void patch(CartRecord& record, const RecordEdits& edits);

/// Makes `edits`, decided on some record, those that carry `next` out too, which was decided on what they make of it.
/// The quantities that were seen stay those of the first record.
void compose(RecordEdits& edits, RecordEdits next);

}  // namespace cartd
