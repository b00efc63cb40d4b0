#include "outbox/outbox.h"

#include "outbox/retry.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace cartd {
namespace {

using namespace std::chrono_literals;

// Between two attempts at a store that just failed: long enough not to spin, short beside any deadline.
constexpr auto pause_between_attempts = 5ms;

boost::asio::awaitable<void> wait_for(boost::asio::steady_timer& timer) {
  boost::system::error_code woken;
  co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
}

}  // namespace

/// Counts a change as long as it lives.
class Outbox::Counted {
 public:
  explicit Counted(std::atomic<std::size_t>& depth) : depth_(depth) { depth_.fetch_add(1, std::memory_order_relaxed); }
  ~Counted() { depth_.fetch_sub(1, std::memory_order_relaxed); }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

 private:
  std::atomic<std::size_t>& depth_;
};

/// The changes that wait for the one of their cart that is under way.
struct Outbox::Lineup {
  std::deque<boost::asio::steady_timer*> waiting;
};

/// Holds a cart while one of its changes is under way; hands it to the next in line when it goes.
class Outbox::Turn {
 public:
  Turn(Outbox& outbox, CartId id) : outbox_(outbox), id_(std::move(id)) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  ~Turn() {
    if (!held_) return;
    const auto lineup = outbox_.busy_.find(id_);
    if (lineup->second.waiting.empty()) {
      outbox_.busy_.erase(lineup);
      return;
    }
    boost::asio::steady_timer* next = lineup->second.waiting.front();
    lineup->second.waiting.pop_front();
    next->expires_at(boost::asio::steady_timer::time_point::min());
  }

  /// False when `deadline` came first.
  boost::asio::awaitable<bool> take(Deadline deadline) {
    const auto [lineup, free] = outbox_.busy_.try_emplace(id_);
    if (!free) {
      boost::asio::steady_timer called(outbox_.executor_, deadline);
      lineup->second.waiting.push_back(&called);
      co_await wait_for(called);
      if (called.expiry() == deadline) {
        std::erase(outbox_.busy_.at(id_).waiting, &called);
        co_return false;
      }
    }
    held_ = true;
    co_return true;
  }

 private:
  Outbox& outbox_;
  CartId id_;
  bool held_ = false;
};

Outbox::Outbox(boost::asio::any_io_executor executor, CartStore& store, Stamper stamper)
    : executor_(std::move(executor)), store_(store), stamper_(stamper) {}

Outbox::~Outbox() = default;

boost::asio::awaitable<Result<Applied>> Outbox::submit(CartId id, Change change, Answer answer, Deadline deadline) {
  const Counted counted(depth_);
  Turn turn(*this, id);
  if (!co_await turn.take(deadline)) co_return Error{Errc::unavailable, "the store is too slow to take this change in time"};
  ApplyRequest request{std::move(id), std::move(change), stamper_.next(), answer, deadline};
  co_return co_await deliver(std::move(request));
}

boost::asio::awaitable<Result<Applied>> Outbox::deliver(ApplyRequest request) {
  bool possibly_done = false;
  for (;;) {
    Result<Applied> result = co_await store_.apply(request);
    const Attempt ended = result ? Attempt::answered : attempt_of(result.error().code);
    const Verdict verdict = after(ended, possibly_done, Deadline::clock::now(), request.deadline);
    if (verdict == Verdict::answer) co_return result;
    if (verdict == Verdict::outcome_unknown)
      co_return Error{Errc::outcome_unknown, "the store did not answer in time; the change may have been made"};
    possibly_done |= ended == Attempt::outcome_unknown;
    boost::asio::steady_timer pause(executor_, std::min(request.deadline, Deadline::clock::now() + pause_between_attempts));
    co_await wait_for(pause);
  }
}

}  // namespace cartd
