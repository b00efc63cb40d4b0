#include "outbox/outbox.h"

#include "outbox/outbox_impl.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cartd {

namespace asio = boost::asio;

namespace outbox {

asio::awaitable<void> wait_for(Timer& timer) {
  boost::system::error_code cancelled;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, cancelled));
}

asio::awaitable<void> pause(asio::any_io_executor executor, std::chrono::milliseconds how_long, Deadline limit) {
  Timer timer(executor, std::min(limit, SteadyClock::now() + how_long));
  co_await wait_for(timer);
}

}  // namespace outbox

Outbox::Outbox(asio::any_io_executor executor, CartStore& store, Producer producer, const Policy& policy,
               const Clock& clock, Journal* journal, OutboxMetrics& metrics, OutboxOptions options)
    : impl_(std::make_shared<Impl>(std::move(executor), store, producer, policy, clock, journal, metrics, options)) {}

Outbox::~Outbox() = default;

void Outbox::recover(std::vector<JournalRecord> records) { impl_->recover(std::move(records)); }

void Outbox::start() { impl_->start(); }

void Outbox::stop() { impl_->stop(); }

asio::awaitable<Result<Acknowledged>> Outbox::submit(CartId id, Change change, Answer answer, Deadline deadline) {
  const auto impl = impl_;
  co_return co_await impl->submit(std::move(id), std::move(change), answer, deadline);
}

asio::awaitable<Result<Found>> Outbox::find(CartId id, Deadline deadline) {
  const auto impl = impl_;
  co_return co_await impl->find(std::move(id), deadline);
}

asio::awaitable<Result<void>> Outbox::retry(DeadLetter letter) {
  const auto impl = impl_;
  co_return co_await impl->retry(std::move(letter));
}

}  // namespace cartd
