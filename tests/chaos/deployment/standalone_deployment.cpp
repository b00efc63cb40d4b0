#include "chaos/deployment/deployment.h"
#include "support/proxy.h"
#include "support/redis_server.h"

namespace cartd::test {
namespace {

std::vector<std::string> server_arguments(const StandaloneOptions& options) {
  if (!options.saves) return {};
  return {"--appendonly", "yes", "--appendfsync", "always"};
}

class StandaloneDeployment final : public Deployment {
 public:
  explicit StandaloneDeployment(const StandaloneOptions& options)
      : server_({.arguments = server_arguments(options)}), proxy_(server_.port()) {}

  std::string url() const override { return "redis://127.0.0.1:" + std::to_string(proxy_.port()); }

  std::vector<FaultKind> faults() const override {
    return {FaultKind::kill_primary,  FaultKind::freeze_primary, FaultKind::stall_requests,
            FaultKind::stall_replies, FaultKind::refuse_links,   FaultKind::reset_links};
  }

  bool may_roll_back() const override { return false; }

  std::string inject(const Fault& fault) override {
    switch (fault.kind) {
      case FaultKind::kill_primary:
        server_.kill();
        dead_ = true;
        break;
      case FaultKind::freeze_primary: server_.freeze(); break;
      case FaultKind::stall_requests: proxy_.stall(Proxy::Direction::to_server); break;
      case FaultKind::stall_replies: proxy_.stall(Proxy::Direction::to_client); break;
      case FaultKind::refuse_links:
        proxy_.refuse(true);
        proxy_.reset_all();
        break;
      default: proxy_.reset_all(); break;
    }
    return "the server";
  }

  void heal() override {
    if (dead_) server_.restart();
    dead_ = false;
    server_.thaw();
    proxy_.refuse(false);
    proxy_.release();
  }

  // A server that was started or goes on answers, and it has no one to agree with.
  void wait_until_whole() override {}

  RedisProbe probe_for(const std::string&) override { return server_.probe(); }

  std::optional<std::uint16_t> port_for_plain_clients() const override { return server_.port(); }

 private:
  RedisServer server_;
  Proxy proxy_;
  bool dead_ = false;
};

}  // namespace

std::unique_ptr<Deployment> standalone_deployment(StandaloneOptions options) {
  return std::make_unique<StandaloneDeployment>(options);
}

}  // namespace cartd::test
