#include "redis/connection/link.h"

#include "redis/connection/backoff.h"
#include "redis/connection/connection.h"
#include "redis/connection/liveness.h"
#include "redis/connection/pending.h"
#include "runtime/spawn.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <random>
#include <span>
#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// A timer that fires this late tells that the loop was held up, by a busy thread or a machine without a free processor.
constexpr std::chrono::milliseconds on_time{100};
constexpr std::chrono::milliseconds time_to_read{10};

constexpr const char* does_not_answer = "the server does not answer";

}  // namespace

class Link::Impl : public std::enable_shared_from_this<Impl> {
 public:
  Impl(asio::any_io_executor executor, Url url, LinkOptions options, LinkObserver* observer)
      : executor_(std::move(executor)),
        url_(std::move(url)),
        options_(std::move(options)),
        observer_(observer),
        timer_(executor_),
        pause_(executor_),
        random_(std::random_device{}()) {}

  void start();
  void stop();
  LinkState state() const { return state_; }
  const std::string& last_error() const { return last_error_; }
  Session session() const { return state_ == LinkState::up ? connection_->session : Session{}; }
  Activity activity() const;
  void reconnect(const std::string& why);

  void start_send(const Request& request, Time deadline, Pending::Completion completion);

 private:
  static asio::awaitable<void> run(std::shared_ptr<Impl> self);
  static asio::awaitable<void> write(std::shared_ptr<Impl> self, ConnectionPtr connection);
  asio::awaitable<std::string> read(ConnectionPtr connection);

  void lose(Connection& connection, const std::string& why);
  void set_state(LinkState state, const std::string& why);
  std::chrono::milliseconds next_pause();

  void wake_by(Time at);
  void watch();
  void resume(Time now);
  void watch_connection(Time now);
  Time next_watch(Time now) const;

  const asio::any_io_executor executor_;
  const Url url_;
  const LinkOptions options_;
  LinkObserver* observer_;

  LinkState state_ = LinkState::connecting;
  std::string last_error_ = "not connected yet";
  bool stopped_ = false;
  ConnectionPtr connection_{};
  Pending pending_{};
  LostSessions lost_sessions_{};

  asio::steady_timer timer_;  // For every deadline and timeout there is: see watch().
  Time wakes_at_ = Time::max();
  Time attempt_ends_ = Time::max();
  Time resumed_at_{};         // When the loop went on after it was held up.
  bool reads_first_ = false;  // Since then.
  bool went_silent_ = false;  // The connection before did.

  asio::steady_timer pause_;  // Between attempts.
  unsigned failures_ = 0;
  std::mt19937_64 random_;
};

void Link::Impl::start() { spawn(executor_, "connecting to Redis", run(shared_from_this())); }

void Link::Impl::stop() {
  if (stopped_) return;
  stopped_ = true;
  observer_ = nullptr;
  timer_.cancel();
  pause_.cancel();
  state_ = LinkState::down;
  last_error_ = "the link was stopped";
  if (connection_) lose(*connection_, last_error_);
  pending_.fail(last_error_);
}

void Link::Impl::reconnect(const std::string& why) {
  if (state_ == LinkState::up) lose(*connection_, why);
}

void Link::Impl::start_send(const Request& request, Time deadline, Pending::Completion completion) {
  if (state_ == LinkState::down || !request.is_whole()) {
    completion.post(Failure{Failure::Kind::not_sent, request.is_whole() ? last_error_ : "the request is not whole"});
    return;
  }
  pending_.push(request, deadline, std::move(completion));
  wake_by(deadline);
  if (state_ == LinkState::up) connection_->queued.raise();
}

asio::awaitable<void> Link::Impl::run(std::shared_ptr<Impl> self) {
  while (!self->stopped_) {
    auto connection = std::make_shared<Connection>(self->executor_, self->url_);
    self->connection_ = connection;
    self->attempt_ends_ = Clock::now() + self->options_.connect_timeout;
    self->wake_by(self->attempt_ends_);

    const Attempt attempt{self->url_, self->options_.client_name, self->options_.password_optional,
                          self->lost_sessions_};
    std::string why = co_await open(connection, attempt);
    if (why.empty() && !connection->lost) {
      self->attempt_ends_ = Time::max();
      self->went_silent_ = false;
      connection->replies.allow(self->options_.most_reply_bytes);
      connection->up_at = connection->received_at = Clock::now();
      spawn(self->executor_, "writing to Redis", write(self, connection));
      self->set_state(LinkState::up, {});
      self->wake_by(self->next_watch(connection->up_at));
      why = co_await self->read(connection);
    }
    self->lose(*connection, why);
    if (self->state_ == LinkState::connecting || self->stopped_) continue;
    self->pause_.expires_after(self->next_pause());
    auto completion = asio::as_tuple(asio::use_awaitable);
    co_await self->pause_.async_wait(completion);
  }
}

asio::awaitable<std::string> Link::Impl::read(ConnectionPtr connection) {
  ReplyReader& replies = connection->replies;
  for (;;) {
    const std::size_t due = pending_.replies_due();
    if (due == 0 && !replies.empty()) co_return "the server sent an unexpected reply";
    auto next = replies.next(std::max<std::size_t>(1, due));
    if (!next) co_return next.error();
    if (*next) {
      // The waiting callers continue at once, and may stop this link.
      pending_.answer(std::move(**next));
      if (connection->lost) co_return std::string();
      continue;
    }
    const std::span<char> room = replies.prepare();
    const auto [error, bytes] = co_await connection->transport->read_some(asio::buffer(room.data(), room.size()));
    if (connection->lost) co_return std::string();
    if (error) co_return describe(error);
    connection->received_at = Clock::now();
    replies.commit(bytes);
  }
}

asio::awaitable<void> Link::Impl::write(std::shared_ptr<Impl> self, ConnectionPtr connection) {
  while (!connection->lost) {
    if (!self->pending_.has_queued()) {
      co_await connection->queued.wait();
      continue;
    }
    const Time now = Clock::now();
    self->pending_.take_queued(connection->output, now);
    self->wake_by(now + std::min(self->options_.silence_timeout, self->options_.heartbeat));
    asio::const_buffer bytes = asio::buffer(connection->output);
    bytes += connection->transport->write_now(bytes);
    if (bytes.size() == 0) continue;
    const auto [failed, written] = co_await connection->transport->write(bytes);
    if (failed) self->lose(*connection, describe(failed));
  }
}

// The connection, or the attempt at one, is over: once for each.
void Link::Impl::lose(Connection& connection, const std::string& why) {
  if (connection.lost) return;
  connection.lost = true;
  connection.transport->close();
  connection.queued.raise();
  attempt_ends_ = Time::max();
  if (stopped_) return;

  LinkState next = LinkState::down;
  if (state_ == LinkState::up) {
    lost_sessions_.add(connection.session);
    // A server that drops every connection as soon as it is up must not be called on without a pause.
    if (Clock::now() - connection.up_at >= options_.backoff_max) failures_ = 0;
    if (failures_ == 0) next = LinkState::connecting;
  }
  ++failures_;
  pending_.fail(why);
  set_state(next, why);
}

void Link::Impl::set_state(LinkState state, const std::string& why) {
  const bool changed = state != state_;
  state_ = state;
  last_error_ = why;
  if (changed && observer_ != nullptr) observer_->on_state(state, why);
}

std::chrono::milliseconds Link::Impl::next_pause() {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  return backoff(failures_, options_.backoff_initial, options_.backoff_max, random);
}

void Link::Impl::wake_by(Time at) {
  if (at >= wakes_at_ || stopped_) return;
  // A time that has passed is due now: that is no delay.
  wakes_at_ = std::max(at, Clock::now());
  timer_.expires_at(at);
  timer_.async_wait([weak = weak_from_this()](boost::system::error_code error) {
    const auto self = weak.lock();
    if (!error && self && !self->stopped_) self->watch();
  });
}

Activity Link::Impl::activity() const {
  return {pending_.unanswered_since(), pending_.has_queued(), connection_ ? connection_->received_at : Time{},
          resumed_at_};
}

// Does all that is due: the callers' deadlines, the attempt's, the end of a silent connection, the heartbeat.
void Link::Impl::watch() {
  const Time now = Clock::now();
  const bool late = now - wakes_at_ > std::min(on_time, options_.silence_timeout / 2);
  wakes_at_ = Time::max();
  if (late) resume(now);
  if (late && !reads_first_) {
    reads_first_ = true;
    wake_by(now + time_to_read);
    return;
  }
  reads_first_ = false;
  pending_.expire(now);
  if (now >= attempt_ends_) {
    // A server that stalls still has its system take connections.
    const bool silent = went_silent_ || connection_->connected;
    lose(*connection_, silent ? does_not_answer : "connecting took too long" + connection_->transport->waits_for());
  }
  if (state_ == LinkState::up) watch_connection(now);
  wake_by(next_watch(now));
}

// This loop itself was held up: the server's reply may lie in the socket. Every clock of the server's starts again, and
// bytes that have arrived are read before a timeout is reported.
void Link::Impl::resume(Time now) {
  resumed_at_ = now;
  if (attempt_ends_ != Time::max()) attempt_ends_ = now + options_.connect_timeout;
}

void Link::Impl::watch_connection(Time now) {
  switch (judge_liveness(activity(), options_, now)) {
    case Liveness::alive: break;
    case Liveness::idle:
      pending_.push(Request{"PING"}, Time::max(), {});
      connection_->queued.raise();
      break;
    case Liveness::silent:
      went_silent_ = true;
      lose(*connection_, does_not_answer);
      break;
  }
}

Time Link::Impl::next_watch(Time now) const {
  const Time next = std::min(pending_.next_deadline(), attempt_ends_);
  return state_ == LinkState::up ? std::min(next, next_judgement(activity(), options_, now)) : next;
}

Link::Link(asio::any_io_executor executor, Url url, LinkOptions options, LinkObserver* observer)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(url), std::move(options), observer)) {}

Link::~Link() { impl_->stop(); }

void Link::start() { impl_->start(); }

void Link::stop() { impl_->stop(); }

LinkState Link::state() const { return impl_->state(); }

std::string Link::last_error() const { return impl_->last_error(); }

Session Link::session() const { return impl_->session(); }

std::optional<Time> Link::unanswered_since() const { return owed_since(impl_->activity()); }

void Link::reconnect(const std::string& why) { impl_->reconnect(why); }

void Link::start_send(const Request& request, Time deadline, Completion<Outcome> completion) {
  impl_->start_send(request, deadline, std::move(completion));
}

asio::awaitable<Link::Outcome> Link::send(Request request, Time deadline) {
  auto initiate = [impl = impl_, request = std::move(request), deadline](auto handler) {
    impl->start_send(request, deadline, Completion<Outcome>(std::move(handler)));
  };
  return asio::async_initiate<const asio::use_awaitable_t<>, void(Outcome)>(std::move(initiate), asio::use_awaitable);
}

}  // namespace cartd::redis
