#include "chaos/deployment/deployment.h"

#include <stdexcept>

namespace cartd::test {
namespace {

// What can be hit is the cartd and its disk, which belong to the fleet.
class EmbeddedDeployment final : public Deployment {
 public:
  std::string url() const override { return ""; }
  std::vector<FaultKind> faults() const override { return {}; }
  bool may_roll_back() const override { return false; }
  std::string inject(const Fault& fault) override {
    throw std::runtime_error("there is no server for " + to_string(fault.kind));
  }
  void heal() override {}
  void wait_until_whole() override {}
  RedisProbe probe_for(const std::string& key) override { throw std::runtime_error("no server holds " + key); }
};

}  // namespace

std::unique_ptr<Deployment> embedded_deployment() { return std::make_unique<EmbeddedDeployment>(); }

}  // namespace cartd::test
