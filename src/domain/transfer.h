// Lines on their way from one cart to another: a guest's cart at login, or lines that are moved for later. It takes
// three steps, each of them one command of one cart: the source remembers the transfer, the target takes it, and the
// source loses the lines. After a crash between two of them, the next one is done later; each can be repeated. Plain
// values.
#pragma once

#include "domain/cart.h"
#include "domain/idempotency.h"
#include "domain/ids.h"
#include "domain/time.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

/// What becomes of a line that both carts have.
enum class MergePolicy {
  sum,
  max,
  keep_target,
  keep_source,
  replace,  ///< All of the target's lines go first.
};

/// "sum", "max", "keep_target", "keep_source", "replace".
const char* to_string(MergePolicy policy);
std::optional<MergePolicy> merge_policy_from(std::string_view text);

struct Transfer {
  /// 16 characters of URL-safe base64: a digest of the source in 8, and what makes it another one than its others.
  std::string id;
  CartId target;
  MergePolicy policy;
  std::vector<Line> lines{};  ///< At least one.
  /// The client's for the whole of it. Where the target remembers it, it was used for another transfer, and this one is
  /// not taken.
  std::optional<Idempotency> key{};
  Time begun_at{};
  Time forget_at{};  ///< From then on the source does not go on with it, and the target may forget that it had it.
  /// Another one from the same source, which is to be gone on with as well; null: none. A cart has one at a time: only
  /// where its store was rolled back, one that was finished may be there again when the next one comes once more.
  std::shared_ptr<const Transfer> earlier{};

  friend bool operator==(const Transfer& a, const Transfer& b);
};

/// So many may be under way after rollbacks.
constexpr std::size_t max_transfers_under_way = 8;

/// In the transfers that `last` begins with; null: it is none of them.
const Transfer* find_transfer(const Transfer* last, std::string_view id);
std::size_t count_transfers(const Transfer* last);
/// The others.
std::shared_ptr<const Transfer> without_transfer(const std::shared_ptr<const Transfer>& last, std::string_view id);
/// How many pieces of the line are on their way to other carts, which may have taken them already.
std::int64_t on_their_way(const LineId& line, const Transfer* last);

/// What a cart remembers of a transfer of which it has done all that it had to: the target that it took it, the source
/// that it lost its lines.
struct TakenTransfer {
  std::string id;
  Time forget_at;

  friend bool operator==(const TakenTransfer&, const TakenTransfer&) = default;
};

/// The beginning of the ids of all transfers from this cart.
std::string transfer_prefix(const CartId& source);
/// `distinction` is not to be used for two transfers from this cart.
std::string transfer_id(const CartId& source, std::string_view distinction);

/// Whether it was left in the middle: begun so long ago that nobody is about to go on with it.
bool is_interrupted(const Transfer& transfer, Time now);

bool has_taken(const std::vector<TakenTransfer>& taken, std::string_view id);

/// A line that is to be moved.
struct WantedLine {
  LineId line;
  std::optional<std::int64_t> quantity{};  ///< Nothing: all of it.

  friend bool operator==(const WantedLine&, const WantedLine&) = default;
};

}  // namespace cartd
