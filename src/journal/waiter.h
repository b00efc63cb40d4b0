// A coroutine that waits for a group to be written: kept on the journal's thread, resumed on its own executor.
#pragma once

#include "domain/error.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/associated_executor.hpp>
#include <boost/asio/execution/outstanding_work.hpp>
#include <boost/asio/prefer.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace cartd::journal {

/// Movable. Nobody waits when it is empty.
class Waiter {
 public:
  Waiter() = default;
  template <class Handler>
  explicit Waiter(Handler handler)
      : executor_(boost::asio::get_associated_executor(handler)),
        // The executor's loop does not end meanwhile.
        work_(boost::asio::prefer(executor_, boost::asio::execution::outstanding_work.tracked)),
        target_(std::make_unique<Target<Handler>>(std::move(handler))) {}

  explicit operator bool() const { return target_ != nullptr; }
  const boost::asio::any_io_executor& executor() const { return executor_; }

  /// Once, on the executor, and only when it is not empty.
  void resume(Result<void> result) {
    const std::unique_ptr<Base> target = std::move(target_);
    target->resume(std::move(result));
  }

 private:
  struct Base {
    virtual ~Base() = default;
    virtual void resume(Result<void> result) = 0;
  };

  template <class Handler>
  struct Target final : Base {
    explicit Target(Handler from) : handler(std::move(from)) {}
    void resume(Result<void> result) override { std::move(handler)(std::move(result)); }
    Handler handler;
  };

  boost::asio::any_io_executor executor_;
  boost::asio::any_io_executor work_;
  std::unique_ptr<Base> target_;
};

using Answered = std::pair<Waiter, Result<void>>;

/// Resumes each with its result: one trip to each executor, however many wait there.
void resume_all(std::vector<Answered> answered);

}  // namespace cartd::journal
