// Faults of the network hit the links that they name, in the directions that they name, and no others.
#include "chaos/faults/network_faults.h"
#include "support/redis_cluster.h"
#include "support/sentinel_group.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>

namespace cartd::test {
namespace {

using testing::HasSubstr;

constexpr const char* observer_address = "127.0.0.1";

/// What a machine sends and receives: datagrams.
class DatagramEndpoint {
 public:
  explicit DatagramEndpoint(const std::string& address) : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    address_.sin_family = AF_INET;
    ::inet_pton(AF_INET, address.c_str(), &address_.sin_addr);
    socklen_t length = sizeof address_;
    if (::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience) != 0 ||
        ::bind(socket_, reinterpret_cast<const sockaddr*>(&address_), length) != 0 ||
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address_), &length) != 0)
      throw std::runtime_error("no socket at " + address);
  }
  ~DatagramEndpoint() { ::close(socket_); }
  DatagramEndpoint(const DatagramEndpoint&) = delete;
  DatagramEndpoint& operator=(const DatagramEndpoint&) = delete;

  void send_to(const DatagramEndpoint& other) const {
    if (::sendto(socket_, "x", 1, 0, reinterpret_cast<const sockaddr*>(&other.address_), sizeof other.address_) != 1)
      throw std::runtime_error("a datagram cannot be sent");
  }

  /// The sender of the next datagram.
  std::string receive() const {
    char datagram = 0;
    sockaddr_in from{};
    socklen_t length = sizeof from;
    if (::recvfrom(socket_, &datagram, 1, 0, reinterpret_cast<sockaddr*>(&from), &length) != 1)
      throw std::runtime_error("no datagram arrives");
    char text[INET_ADDRSTRLEN];
    return ::inet_ntop(AF_INET, &from.sin_addr, text, sizeof text);
  }

 private:
  static constexpr timeval patience{.tv_sec = 20, .tv_usec = 0};

  int socket_;
  sockaddr_in address_{};
};

class NetworkFaultsTest : public testing::Test {
 protected:
  using Lost = std::set<std::pair<std::string, std::string>>;

  void SetUp() override {
    if (!links_) GTEST_SKIP() << "no fault cuts links here: " << links_obstacle();
    for (const char* address :
         {"127.0.1.1", "127.0.1.2", "127.0.1.3", "127.0.1.4", "127.0.1.5", "127.0.2.1", "127.0.2.2"})
      machines_.emplace(address, std::make_unique<DatagramEndpoint>(address));
  }

  /// By the ends of their addresses, from whom to whom nothing arrives.
  Lost lost() const {
    Lost pairs;
    for (const auto& [from, sender] : machines_)
      for (const auto& [to, receiver] : machines_) pairs.emplace(from.substr(6), to.substr(6));
    // Twice: what a busy machine lets one datagram overtake counts all the same.
    for (int round = 0; round < 2; ++round) {
      for (const auto& [from, sender] : machines_)
        for (const auto& [to, receiver] : machines_) sender->send_to(*receiver);
      // The observer's own datagram is behind all that arrive.
      for (const auto& [to, receiver] : machines_) {
        observer_.send_to(*receiver);
        for (std::string from = receiver->receive(); from != observer_address; from = receiver->receive())
          pairs.erase({from.substr(6), to.substr(6)});
      }
    }
    return pairs;
  }

  Lost lost_by(FaultKind kind) {
    inject(*links_, kind,
           {.primary = "127.0.1.1",
            .replicas = {"127.0.1.2"},
            .others = {"127.0.1.2", "127.0.1.3", "127.0.1.4"},
            .sentinel = "127.0.1.4",
            .cartd = cartd_address(0),
            .cartds = cartd_addresses(2)});
    return lost();
  }

  // In this order: what is made before the links is not in their network.
  std::unique_ptr<Links> links_ = links_where_possible();
  const DatagramEndpoint observer_{observer_address};
  std::map<std::string, std::unique_ptr<DatagramEndpoint>> machines_;
};

TEST_F(NetworkFaultsTest, APrimaryThatIsCutOffReachesCartdsAndNobodyElse) {
  EXPECT_EQ(lost_by(FaultKind::cut_off_primary),
            (Lost{{"1.1", "1.2"}, {"1.1", "1.3"}, {"1.1", "1.4"}, {"1.2", "1.1"}, {"1.3", "1.1"}, {"1.4", "1.1"}}));
}

TEST_F(NetworkFaultsTest, ASplitLeavesOneCartdOnThePrimarysSide) {
  EXPECT_EQ(lost_by(FaultKind::split_network), (Lost{{"1.1", "1.2"},
                                                     {"1.1", "1.3"},
                                                     {"1.1", "1.4"},
                                                     {"1.2", "1.1"},
                                                     {"1.3", "1.1"},
                                                     {"1.4", "1.1"},
                                                     {"2.1", "1.2"},
                                                     {"2.1", "1.3"},
                                                     {"2.1", "1.4"},
                                                     {"1.2", "2.1"},
                                                     {"1.3", "2.1"},
                                                     {"1.4", "2.1"}}));
}

TEST_F(NetworkFaultsTest, AMutePrimaryStillReceivesFromItsReplicas) {
  EXPECT_EQ(lost_by(FaultKind::mute_primary), (Lost{{"1.1", "1.2"}}));
}

TEST_F(NetworkFaultsTest, ASentinelThatIsCutOffReachesNobody) {
  EXPECT_EQ(lost_by(FaultKind::cut_off_sentinel), (Lost{{"1.4", "1.1"},
                                                        {"1.4", "1.2"},
                                                        {"1.4", "1.3"},
                                                        {"1.4", "1.4"},
                                                        {"1.4", "2.1"},
                                                        {"1.4", "2.2"},
                                                        {"1.1", "1.4"},
                                                        {"1.2", "1.4"},
                                                        {"1.3", "1.4"},
                                                        {"2.1", "1.4"},
                                                        {"2.2", "1.4"}}));
}

TEST_F(NetworkFaultsTest, ACartdThatIsCutOffReachesAllButThePrimary) {
  EXPECT_EQ(lost_by(FaultKind::cut_off_cartd), (Lost{{"2.1", "1.1"}, {"1.1", "2.1"}}));
}

TEST_F(NetworkFaultsTest, StalledRequestsAndStalledRepliesAreLostOneWayEach) {
  EXPECT_EQ(lost_by(FaultKind::stall_requests), (Lost{{"2.1", "1.1"}}));
  links_->restore();
  EXPECT_EQ(lost_by(FaultKind::stall_replies), (Lost{{"1.1", "2.1"}}));
}

TEST_F(NetworkFaultsTest, EverythingArrivesOnceLinksAreRestored) {
  for (const FaultKind kind : network_faults()) EXPECT_NE(lost_by(kind), Lost{});
  links_->restore();
  EXPECT_EQ(lost(), Lost{});
}

TEST_F(NetworkFaultsTest, AWrongAddressIsAnError) {
  EXPECT_THROW(links_->lose({"nowhere"}, {"127.0.1.1"}), std::runtime_error);
}

TEST_F(NetworkFaultsTest, ServersConnectFromTheAddressAtWhichTheyListen) {
  SentinelGroup group({.replicas = 1, .sentinels = 1, .own_addresses = true});
  RedisProbe primary = group.server(0).probe();
  const auto port = [](const RedisServer& server) { return std::to_string(server.port()); };
  EXPECT_THAT(primary.text({"INFO", "replication"}), HasSubstr("ip=127.0.1.2,port=" + port(group.server(1))));
  EXPECT_THAT(primary.text({"CLIENT", "LIST"}), HasSubstr("addr=127.0.1.3:"));
}

TEST_F(NetworkFaultsTest, ADeploymentIsWholeOnlyOnceItsReplicasHaveCaughtUp) {
  const auto write_unheard = [&](RedisServer& primary, RedisServer& replica) {
    links_->lose({primary.address()}, {replica.address()});
    primary.probe().text({"SET", RedisCluster::key_in(0), "value"});
    links_->restore();
  };
  SentinelGroup group({.replicas = 1, .sentinels = 1, .own_addresses = true});
  write_unheard(group.server(0), group.server(1));
  group.wait_until_whole();
  EXPECT_EQ(group.server(1).probe().integer({"DBSIZE"}), 1);

  RedisCluster cluster({.own_addresses = true});
  write_unheard(cluster.node(0), cluster.node(cluster.replica_of(0)));
  cluster.wait_until_whole();
  EXPECT_EQ(cluster.node(cluster.replica_of(0)).probe().integer({"DBSIZE"}), 1);
}

}  // namespace
}  // namespace cartd::test
