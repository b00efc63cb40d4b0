#include "runtime/mailbox.h"

#include "runtime/spawn.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <utility>

namespace cartd {

void Mailbox::send(Mailbox& to, std::unique_ptr<Call> call) {
  if (outgoing_.empty()) boost::asio::post(io_, [this] { empty(); });
  auto batch = std::find_if(outgoing_.begin(), outgoing_.end(), [&to](const Batch& one) { return one.to == &to; });
  if (batch == outgoing_.end()) batch = outgoing_.insert(batch, Batch{&to, {}});
  batch->calls.push_back(std::move(call));
}

void Mailbox::clear() {
  idle_.clear();
  outgoing_.clear();
}

void Mailbox::empty() {
  for (auto& [to, calls] : outgoing_) {
    auto deliver = [receiver = to, sent = std::move(calls)]() mutable { receiver->deliver(std::move(sent)); };
    boost::asio::post(to->io_, std::move(deliver));
  }
  outgoing_.clear();
}

void Mailbox::deliver(Calls calls) {
  for (std::unique_ptr<Call>& one : calls) {
    Call& call = *one;
    if (call.done_) {
      call.resume_caller(std::move(one));
    } else {
      begin(std::move(one));
    }
  }
}

void Mailbox::begin(std::unique_ptr<Call> call) {
  if (idle_.empty()) {
    spawn(io_.get_executor(), "run calls from other event loops", work(*this, std::move(call)));
    return;
  }
  Idle idle = std::move(idle_.back());
  idle_.pop_back();
  std::move(idle)(std::move(call));
}

boost::asio::awaitable<void> Mailbox::work(Mailbox& mailbox, std::unique_ptr<Call> call) {
  auto wait = [&mailbox](Idle idle) { mailbox.idle_.push_back(std::move(idle)); };
  for (;;) {
    co_await call->run();
    call->done_ = true;
    Mailbox& caller = call->caller_;
    mailbox.send(caller, std::move(call));
    if (mailbox.idle_.size() >= most_idle) co_return;
    call = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(std::unique_ptr<Call>)>(
        wait, boost::asio::use_awaitable);
  }
}

}  // namespace cartd
