// How event loops call each other. Each has a mailbox for what it sends: calls to other loops, and answers to theirs.
// It is emptied once a turn, and what goes to one loop goes there together, with one wake-up however much it is.
//
// Nothing is refused, and no caller waits for room: a call is kept in its own memory for as long as its caller waits.
// So a mailbox holds no more calls and answers than there are requests under way.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <memory>
#include <vector>

namespace cartd {

class Mailbox;

/// A call on its way to the loop that carries it out, and back.
class Call {
 public:
  /// `caller`: the mailbox of the loop that waits for the answer.
  explicit Call(Mailbox& caller) : caller_(caller) {}
  virtual ~Call() = default;
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  /// Does the work and keeps its result, an exception included. On the loop that was called.
  virtual boost::asio::awaitable<void> run() = 0;

  /// Lets the caller go on, and destroys this before. On the caller's loop.
  virtual void resume_caller(std::unique_ptr<Call> self) = 0;

 private:
  friend class Mailbox;

  Mailbox& caller_;
  bool done_ = false;
};

/// Of one loop, on whose thread all of it is used. A call that is destroyed with it takes its caller's coroutine along.
class Mailbox {
 public:
  /// `io` is the loop, which one thread runs. It outlives this.
  explicit Mailbox(boost::asio::io_context& io) : io_(io) {}
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  /// Has the loop of `to` carry out `call`, after what was sent there before. `to` outlives this loop's last turn.
  void send(Mailbox& to, std::unique_ptr<Call> call);

  /// Destroys what is not sent yet, and the coroutines that carry out calls and have none. When the loop has ended.
  void clear();

 private:
  using Calls = std::vector<std::unique_ptr<Call>>;
  using Idle = boost::asio::async_result<boost::asio::use_awaitable_t<>, void(std::unique_ptr<Call>)>::handler_type;

  struct Batch {
    Mailbox* to;
    Calls calls;
  };

  void empty();
  void deliver(Calls calls);
  void begin(std::unique_ptr<Call> call);
  static boost::asio::awaitable<void> work(Mailbox& mailbox, std::unique_ptr<Call> call);

  static constexpr std::size_t most_idle = 256;

  boost::asio::io_context& io_;
  std::vector<Batch> outgoing_{};
  std::vector<Idle> idle_{};  ///< Coroutines that wait for a call to carry out, so that not each call has to start one.
};

}  // namespace cartd
