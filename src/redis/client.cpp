#include "redis/client.h"

#include "redis/directory.h"
#include "redis/redirect.h"

#include <algorithm>
#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Outcome = boost::system::result<Answer, Failure>;

// Before what TRYAGAIN or READONLY refused goes out again, and between redirects that seem to go in circles.
constexpr std::chrono::milliseconds retry_pause{20};
// So many redirects follow each other at once: one for a slot that moved, one for a key that is on its way, and some luck.
constexpr unsigned quick_redirects = 4;

Failure not_sent(std::string why) { return {Failure::Kind::not_sent, std::move(why)}; }

Endpoint target_of(const Redirect& redirect, const Server& from) {
  return {redirect.host.empty() ? from.endpoint().host : redirect.host, redirect.port};
}

}  // namespace

class Client::Impl {
 public:
  Impl(asio::any_io_executor executor, Deployment deployment, ClientOptions options, ClientObserver* observer)
      : directory(std::make_shared<Directory>(std::move(executor), std::move(deployment), std::move(options), observer)) {}

  static asio::awaitable<Outcome> send(std::shared_ptr<Impl> self, std::string key, Request request, Time deadline);

  const std::shared_ptr<Directory> directory;
  RedirectCounts redirects{};

 private:
  // What to do after an error reply.
  struct Next {
    bool again = false;          // False: the reply is the caller's.
    bool pause = false;          // First.
    ServerPtr only_this_once{};  // ASK: the next attempt goes here.
  };
  Next follow(const Redirect& redirect, const ServerPtr& from);
};

Client::Impl::Next Client::Impl::follow(const Redirect& redirect, const ServerPtr& from) {
  switch (redirect.step) {
    case NextStep::follow_moved:
      ++redirects.moved;
      if (redirect.host == Redirect::unknown_host) {
        directory->look_soon();
        return {.again = true, .pause = true};
      }
      directory->learn_owner(redirect.slot, target_of(redirect, *from));
      return {.again = true};
    case NextStep::follow_ask:
      ++redirects.ask;
      if (redirect.host == Redirect::unknown_host) return {.again = true, .pause = true};
      return {.again = true, .only_this_once = directory->server_at(target_of(redirect, *from))};
    case NextStep::try_again: ++redirects.try_again; return {.again = true, .pause = true};
    case NextStep::find_primary:
      ++redirects.read_only;
      directory->leave_replica(from);
      // Of a single server there is no other to be found.
      return {.again = directory->topology() != Topology::standalone, .pause = true};
    default: return {};
  }
}

asio::awaitable<Outcome> Client::Impl::send(std::shared_ptr<Impl> self, std::string key, Request request, Time deadline) {
  Directory& directory = *self->directory;
  unsigned redirects = 0;
  ServerPtr asked;  // The server that ASK named, for one attempt.
  for (;;) {
    const std::uint16_t slot = directory.slot_of(key);
    const ServerPtr server = asked ? asked : directory.owner(slot);
    const Turn turn = directory.turn_of(server);
    if (turn == Turn::fail) co_return not_sent(asked ? asked->link().last_error() : directory.why_not(slot));
    if (Clock::now() >= deadline) co_return not_sent("could not be sent in time");
    if (turn == Turn::wait) {
      co_await directory.changed().wait(deadline);
      continue;
    }

    Request attempt;
    if (asked) attempt.add({"ASKING"});
    attempt.add(request);
    auto answer = co_await Server::send(server, std::move(attempt), deadline);
    if (!answer) co_return answer;
    const bool was_asked = std::exchange(asked, nullptr) != nullptr;
    if (!answer->reply.view().is_error()) {
      const ServerPtr owner = directory.owner(directory.slot_of(key));
      // A failover that happened meanwhile may have lost what this server did.
      if (!was_asked && owner != server) co_return Failure{Failure::Kind::outcome_unknown, "the server lost the slot before it answered"};
      if (was_asked && owner && owner != server) answer->place.home = owner->history();
      co_return answer;
    }

    Next next = self->follow(redirect(answer->reply.view().text()), server);
    if (!next.again) co_return answer;
    asked = std::move(next.only_this_once);
    if (next.pause || ++redirects > quick_redirects) co_await directory.changed().wait(std::min(deadline, Clock::now() + retry_pause));
  }
}

Client::Client(asio::any_io_executor executor, Deployment deployment, ClientOptions options, ClientObserver* observer)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(deployment), std::move(options), observer)) {}

Client::~Client() { stop(); }

void Client::start() { impl_->directory->start(); }

void Client::stop() { impl_->directory->stop(); }

asio::awaitable<Outcome> Client::send(std::string key, Request request, Time deadline) {
  return Impl::send(impl_, std::move(key), std::move(request), deadline);
}

bool Client::serves(std::string_view key) const { return last_error(key).empty(); }

std::uint64_t Client::history_of(std::string_view key) const {
  const ServerPtr server = impl_->directory->owner(impl_->directory->slot_of(key));
  return server ? server->history() : 0;
}

std::uint64_t Client::safe_round(std::uint64_t history) const { return impl_->directory->safe_round(history); }

ClientStatus Client::status() const {
  ClientStatus status = impl_->directory->status();
  status.redirects = impl_->redirects;
  return status;
}

std::vector<std::string> Client::key_of_each_primary(std::string_view prefix) const {
  if (impl_->directory->topology() != Topology::cluster) return {std::string(prefix) + '0'};
  return impl_->directory->map()->key_of_each_server(prefix);
}

std::string Client::last_error(std::string_view key) const { return impl_->directory->why_not(impl_->directory->slot_of(key)); }

}  // namespace cartd::redis
