// What the deployments have in common in which replicas take over from a primary: the faults of servers and of the
// network between them. What another primary is and how it comes about differs.
#pragma once

#include "chaos/deployment/deployment.h"
#include "chaos/faults/links.h"
#include "chaos/faults/network_faults.h"
#include "support/redis_server.h"

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

namespace cartd::test {

class ReplicatedDeployment : public Deployment {
 public:
  bool may_roll_back() const final { return true; }
  std::string inject(const Fault& fault) final;
  void heal() final;

 protected:
  /// The servers that a fault is about, by number.
  struct Pair {
    std::size_t primary = 0;
    std::size_t replica = 0;
  };

  /// Before the servers are made: whatever is to be cut off from others has to start in the network of the links.
  explicit ReplicatedDeployment(std::size_t cartds) : cartds_(cartds) {}

  virtual RedisServer& server(std::size_t number) = 0;
  virtual std::string name_of(std::size_t server) const = 0;
  virtual Pair pair_of(const Fault& fault) = 0;
  /// Returns when another server has taken over from this one.
  virtual void wait_for_successor(const Fault& fault, std::size_t primary) = 0;
  /// From the primary of the pair to a replica, by command; answers from where to where.
  virtual std::string fail_over(const Fault& fault, Pair pair) = 0;
  virtual std::string fail_over_twice(const Fault& fault, Pair pair) = 0;
  /// The faults that only this deployment knows.
  virtual std::string inject_own(const Fault& fault) = 0;
  virtual FaultTargets targets_of(const Fault& fault, Pair pair) = 0;

  /// Whether links can be cut here, so that there are network faults.
  bool has_links() const { return links_ != nullptr; }
  std::size_t cartds() const { return cartds_; }
  void heal_by(std::function<void()> heal) { heal_ = std::move(heal); }

 private:
  std::string inject_network(const Fault& fault, Pair pair);
  std::string kill(std::size_t number);
  std::string freeze(std::size_t number);
  std::string cartd_of(const Fault& fault) const { return "cartd " + std::to_string(fault.target % cartds_); }

  const std::size_t cartds_;
  const std::unique_ptr<Links> links_ = links_where_possible();
  std::function<void()> heal_ = [] {};
};

}  // namespace cartd::test
