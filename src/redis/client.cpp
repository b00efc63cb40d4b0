#include "redis/client.h"

#include "redis/next_step.h"
#include "redis/protocol/asking.h"
#include "redis/protocol/hash_slot.h"
#include "redis/protocol/redirect.h"
#include "redis/repetition.h"
#include "redis/topology/server_pool.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;
using Outcome = Client::Outcome;

Failure not_sent(std::string why) { return {Failure::Kind::not_sent, std::move(why)}; }

Endpoint target_of(const Redirect& redirect, const Server& from) {
  return {redirect.host.empty() ? from.endpoint().host : redirect.host, redirect.port};
}

}  // namespace

class Client::Impl {
 public:
  Impl(asio::any_io_executor executor, Deployment deployment, ClientOptions options, ClientObserver* observer)
      : pool(std::make_shared<ServerPool>(std::move(executor), std::move(deployment), std::move(options), observer)) {}

  static asio::awaitable<Outcome> send(std::shared_ptr<Impl> self, std::uint16_t hash, Request request, Time deadline);
  std::uint16_t slot_of(std::string_view key) const { return pool->slot_of(key_slot(key)); }

  const std::shared_ptr<ServerPool> pool;
  RedirectCounts redirects{};

 private:
  // Where a command goes that a server did not execute.
  struct Next {
    enum class Step { give_back, redirect, later } step = Step::give_back;  // give_back: the reply is the caller's.
    ServerPtr only_this_once{};                                             // Instead of the slot's owner.
    bool asking = false;                                                    // Which needs ASKING first.
    bool is_no_cluster = false;  // Though the server speaks as if it were one's.
  };
  Next follow(const Redirect& redirect, const ServerPtr& from);
  Next follow_elsewhere(const Redirect& redirect, const ServerPtr& from);
};

// MOVED and ASK.
Client::Impl::Next Client::Impl::follow_elsewhere(const Redirect& redirect, const ServerPtr& from) {
  using Step = Next::Step;
  const bool moved = redirect.step == NextStep::follow_moved;
  ++(moved ? redirects.moved : redirects.ask);
  if (pool->topology() != Topology::cluster) {
    if (pool->may_be_cluster(from)) return {Step::later};
    return {.is_no_cluster = true};
  }
  if (redirect.host == Redirect::unknown_host) {
    if (moved) pool->look_soon();
    return {Step::later};
  }
  const Endpoint target = target_of(redirect, *from);
  if (moved) pool->learn_owner(redirect.slot, target);
  return {Step::redirect, pool->server_at(target), !moved};
}

Client::Impl::Next Client::Impl::follow(const Redirect& redirect, const ServerPtr& from) {
  using Step = Next::Step;
  switch (redirect.step) {
    case NextStep::follow_moved:
    case NextStep::follow_ask: return follow_elsewhere(redirect, from);
    case NextStep::try_again: ++redirects.try_again; return {Step::later};
    case NextStep::find_primary:
      ++redirects.read_only;
      pool->leave_replica(from);
      // Of a single server there is no other to be found.
      return {pool->topology() == Topology::standalone ? Step::give_back : Step::later};
    default: return {};
  }
}

asio::awaitable<Outcome> Client::Impl::send(std::shared_ptr<Impl> self, std::uint16_t hash, Request request,
                                            Time deadline) {
  ServerPool& pool = *self->pool;
  if (pool.is_disputed(pool.slot_of(hash))) co_return not_sent(in_a_circle);
  Repetition repetition;
  Next next;
  for (;;) {
    const ServerPtr owner = pool.owner(pool.slot_of(hash));
    const ServerPtr server = next.only_this_once ? next.only_this_once : owner;
    const Turn turn = pool.turn_of(server);
    if (turn == Turn::fail) co_return not_sent(pool.why_failed(server));
    if (Clock::now() >= deadline) co_return not_sent("could not be sent in time");
    if (turn == Turn::wait) {
      co_await pool.changed().wait(deadline);
      continue;
    }

    WritePosition position;
    auto initiate = [&](auto handler) {
      Completion<Link::Outcome> completion(std::move(handler));
      position = next.asking ? server->start_send(with_asking(request), deadline, std::move(completion))
                             : server->start_send(request, deadline, std::move(completion));
    };
    auto reply = asio::async_initiate<const asio::deferred_t, void(Link::Outcome)>(initiate, asio::deferred);
    auto outcome = co_await std::move(reply);
    if (!outcome) co_return outcome.error();
    Answer answer{std::move(*outcome), position};
    if (next.asking) answer.reply = without_asking(request, std::move(answer.reply));
    server->note(request, answer.reply.view());

    // By then it may have turned out that this is a Cluster.
    const std::uint16_t slot = pool.slot_of(hash);
    const std::optional<Redirect> step = next_step(request, answer.reply.view());
    if (!step) {
      if (answer.reply.view().is_error()) co_return answer;
      const ServerPtr owner_now = pool.owner(slot);
      // A failover that happened meanwhile may have lost what this server did.
      if (server == owner && server != owner_now)
        co_return Failure{Failure::Kind::outcome_unknown, "the server lost the slot before it answered"};
      pool.agree(slot);
      if (next.asking && owner_now && server != owner_now) answer.position.slot_owner_epoch = owner_now->epoch();
      co_return answer;
    }

    next = self->follow(*step, server);
    if (next.is_no_cluster) pool.dispute(slot);
    if (next.step == Next::Step::give_back) co_return answer;
    const bool elsewhere = next.step == Next::Step::redirect;
    const auto pause = elsewhere && next.only_this_once ? repetition.after_redirect() : repetition.after_refusal();
    if (!pause) co_return not_sent(elsewhere ? in_a_circle : "the server keeps asking to try later");
    if (pause->count() == 0) continue;
    if (elsewhere) pool.dispute(slot);
    co_await pool.pause(std::min(deadline, Clock::now() + *pause));
  }
}

Client::Client(asio::any_io_executor executor, Deployment deployment, ClientOptions options, ClientObserver* observer)
    : impl_(std::make_shared<Impl>(std::move(executor), std::move(deployment), std::move(options), observer)) {}

Client::~Client() { stop(); }

void Client::start() { impl_->pool->start(); }

void Client::stop() { impl_->pool->stop(); }

asio::awaitable<Outcome> Client::send(std::string_view key, Request request, Time deadline) {
  return Impl::send(impl_, key_slot(key), std::move(request), deadline);
}

bool Client::serves(std::string_view key) const { return last_error(key).empty(); }

std::uint64_t Client::epoch_of(std::string_view key) const {
  const ServerPtr server = impl_->pool->owner(impl_->slot_of(key));
  return server ? server->epoch() : 0;
}

std::uint64_t Client::durable_checkpoint(std::uint64_t epoch) const { return impl_->pool->durable_checkpoint(epoch); }

ClientStatus Client::status() const {
  ClientStatus status = impl_->pool->status();
  status.redirects = impl_->redirects;
  return status;
}

std::vector<std::string> Client::key_of_each_primary(std::string_view prefix) const {
  if (impl_->pool->topology() != Topology::cluster) return {std::string(prefix) + '0'};
  return impl_->pool->key_of_each_owner(prefix);
}

std::vector<std::uint16_t> Client::slot_of_each_primary() const {
  if (impl_->pool->topology() != Topology::cluster) return {0};
  std::vector<std::uint16_t> slots;
  std::set<const Server*> seen;
  for (std::uint16_t slot = 0; slot < slot_count; ++slot) {
    const ServerPtr server = impl_->pool->owner(slot);
    if (!server) return {};
    if (seen.insert(server.get()).second) slots.push_back(slot);
  }
  return slots;
}

std::string Client::last_error(std::string_view key) const { return impl_->pool->why_not(impl_->slot_of(key)); }

}  // namespace cartd::redis
