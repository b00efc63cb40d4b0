#include "redis/topology/server_pool.h"

#include "redis/connection/backoff.h"
#include "redis/protocol/redirect.h"
#include "redis/topology/cluster_report.h"
#include "runtime/spawn.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

// How long a server that owns nothing, as redirects lead to some, is kept connected.
constexpr std::chrono::seconds idle_time{10};
// So many servers are asked about the topology in one look.
constexpr std::size_t most_asked = 8;
// A server that sends commands elsewhere, but is no Cluster's, is asked again after the first of these, and then less
// often.
constexpr std::chrono::milliseconds first_disbelief{1000};
constexpr std::chrono::milliseconds longest_disbelief{60'000};
// A standalone server that turned out to be a replica is left this often at most, for what its name leads to by then.
constexpr std::chrono::seconds between_reconnects{5};

}  // namespace

ServerPool::ServerPool(asio::any_io_executor executor, Deployment deployment, ClientOptions options,
                       ClientObserver* observer)
    : executor_(std::move(executor)),
      given_(std::move(deployment)),
      deployment_(given_),
      options_(std::move(options)),
      observer_(observer),
      routes_(executor_, options_, *this),
      discovery_(make_discovery(executor_, deployment_, options_)),
      changed_(executor_),
      stopping_(executor_),
      look_wanted_(executor_),
      pace_(options_.discovery_gap),
      random_(std::random_device{}()) {}

void ServerPool::start() {
  discovery_->start();
  spawn(executor_, "finding the Redis servers", look(shared_from_this()));
}

void ServerPool::stop() {
  if (stopped_) return;
  stopped_ = true;
  observer_ = nullptr;
  discovery_->stop();
  routes_.clear();
  informed_ = nullptr;
  changed_.raise();
  stopping_.raise();
  look_wanted_.raise();
}

// --- Looking ---------------------------------------------------------------------------------------------------------

asio::awaitable<void> ServerPool::look(std::shared_ptr<ServerPool> self) {
  while (!self->stopped_) {
    self->wants_look_ = false;
    const std::shared_ptr<Discovery> discovery = self->discovery_;
    auto found = co_await discovery->find(self->discovery_order());
    if (self->stopped_) co_return;
    // Meanwhile it may have turned out that this is a Cluster, or none.
    if (discovery != self->discovery_) continue;
    if (!found && discovery->is_no_cluster() && self->was_standalone()) {
      self->treat_as(self->given_);
      co_await self->pause_between_looks();
      continue;
    }
    self->looked_ = true;
    self->look_error_ = found ? std::string() : found.error();
    if (found) self->adopt(std::move(*found));
    self->judge_state();
    self->changed_.raise();
    co_await self->pause_between_looks();
  }
}

// First whomever a redirect led to, then those that answer soon, then those that may; in no order that all clients
// share.
std::vector<ServerPtr> ServerPool::discovery_order() {
  const Time now = Clock::now();
  const ServerPtr first = std::exchange(informed_, nullptr);
  std::vector<ServerPtr> servers;
  for (const Routes::Share& share : routes_.owners()) {
    if (share.server != first && share.server->service(now) != Service::not_connected) servers.push_back(share.server);
  }
  std::shuffle(servers.begin(), servers.end(), random_);
  std::stable_partition(servers.begin(), servers.end(),
                        [&](const ServerPtr& server) { return server->service(now) != Service::silent; });
  if (first) servers.insert(servers.begin(), first);
  servers.resize(std::min(servers.size(), most_asked));
  return servers;
}

asio::awaitable<void> ServerPool::pause_between_looks() {
  const bool well = state_ == LinkState::up && look_error_.empty();
  const LookPace::Pause pause =
      pace_.after_look(well, discovery_->interval(), std::uniform_real_distribution<double>(0.5, 1)(random_));
  const Time now = Clock::now();
  const auto end = [&] { return now + (wants_look_ ? pause.if_wanted : pause.otherwise); };
  while (!stopped_ && Clock::now() < end()) co_await look_wanted_.wait(end());
  pace_.waited(wants_look_);
}

void ServerPool::look_soon() {
  if (wants_look_) return;
  wants_look_ = true;
  look_wanted_.raise();
}

void ServerPool::adopt(SlotMap map) {
  const auto idle = topology() == Topology::cluster ? idle_time : std::chrono::seconds(0);
  routes_.adopt(std::move(map), deployment_, discovery_->safety(), idle);
  // A server that is named but was a replica when last asked may have become a primary since.
  for (const Routes::Share& share : routes_.owners()) {
    if (!role_mismatch(*share.server).empty()) share.server->look_again();
  }
}

void ServerPool::treat_as(Deployment deployment) {
  deployment_ = std::move(deployment);
  discovery_->stop();
  routes_.clear();
  disputes_.clear();
  informed_ = nullptr;
  discovery_ = make_discovery(executor_, deployment_, options_);
  discovery_->start();
  looked_ = false;
  look_soon();
  changed_.raise();
}

void ServerPool::treat_as_cluster() {
  Deployment cluster = given_;
  cluster.topology = Topology::cluster;
  // Its nodes name each other by address and port.
  if (cluster.entry.transport == Url::Transport::unix_socket) cluster.entry.transport = Url::Transport::tcp;
  treat_as(std::move(cluster));
  if (observer_ != nullptr) observer_->on_cluster_found();
}

// Whether the Cluster is only what the URL's server said of itself, and may be none when another one stands there.
bool ServerPool::was_standalone() const {
  return topology() == Topology::cluster && given_.topology == Topology::standalone;
}

bool ServerPool::may_be_cluster(const ServerPtr& server) {
  if (topology() != Topology::standalone || stopped_) return topology() == Topology::cluster;
  if (asks_whether_cluster_) return true;
  if (Clock::now() < asks_again_at_) return false;
  asks_whether_cluster_ = true;
  spawn(executor_, "asking whether Redis runs in cluster mode", ask_whether_cluster(shared_from_this(), server));
  return true;
}

// A redirect alone proves nothing: it may come from anything that answers at this address for a moment.
asio::awaitable<void> ServerPool::ask_whether_cluster(std::shared_ptr<ServerPool> self, ServerPtr server) {
  const std::string asked = server->endpoint().host;
  const bool denies = server->mode() == "standalone";
  std::optional<boost::system::result<ClusterReport, NoClusterReport>> report;
  if (!denies)
    report = co_await ask_cluster(server->link(), asked, false, Clock::now() + self->options_.discovery_timeout);
  self->asks_whether_cluster_ = false;
  if (self->stopped_ || self->topology() != Topology::standalone) co_return;
  if (report && *report && !(*report)->map.servers().empty()) {
    self->no_clusters_ = 0;
    self->treat_as_cluster();
    co_return;
  }
  self->asks_again_at_ = Clock::now() + backoff(++self->no_clusters_, first_disbelief, longest_disbelief, 1);
}

void ServerPool::learn_owner(std::uint16_t slot, const Endpoint& endpoint) {
  look_soon();
  if (!routes_.learn(slot, endpoint, deployment_, discovery_->safety())) return;
  informed_ = routes_.owner(slot);
  judge_state();
  changed_.raise();
}

void ServerPool::leave_replica(const ServerPtr& server) {
  look_soon();
  if (topology() != Topology::standalone || Clock::now() - left_replica_at_ < between_reconnects) return;
  left_replica_at_ = Clock::now();
  server->link().reconnect("the server is a replica");
}

// --- What servers say ------------------------------------------------------------------------------------------------

void ServerPool::on_link(Server& server, LinkState before, LinkState after) {
  if (stopped_) return;
  if (after == LinkState::up && topology() == Topology::standalone && server.mode() == "cluster") {
    treat_as_cluster();
    return;
  }
  if (after == LinkState::up && was_standalone() && server.mode() == "standalone" &&
      server.endpoint() == endpoint_of(given_.seeds.front())) {
    treat_as(given_);
    return;
  }
  // Another one may stand there now.
  if (after == LinkState::up && topology() == Topology::standalone) {
    disputes_.clear();
    asks_again_at_ = Time{};
  }
  if (is_owner(server)) {
    if (before == LinkState::up) ++connections_lost_;
    if (after != LinkState::up) look_soon();
  }
  judge_state();
  changed_.raise();
}

void ServerPool::on_report(Server& server) {
  if (stopped_) return;
  durable_checkpoints_.reached(server.safety().epoch(), server.safety().durable_checkpoint());
  if (is_owner(server) && !role_mismatch(server).empty()) look_soon();
  judge_state();
  changed_.raise();
}

void ServerPool::on_missing(const std::string& command) {
  if (observer_ != nullptr) observer_->on_missing(command);
}

void ServerPool::on_error_reply(std::string_view text) {
  if (observer_ != nullptr) observer_->on_error_reply(error_code(text), without_arguments(text));
}

asio::awaitable<bool> ServerPool::confirms_primary(ServerPtr server) {
  const std::shared_ptr<ServerPool> self = shared_from_this();
  const std::shared_ptr<Discovery> discovery = discovery_;
  co_return co_await discovery->confirms_primary(std::move(server));
}

// --- What follows ----------------------------------------------------------------------------------------------------

bool ServerPool::is_owner(const Server& server) const {
  return std::any_of(routes_.owners().begin(), routes_.owners().end(),
                     [&](const Routes::Share& share) { return share.server.get() == &server; });
}

// Why a server that is connected is not the one it should be; empty when it is.
std::string ServerPool::role_mismatch(const Server& server) const {
  if (topology() == Topology::standalone && server.mode() == "sentinel")
    return "the server is a Sentinel: put the master's name at the end of the URL";
  if (topology() == Topology::sentinel && server.role() == Role::replica)
    return "the server that the Sentinels name is a replica";
  return {};
}

Turn ServerPool::turn_of(const ServerPtr& server) {
  if (stopped_) return Turn::fail;
  if (!server) return looked_ ? Turn::fail : Turn::wait;
  if (!routes_.connect(server, deployment_, discovery_->safety())) return Turn::fail;
  switch (server->link().state()) {
    case LinkState::connecting: return Turn::wait;
    case LinkState::down: return Turn::fail;
    case LinkState::up: break;
  }
  if (role_mismatch(*server).empty()) return Turn::go;
  return server->role() == Role::replica ? Turn::wait : Turn::fail;
}

std::string ServerPool::why_no_owner() const {
  if (stopped_) return "the client was stopped";
  if (!looked_) return "not connected yet";
  return look_error_.empty() ? "no server owns the slot" : look_error_;
}

std::string ServerPool::why_not(const Server& server) const {
  const std::string wrong = server.link().state() == LinkState::up ? role_mismatch(server) : std::string();
  return wrong.empty() ? server.why(Clock::now()) : wrong;
}

std::string ServerPool::why_not(std::uint16_t slot) const {
  const ServerPtr server = routes_.owner(slot);
  const std::string why = server ? why_not(*server) : why_no_owner();
  return why.empty() && is_disputed(slot) ? in_a_circle : why;
}

bool ServerPool::is_disputed(std::uint16_t slot) const { return disputes_.is_open(slot, Clock::now()); }

void ServerPool::dispute(std::uint16_t slot) { disputes_.begin(slot, Clock::now()); }

std::string ServerPool::why_failed(const ServerPtr& server) const {
  if (stopped_ || !server) return why_no_owner();
  return server->started() ? why_not(*server) : "too many servers are in use";
}

void ServerPool::judge_state() {
  LinkState state = LinkState::up;
  std::string why;
  if (routes_.slots_without_owner() > 0) {
    state = looked_ ? LinkState::down : LinkState::connecting;
    why = why_no_owner();
  }
  for (const auto& [server, slots] : routes_.owners()) {
    if (!server->started()) continue;
    const LinkState link = server->link().state();
    const std::string wrong = link == LinkState::up ? role_mismatch(*server) : server->link().last_error();
    if (wrong.empty()) continue;
    why = wrong;
    if (state != LinkState::down) state = link == LinkState::connecting ? LinkState::connecting : LinkState::down;
  }
  if (std::exchange(state_, state) != state && observer_ != nullptr) observer_->on_state(state, why);
}

ClientStatus ServerPool::status() const {
  ClientStatus status;
  status.topology = topology();
  status.slots_without_owner = routes_.slots_without_owner();
  status.map_version = routes_.version();
  status.sentinels_known = discovery_->sentinels_known();
  status.sentinels_answering = discovery_->sentinels_answering();
  status.connections_lost = connections_lost_;
  if (disputes_.any_is_open(Clock::now())) status.why = in_a_circle;
  if (status.slots_without_owner > 0) status.why = why_no_owner();
  for (const auto& [owner, slots] : routes_.owners()) {
    const Server& server = *owner;
    const std::string why = why_not(server);
    status.primaries.push_back({printable(server.endpoint()), server.link().state(), why.empty(), why, slots,
                                server.epoch(), server.safety().durable_checkpoint(),
                                server.safety().last_checkpoint()});
    if (!why.empty()) status.why = why;
  }
  return status;
}

}  // namespace cartd::redis
