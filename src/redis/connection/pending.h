// The requests of one link that have no reply yet, in order: first those that were written, then those that were not.
// The line between the two is what tells "surely not executed" from "perhaps executed".
#pragma once

#include "redis/connection/failure.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"
#include "runtime/completion.h"

#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <string>

namespace cartd::redis {

/// Does no I/O and reads no clock.
class Pending {
 public:
  using Time = std::chrono::steady_clock::time_point;
  using Outcome = boost::system::result<Reply, Failure>;
  using Completion = cartd::Completion<Outcome>;

  /// Queues a copy of the request's bytes. A completion may be empty: the reply is ignored.
  void push(const Request& request, Time deadline, Completion completion);

  bool has_queued() const { return written_ < entries_.size(); }
  bool empty() const { return entries_.empty(); }

  /// The bytes of all queued requests, in `out`, whose own are replaced; from now on they count as written.
  void take_queued(std::string& out, Time now);

  /// How many replies the oldest written request waits for, all of which answer() takes as one; 0 when nothing was
  /// written.
  std::size_t replies_due() const { return written_ == 0 ? 0 : entries_.front().replies; }
  /// The reply to the oldest written request, of which there is one. Calls its completion, which may do anything.
  void answer(Reply reply);

  /// Fails the requests whose deadline has come. Those that were written keep their place, so that their replies are
  /// not taken for another's.
  void expire(Time now);

  /// The earliest deadline; Time::max() when there is none.
  Time next_deadline() const;

  /// When the oldest unanswered request was written.
  std::optional<Time> unanswered_since() const;

  /// The connection is gone: everything fails, by what is known of it.
  void fail(const std::string& why);

 private:
  struct Entry {
    std::size_t replies;
    std::size_t bytes;
    Time deadline;
    Time written_at{};
    Completion completion{};
  };

  void drop_queued(Time deadline);

  std::deque<Entry> entries_{};
  std::size_t written_ = 0;  ///< So many of the first.
  std::string queued_{};     ///< The bytes of the others.
};

}  // namespace cartd::redis
