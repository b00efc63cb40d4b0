// One session in pipeline mode: sends a group of statements at once, and reads what comes back. The statements of a
// group are one transaction.
//
// Threads: belongs to the database's loop.
#pragma once

#include "store/postgres/call.h"
#include "store/postgres/handles.h"
#include "store/postgres/session.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace cartd::postgres {

class SessionIo : public std::enable_shared_from_this<SessionIo> {
 public:
  /// How a group ended. Its calls have their results or failures, but for those that are to be tried again.
  struct Ended {
    Group answered;
    Group again;                   ///< In a transaction that another statement may have failed: surely not done.
    bool session_is_over = false;  ///< It was lost, or is of no use any more; nothing more comes from it.
    bool is_stalled = false;       ///< It was closed by close().
    std::string unexpected{};      ///< What the database says, for operators; mostly empty.
  };
  using OnEnd = std::function<void(SessionIo&, Ended)>;

  /// The connection is open, not blocking and in pipeline mode.
  SessionIo(boost::asio::io_context& io, OpenedSession session, OnEnd on_end);
  SessionIo(const SessionIo&) = delete;
  SessionIo& operator=(const SessionIo&) = delete;

  /// Notices from now on that the connection is lost.
  void start() { wait_to_read(); }

  bool is_idle() const { return group_.empty() && !is_over_; }
  /// Only when it is idle. `group` is not empty.
  void send(Group group);
  /// For a session that does not answer: whatever is under way is lost.
  void close();
  /// Since when the group is under way; nothing: there is none.
  std::optional<std::chrono::steady_clock::time_point> busy_since() const;

 private:
  void wait_to_read();
  void wait_to_write();
  void flush();
  void read();
  /// False when there is no more to read now.
  bool read_result();
  void take(ResultPtr result);
  void end_group();
  void stop_watching();
  void lose(std::string why, bool is_stalled = false);

  boost::asio::posix::stream_descriptor socket_;
  ConnectionPtr connection_;
  OnEnd on_end_;
  Group group_{};
  std::size_t answers_ = 0;              ///< Statements of the group whose results are complete.
  std::optional<std::size_t> failed_{};  ///< The one that ended the transaction.
  ResultPtr error_{};                    ///< What it was answered.
  bool is_writing_ = false;
  bool is_over_ = false;
  std::chrono::steady_clock::time_point sent_at_{};
};

}  // namespace cartd::postgres
