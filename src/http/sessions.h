// The sessions of one reactor: ends those whose deadlines have passed, and bounds the memory of all together.
//
// Threads: everything happens on its reactor.
#pragma once

#include "http/session.h"
#include "http/site.h"

#include <chrono>
#include <cstddef>
#include <optional>
#include <unordered_set>

namespace cartd::http {

class Sessions {
 public:
  /// `site` outlives it.
  explicit Sessions(Site& site) : site_(site) {}

  void add(Session& session);
  void remove(Session& session) { all_.erase(&session); }

  /// Ends what has taken longer than it may, and what holds too much for too long.
  void sweep(Session::Clock::time_point now);
  /// Lets the slowest give back what they hold, so that the process has room for `bytes` of `but`, which is spared.
  void make_room(const Session& but, std::size_t bytes);
  /// See Session::drain(). Holds for sessions that are added later, too.
  void drain(Session::Clock::time_point farewell);
  /// Closes every connection as it stands.
  void cut();

 private:
  /// Answers how many bytes came back. Less than `bytes` when few wait.
  std::size_t cut_slowest(Session::Clock::time_point now, std::size_t bytes, std::chrono::milliseconds patience,
                          const Session* but);
  std::size_t share_of_overdue(Session::Clock::time_point now) const;

  Site& site_;
  std::unordered_set<Session*> all_{};
  std::optional<Session::Clock::time_point> farewell_{};
  Session::Clock::time_point looked_in_vain_{};
};

}  // namespace cartd::http
