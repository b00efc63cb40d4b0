#include "http/client_memory.h"

#include "runtime/heap.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <utility>

namespace cartd::http {
namespace {

/// Answers smaller than this are not worth a guess.
constexpr std::size_t least_expected = 2 * 1024;
/// A connection that is fast enough has its answer within this.
constexpr std::chrono::milliseconds fast_enough{1'000};
/// For so long a refused client is expected to come back: it was told to do so after a second.
constexpr std::chrono::seconds remembered{3};
/// The memory of an idle connection, roughly.
constexpr std::size_t connection_bytes = 8 * 1024;
/// It is not worth the time to return less to the system, or less than an eighth of what there was, or to do so more
/// often.
constexpr std::size_t worth_returning = std::size_t{2} << 20;
constexpr std::chrono::seconds return_interval{1};
/// However many reactors ask for it.
constexpr std::chrono::milliseconds tend_interval{100};

/// "/v1/carts/123" of "/v1/carts/123/items?x": requests about one cart have answers of one size.
std::size_t key_of(std::string_view target) {
  constexpr int slashes_before_the_rest = 4;
  int slashes = 0;
  std::size_t end = 0;
  for (; end < target.size() && target[end] != '?'; ++end)
    if (target[end] == '/' && ++slashes == slashes_before_the_rest) break;
  return std::hash<std::string_view>{}(target.substr(0, end));
}

}  // namespace

ClientMemory::ClientMemory(std::uint64_t bound, std::function<std::uint64_t()> current_bound, Metrics& metrics)
    : bound_(0),
      bytes_(metrics.up_down_counter("cartd_http_memory_bytes",
                                     "Memory held for clients: requests being received and answers not yet read.", {})),
      limit_(metrics.gauge("cartd_http_memory_limit_bytes", "Limit of cartd_http_memory_bytes.", {})),
      refusals_(metrics.counter("cartd_http_memory_refusals_total",
                                "Requests refused because cartd_http_memory_bytes was near its limit.", {})),
      cuts_(metrics.counter("cartd_http_memory_cuts_total",
                            "Connections closed because they were slow and held too much memory.", {})),
      current_bound_(std::move(current_bound)) {
  set_bound(bound);
}

void ClientMemory::set_bound(std::uint64_t bytes) {
  bound_.store(static_cast<std::int64_t>(bytes), std::memory_order_relaxed);
  limit_.set(static_cast<double>(bytes));
}

void ClientMemory::resize(std::size_t before, std::size_t after) {
  const auto change = static_cast<std::int64_t>(after) - static_cast<std::int64_t>(before);
  const std::int64_t now = held_.fetch_add(change, std::memory_order_relaxed) + change;
  // Where two threads meet here, the lesser may win: it only decides when memory is returned to the system.
  if (now > most_.load(std::memory_order_relaxed)) most_.store(now, std::memory_order_relaxed);
  bytes_.add(static_cast<double>(change));
}

std::size_t ClientMemory::held() const {
  return static_cast<std::size_t>(std::max<std::int64_t>(0, held_.load(std::memory_order_relaxed)));
}

bool ClientMemory::fits(std::size_t its, std::size_t more) const {
  const std::int64_t bound = bound_.load(std::memory_order_relaxed);
  const std::int64_t for_it = its + more > much ? bound / 4 * 3 : bound;
  return held_.load(std::memory_order_relaxed) + static_cast<std::int64_t>(more) <= for_it;
}

std::size_t ClientMemory::missing(std::size_t more) const {
  const std::int64_t bound = bound_.load(std::memory_order_relaxed);
  const std::int64_t over = held_.load(std::memory_order_relaxed) + static_cast<std::int64_t>(more) - bound;
  return over <= 0 ? 0 : static_cast<std::size_t>(over + bound / 16);
}

std::size_t ClientMemory::overdue(Clock::time_point now) const {
  const std::int64_t bound = bound_.load(std::memory_order_relaxed);
  const std::int64_t held = held_.load(std::memory_order_relaxed);
  const std::int64_t for_large = bound / 4 * 3;
  if (held > for_large) return static_cast<std::size_t>(held - bound / 2);
  if (refused_at_.load(std::memory_order_relaxed) + remembered < now) return 0;
  const std::int64_t over = held + static_cast<std::int64_t>(refused_.load(std::memory_order_relaxed)) - for_large;
  return over <= 0 ? 0 : static_cast<std::size_t>(std::min(held, over + bound / 16));
}

std::chrono::milliseconds ClientMemory::patience() const {
  const std::int64_t bound = bound_.load(std::memory_order_relaxed);
  return held_.load(std::memory_order_relaxed) > bound / 8 * 7 ? std::chrono::milliseconds(0) : fast_enough;
}

void ClientMemory::count_refusal(std::size_t more, Clock::time_point now) {
  refusals_.add();
  refused_.store(more, std::memory_order_relaxed);
  refused_at_.store(now, std::memory_order_relaxed);
}

void ClientMemory::count_cut() {
  cuts_.add();
  if (const auto left_out = throttle_.pass())
    log(LogLevel::warn, "clients hold too much memory; closing the slowest connections",
        {{"bytes", held()}, {"limit", bound_.load(std::memory_order_relaxed)}, {"cuts_not_logged", *left_out}});
}

std::size_t ClientMemory::expected_answer(std::string_view target) const {
  return answers_[key_of(target) % answers_.size()].load(std::memory_order_relaxed);
}

/// A larger answer counts at once; it takes some smaller ones to forget it.
void ClientMemory::learn_answer(std::string_view target, std::size_t bytes) {
  std::atomic<std::uint32_t>& known = answers_[key_of(target) % answers_.size()];
  const std::size_t before = known.load(std::memory_order_relaxed);
  std::size_t after = std::max(bytes, before / 2);
  if (after < least_expected) after = 0;
  if (after != before)
    known.store(static_cast<std::uint32_t>(std::min<std::size_t>(after, UINT32_MAX)), std::memory_order_relaxed);
}

/// The allocator keeps what is freed between blocks that are still used.
void ClientMemory::tend(std::size_t connections, Clock::time_point now) {
  const std::unique_lock lock(tending_, std::try_to_lock);
  if (!lock || now - tended_ < tend_interval) return;
  tended_ = now;
  if (current_bound_) set_bound(current_bound_());
  most_connections_ = std::max(most_connections_, connections);
  const std::size_t in_use = held() + connections * connection_bytes;
  const std::size_t most =
      static_cast<std::size_t>(most_.load(std::memory_order_relaxed)) + most_connections_ * connection_bytes;
  if (most < in_use + std::max(worth_returning, most / 8) || now - given_back_ < return_interval) return;
  return_free_memory();
  most_.store(held_.load(std::memory_order_relaxed), std::memory_order_relaxed);
  most_connections_ = connections;
  given_back_ = now;
}

std::vector<std::size_t> slowest(const std::vector<Claim>& claims, std::size_t bytes,
                                 std::chrono::milliseconds patience) {
  std::vector<std::size_t> order(claims.size());
  std::iota(order.begin(), order.end(), 0);
  const auto weight = [&](std::size_t i) {
    return static_cast<double>(claims[i].held) * static_cast<double>(claims[i].waited.count() + 1);
  };
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return weight(a) > weight(b); });
  std::vector<std::size_t> chosen;
  std::size_t given = 0;
  for (const std::size_t i : order) {
    if (given >= bytes) break;
    if (claims[i].held == 0 || claims[i].waited < patience) continue;
    chosen.push_back(i);
    given += claims[i].held;
  }
  return chosen;
}

}  // namespace cartd::http
