// One server of a deployment, as one client uses it: its link, its safety checkpoints, and whether it serves.
//
// Threads: like Link. A server keeps itself alive from start() to stop().
#pragma once

#include "redis/connection/link.h"
#include "redis/protocol/endpoint.h"
#include "redis/protocol/info.h"
#include "redis/replication/safety.h"
#include "redis/replication/write_position.h"
#include "redis/topology/breaker.h"
#include "redis/topology/client_options.h"
#include "runtime/completion.h"
#include "runtime/event.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cartd::redis {

class Server;

/// The owner of servers. Must outlive them, or stop them before.
class ServerOwner {
 public:
  virtual ~ServerOwner() = default;
  /// The link's state has changed. May stop the server.
  virtual void on_link(Server& server, LinkState before, LinkState after) = 0;
  /// Role, epoch or safe checkpoint may have changed.
  virtual void on_report(Server& server) = 0;
  /// A connection is up whose server lacks an optional command of the greeting.
  virtual void on_missing(const std::string& command) = 0;
  /// A command was answered with this error.
  virtual void on_error_reply(std::string_view text) = 0;
  /// Whether the authority stands behind this server, asked from now on. `server` outlives the answer.
  virtual boost::asio::awaitable<bool> confirms_primary(std::shared_ptr<Server> server) = 0;
};

class Server final : public LinkObserver, public std::enable_shared_from_this<Server> {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `salt` keeps the epochs of this server apart from those of the owner's other ones.
  Server(boost::asio::any_io_executor executor, Endpoint endpoint, Url url, const ClientOptions& options,
         SafetyPolicy policy, std::uint64_t salt, ServerOwner& owner);

  /// Connects. Once; before that nothing is known against the server.
  void start();
  void stop();
  bool started() const { return started_; }

  const Endpoint& endpoint() const { return endpoint_; }
  Link& link() { return link_; }
  const Link& link() const { return link_; }
  /// As the server last said itself; unknown while it is not connected.
  Role role() const { return role_; }
  /// "standalone", "cluster", "sentinel", or empty.
  const std::string& mode() const { return mode_; }
  /// 0 while it is not connected.
  std::uint64_t epoch() const { return link_.state() == LinkState::up ? safety_.epoch() : 0; }
  const Safety& safety() const { return safety_; }

  Service service(Time now) const;
  /// Why it does not serve; empty when it does.
  std::string why(Time now) const;

  /// Sends `request` at once: only while the link is up. Answers where it will have been executed, if it is; see
  /// Link::start_send().
  WritePosition start_send(const Request& request, Time deadline, Completion<Link::Outcome> completion);
  /// To be told of the reply to `request`: notes a refusal for the server's own state.
  void note(const Request& request, ReplyView reply);

  /// Asks the server for its role soon, though nothing needs a checkpoint.
  void look_again();

  /// When start() or send() was last called.
  Time used_at() const { return used_at_; }
  /// Whether stopping it would lose nothing: no reply is missing, and every write that it answered is durable.
  bool can_rest() const { return safety_.settled() && !link_.unanswered_since(); }

 private:
  void on_state(LinkState state, const std::string& why) override;
  static boost::asio::awaitable<void> watch(std::shared_ptr<Server> self);
  static boost::asio::awaitable<void> confirm(std::shared_ptr<Server> self);
  boost::asio::awaitable<void> ask_checkpoint();
  void note_error(std::string_view error);

  const boost::asio::any_io_executor executor_;
  const Endpoint endpoint_;
  const ClientOptions options_;
  const std::uint64_t salt_;
  ServerOwner& owner_;

  Link link_;
  Safety safety_;
  LinkState state_ = LinkState::connecting;
  Role role_ = Role::unknown;
  std::string mode_{};
  std::string run_id_{};
  std::optional<Time> refused_at_{};
  std::string refusal_{};
  Time used_at_{};

  Event wake_;
  bool look_again_ = false;
  bool confirming_ = false;
  bool started_ = false;
  bool stopped_ = false;
};
using ServerPtr = std::shared_ptr<Server>;

}  // namespace cartd::redis
