#include "domain/transfer.h"

#include "util/digest.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <tuple>
#include <utility>

namespace cartd {
namespace {

constexpr std::size_t half_of_id = 8;
/// Longer than a request takes, so that nobody goes on with what another one is about to finish.
constexpr std::chrono::seconds interrupted_after{2};
constexpr std::array policies{MergePolicy::sum, MergePolicy::max, MergePolicy::keep_target, MergePolicy::keep_source,
                              MergePolicy::replace};

}  // namespace

const char* to_string(MergePolicy policy) {
  switch (policy) {
    case MergePolicy::sum: return "sum";
    case MergePolicy::max: return "max";
    case MergePolicy::keep_target: return "keep_target";
    case MergePolicy::keep_source: return "keep_source";
    case MergePolicy::replace: return "replace";
  }
  return "sum";
}

std::optional<MergePolicy> merge_policy_from(std::string_view text) {
  const auto found =
      std::find_if(policies.begin(), policies.end(), [&](MergePolicy policy) { return to_string(policy) == text; });
  return found == policies.end() ? std::nullopt : std::optional(*found);
}

bool operator==(const Transfer& a, const Transfer& b) {
  const auto members = [](const Transfer& one) {
    return std::tie(one.id, one.target, one.policy, one.lines, one.key, one.begun_at, one.forget_at);
  };
  return members(a) == members(b) && (a.earlier && b.earlier ? *a.earlier == *b.earlier : a.earlier == b.earlier);
}

const Transfer* find_transfer(const Transfer* last, std::string_view id) {
  while (last != nullptr && last->id != id) last = last->earlier.get();
  return last;
}

std::size_t count_transfers(const Transfer* last) {
  std::size_t count = 0;
  for (; last != nullptr; last = last->earlier.get()) ++count;
  return count;
}

std::shared_ptr<const Transfer> without_transfer(const std::shared_ptr<const Transfer>& last, std::string_view id) {
  if (find_transfer(last.get(), id) == nullptr) return last;
  if (last->id == id) return last->earlier;
  Transfer rest = *last;
  rest.earlier = without_transfer(last->earlier, id);
  return std::make_shared<const Transfer>(std::move(rest));
}

std::int64_t on_their_way(const LineId& line, const Transfer* last) {
  std::int64_t pieces = 0;
  for (; last != nullptr; last = last->earlier.get())
    for (const Line& one : last->lines)
      if (one.id == line) pieces += one.quantity;
  return pieces;
}

std::string transfer_prefix(const CartId& source) { return util::digest(source.str(), half_of_id); }

std::string transfer_id(const CartId& source, std::string_view distinction) {
  return transfer_prefix(source) + util::digest(source.str() + ' ' + std::string(distinction), half_of_id);
}

bool is_interrupted(const Transfer& transfer, Time now) {
  return transfer.begun_at + interrupted_after <= now && now < transfer.forget_at;
}

bool has_taken(const std::vector<TakenTransfer>& taken, std::string_view id) {
  return std::any_of(taken.begin(), taken.end(), [&](const TakenTransfer& one) { return one.id == id; });
}

}  // namespace cartd
