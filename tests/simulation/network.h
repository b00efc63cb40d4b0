// The network of a run: who reaches whom, and the connections between nodes and servers, whose messages are late, or
// lost with their connection, and never out of order.
#pragma once

#include "simulation/schedule.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

namespace cartd::simulation {

constexpr std::size_t server_count = 3;
constexpr std::size_t sentinel_count = 3;
constexpr std::size_t node_count = 2;

struct Connection {
  std::size_t node;
  std::size_t server;
  std::uint64_t epoch;           ///< As the node calls the one that it found.
  bool closed_by_node = false;   ///< What arrives at the node now is not for it any more.
  bool ended_by_server = false;  ///< By a crash, a demotion or a fence: what arrives now is not executed.
  std::deque<Schedule::Action> on_the_way{};
  int last_at_server = 0;  ///< When the last message of each direction arrives: TCP keeps their order.
  int last_at_node = 0;
};
using ConnectionPtr = std::shared_ptr<Connection>;

/// On which side of a cut everybody is.
struct Sides {
  static constexpr int both = 2;  ///< Reaches everybody.

  std::array<int, server_count> servers{};
  std::array<int, sentinel_count> sentinels{};
  std::array<int, node_count> nodes{};
};

class Network {
 public:
  explicit Network(Schedule& schedule) : schedule_(schedule) {}
  /// What is on its way holds on to its connection.
  ~Network();
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  void cut(const Sides& sides);
  void heal() { is_cut_ = false; }
  bool is_cut() const { return is_cut_; }

  bool servers_reach(std::size_t a, std::size_t b) const;
  bool node_reaches(std::size_t node, std::size_t server) const;
  bool node_reaches_sentinel(std::size_t node, std::size_t sentinel) const;
  /// True for everybody while nothing is cut.
  bool server_is_on(int side, std::size_t server) const;
  bool sentinel_is_on(int side, std::size_t sentinel) const;

  ConnectionPtr connect(std::size_t node, std::size_t server, std::uint64_t epoch);
  const std::vector<ConnectionPtr>& connections() const { return connections_; }

  /// What the network holds back arrives late, even when its sender has given the connection up.
  void to_server(const ConnectionPtr& connection, Schedule::Action action);
  /// What the network holds back never arrives.
  void to_node(const ConnectionPtr& connection, Schedule::Action action);

 private:
  void arrive(const ConnectionPtr& connection);

  Schedule& schedule_;
  bool is_cut_ = false;
  Sides sides_{};
  std::vector<ConnectionPtr> connections_;
};

}  // namespace cartd::simulation
