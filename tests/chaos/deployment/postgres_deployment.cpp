#include "chaos/deployment/deployment.h"
#include "support/postgres_server.h"
#include "support/proxy.h"

#include <stdexcept>

namespace cartd::test {
namespace {

class PostgresDeployment final : public Deployment {
 public:
  std::string url() const override { return ""; }
  std::string database_url() const override { return server_.url(database_, proxy_.port()); }

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
    return "the database";
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

  RedisProbe probe_for(const std::string& key) override { throw std::runtime_error("no Redis holds " + key); }

 private:
  PostgresServer server_;
  const std::string database_ = server_.create_database();
  Proxy proxy_{server_.port()};
  bool dead_ = false;
};

}  // namespace

std::unique_ptr<Deployment> postgres_deployment() { return std::make_unique<PostgresDeployment>(); }

}  // namespace cartd::test
