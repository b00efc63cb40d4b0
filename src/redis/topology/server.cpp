#include "redis/topology/server.h"

#include "redis/protocol/redirect.h"
#include "runtime/spawn.h"

#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;

}  // namespace

Server::Server(asio::any_io_executor executor, Endpoint endpoint, Url url, const ClientOptions& options,
               SafetyPolicy policy, std::uint64_t salt, ServerOwner& owner)
    : executor_(std::move(executor)),
      endpoint_(std::move(endpoint)),
      options_(options),
      salt_(salt),
      owner_(owner),
      link_(executor_, std::move(url), options.link, this),
      safety_(policy),
      wake_(executor_) {}

void Server::start() {
  started_ = true;
  used_at_ = Clock::now();
  link_.start();
  spawn(executor_, "following a Redis server", watch(shared_from_this()));
}

void Server::stop() {
  stopped_ = true;
  link_.stop();
  wake_.raise();
}

Service Server::service(Time now) const {
  return judge_service({link_.state(), link_.unanswered_since(), refused_at_}, now, options_.patience,
                       options_.refusal);
}

std::string Server::why(Time now) const {
  if (!started_) return {};
  switch (service(now)) {
    case Service::available: return {};
    case Service::not_connected: return link_.last_error();
    case Service::silent: return "the server does not answer in time";
    case Service::refusing: return "the server refused a command: " + refusal_;
  }
  return {};
}

WritePosition Server::start_send(const Request& request, Time deadline, Completion<Link::Outcome> completion) {
  const bool was_settled = safety_.settled();
  WritePosition position{safety_.epoch(), 0};
  if (position.epoch != 0) position.checkpoint = safety_.sent();
  if (was_settled && !safety_.settled()) wake_.raise();
  used_at_ = Clock::now();
  link_.start_send(request, deadline, std::move(completion));
  return position;
}

void Server::look_again() {
  look_again_ = true;
  wake_.raise();
}

void Server::note(const Request& request, ReplyView reply) {
  if (reply.is_error()) note_error(reply.text());
  if (request.commands() == 1) return;
  for (std::size_t i = 0; i < reply.size(); ++i) {
    if (reply[i].is_error()) note_error(reply[i].text());
  }
}

void Server::note_error(std::string_view error) {
  const NextStep step = redirect(error).step;
  if (!is_routine(step)) owner_.on_error_reply(error);
  if (!refuses_service(step)) return;
  refused_at_ = Clock::now();
  refusal_ = error_code(error);
  if (step == NextStep::find_primary) {
    role_ = Role::replica;
    look_again();
    owner_.on_report(*this);
  }
}

void Server::on_state(LinkState state, const std::string&) {
  const LinkState before = std::exchange(state_, state);
  role_ = Role::unknown;
  if (state == LinkState::up) {
    const Session session = link_.session();
    role_ = session.role;
    mode_ = session.mode;
    run_id_ = session.run_id;
    refused_at_.reset();
    for (const std::string& command : session.missing) owner_.on_missing(command);
    safety_.connected(epoch_hash(run_id_, session.replication_id, salt_));
    wake_.raise();
  }
  owner_.on_link(*this, before, state);
}

// Checkpoints and confirmations, as long as something needs them.
asio::awaitable<void> Server::watch(ServerPtr self) {
  while (!self->stopped_) {
    const bool is_up = self->link_.state() == LinkState::up;
    if (!is_up || (self->safety_.settled() && !self->look_again_)) {
      co_await self->wake_.wait(Time::max());
      continue;
    }
    const Time next = Clock::now() + self->options_.safety_interval;
    if (self->look_again_ || self->safety_.wants_checkpoint()) co_await self->ask_checkpoint();
    if (!self->confirming_ && self->safety_.wants_confirmation(Clock::now())) {
      self->confirming_ = true;
      spawn(self->executor_, "confirming a checkpoint", confirm(self));
    }
    while (!self->stopped_ && Clock::now() < next) co_await self->wake_.wait(next);
  }
}

asio::awaitable<void> Server::ask_checkpoint() {
  look_again_ = false;
  safety_.ask();
  Request info{"INFO", "replication"};
  const auto reply = co_await link_.send(std::move(info), Time::max());
  if (!reply) co_return;
  if (reply->view().is_error()) {
    // Such as BUSY: it says nothing about the data.
    safety_.not_answered();
    co_return;
  }
  const Replication replication = read_replication(reply->view().text());
  role_ = replication.role;
  safety_.answered(epoch_hash(run_id_, replication.id, salt_), replication, Clock::now());
  owner_.on_report(*this);
}

// Beside the checkpoints, which must not wait for an authority that hangs.
asio::awaitable<void> Server::confirm(ServerPtr self) {
  const std::uint64_t epoch = self->safety_.epoch();
  const std::uint64_t checkpoint = self->safety_.ask_authority(Clock::now());
  const bool confirmed = co_await self->owner_.confirms_primary(self);
  self->confirming_ = false;
  if (self->stopped_ || !confirmed) co_return;
  self->safety_.confirmed(epoch, checkpoint);
  self->owner_.on_report(*self);
}

}  // namespace cartd::redis
