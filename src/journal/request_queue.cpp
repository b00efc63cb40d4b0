#include "journal/request_queue.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace cartd::journal {
namespace {

using namespace std::chrono_literals;

constexpr auto lazy_delay = 100ms;

// A group ends with the operation with which it has as much; the others wait for the next one.
constexpr std::size_t group_bytes = std::size_t{1} << 20;

/// About what it adds to a group.
std::size_t bytes_of(const Task& task) {
  const auto* const operation = std::get_if<Operation>(&task);
  if (operation == nullptr) return 0;
  if (const auto* const append = std::get_if<Append>(operation)) return append->framed.size();
  if (const auto* const keep = std::get_if<KeepDeadLetter>(operation)) return keep->framed.size();
  if (const auto* const revive = std::get_if<Revive>(operation)) return revive->renewed.framed.size();
  if (const auto* const release = std::get_if<Release>(operation))
    return release->command_ids.size() * sizeof(CommandId);
  return sizeof(CommandId);
}

}  // namespace

bool can_be_withdrawn(const Task& task) {
  const auto* const operation = std::get_if<Operation>(&task);
  return operation == nullptr || std::holds_alternative<Append>(*operation) ||
         std::holds_alternative<Drop>(*operation) || std::holds_alternative<Revive>(*operation);
}

Error stalled() { return Error{Errc::journal_stalled, "the journal's disk does not answer; nothing was done"}; }

Error given_up(const Task& task) {
  if (can_be_withdrawn(task)) return stalled();
  return Error{Errc::outcome_unknown, "the journal's disk does not answer in time"};
}

void RequestQueue::add(Request request) {
  const bool lazy = request.pace == Pace::lazy;
  bool wakes;
  {
    const std::lock_guard lock(mutex_);
    // The first lazy one wakes the thread only to set its alarm.
    wakes = lazy ? !urgent_ && !lazy_until_ : !urgent_;
    if (!lazy) urgent_ = true;
    if (lazy && !lazy_until_) lazy_until_ = std::chrono::steady_clock::now() + lazy_delay;
    queue_.push_back(std::move(request));
  }
  if (wakes) wake_.notify_one();
}

void RequestQueue::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
}

bool RequestQueue::wait(std::optional<SteadyTime> alarm) {
  std::unique_lock lock(mutex_);
  while (!urgent_ && !stopping_) {
    auto first = alarm;
    if (lazy_until_) first = first ? std::min(*first, *lazy_until_) : *lazy_until_;
    if (!first) {
      wake_.wait(lock);
    } else if (wake_.wait_until(lock, *first) == std::cv_status::timeout) {
      break;
    }
  }
  return !stopping_ || !queue_.empty();
}

std::vector<Request> RequestQueue::take() {
  const std::lock_guard lock(mutex_);
  std::size_t bytes = 0;
  const auto rest = std::find_if(queue_.begin(), queue_.end(), [&bytes](const Request& request) {
    const bool enough = bytes >= group_bytes;
    bytes += bytes_of(request.task);
    return enough;
  });
  std::vector<Request> later(std::make_move_iterator(rest), std::make_move_iterator(queue_.end()));
  queue_.erase(rest, queue_.end());
  urgent_ = !later.empty();
  lazy_until_.reset();
  return std::exchange(queue_, std::move(later));
}

std::vector<Answered> RequestQueue::give_up() {
  std::vector<Answered> answered;
  const std::lock_guard lock(mutex_);
  for (Request& request : queue_) {
    if (request.waiter) answered.emplace_back(std::exchange(request.waiter, Waiter()), given_up(request.task));
  }
  // Whatever can be withdrawn was asked for by somebody, who has been answered now.
  std::erase_if(queue_, [](const Request& request) { return can_be_withdrawn(request.task); });
  return answered;
}

}  // namespace cartd::journal
