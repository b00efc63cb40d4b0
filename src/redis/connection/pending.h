// The requests of one link that have no reply yet, in order: first those that were written, then those that were not.
// The line between the two is what tells "surely not executed" from "perhaps executed".
#pragma once

#include "redis/connection/completion.h"
#include "redis/connection/failure.h"
#include "redis/protocol/reply.h"
#include "redis/protocol/request.h"

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

  /// Queues a request. A completion may be empty: nobody cares for the reply.
  void push(Request request, Time deadline, Completion<Outcome> completion);

  bool has_queued() const { return !queued_.empty(); }
  bool empty() const { return queued_.empty() && sent_.empty(); }

  /// Appends the bytes of all queued requests to `out`; from now on they count as sent.
  void move_queued(std::string& out, Time now);

  /// The next reply from the server. False when nothing was sent that it could belong to.
  bool answer(Reply reply);

  /// Fails the requests whose deadline has come. Those that were sent keep their place, so that their replies are not
  /// taken for another's.
  void expire(Time now);

  /// The earliest deadline; Time::max() when nobody waits.
  Time next_deadline() const;

  /// When the oldest unanswered request was sent.
  std::optional<Time> unanswered_since() const;

  /// The connection is gone: everything fails, by what is known of it.
  void fail(const std::string& why);

 private:
  struct Queued {
    Request request;
    Time deadline;
    Completion<Outcome> completion;
  };
  struct Sent {
    std::size_t replies_due;
    Time at;
    Time deadline;
    Completion<Outcome> completion;
    std::optional<Reply> first_error{};
  };

  std::deque<Queued> queued_;
  std::deque<Sent> sent_;
};

}  // namespace cartd::redis
