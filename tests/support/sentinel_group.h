// A primary, its replicas, and the Sentinels that watch them: a deployment of a test's own.
#pragma once

#include "support/certificates.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

struct SentinelGroupOptions {
  std::string binary = "redis-server";
  std::size_t replicas = 2;
  std::size_t sentinels = 3;
  std::chrono::milliseconds down_after{
      1000};                        ///< A server that does not answer for so long is down, say the Sentinels.
  std::string password{};           ///< Of the servers; empty: none.
  std::string sentinel_password{};  ///< Of the Sentinels; empty: none.
  bool tls = false;                 ///< TLS only, for servers and Sentinels, with certificates for 127.0.0.1.
  bool asks_for_certificates =
      false;  ///< With TLS: every client has to show a certificate, as servers want it by default.
  bool own_addresses =
      false;  ///< True: no two share a loopback address, so that links can be told apart. Not with TLS.
  std::vector<std::string> arguments{};  ///< For every server, as on its command line.
};

/// Everything listens on 127.0.0.1, unless each has its own address, and ends with the object. Every failover takes a
/// few times `down_after`.
///
/// Threads: used by the one that made it, which every process here dies with.
class SentinelGroup {
 public:
  /// Up when this returns: the replicas are in sync and the Sentinels know each other.
  explicit SentinelGroup(SentinelGroupOptions options = {});

  /// What the Sentinels call the primary.
  static constexpr const char* name = "carts";

  /// The servers, in no role that lasts: first the one that was the primary at first. 1 + replicas of them.
  RedisServer& server(std::size_t index) { return *servers_.at(index); }
  std::size_t servers() const { return servers_.size(); }
  RedisServer& sentinel(std::size_t index) { return *sentinels_.at(index); }
  std::size_t sentinels() const { return sentinels_.size(); }
  /// After sentinel(index).kill(), as a Sentinel's times are not in its file.
  void restart_sentinel(std::size_t index);

  /// The URL of the deployment with passwords, naming every Sentinel, or the first `sentinels` of them.
  std::string url(std::size_t sentinels = 64) const;
  /// Only with TLS.
  const Certificates& certificates() const { return certificates_.value(); }

  /// The index of the server that most running Sentinels name, once it says that it is a primary itself. Throws
  /// std::runtime_error when there is none after a minute.
  std::size_t primary();
  /// Waits until another server than that at `before` is the primary and answers its index.
  std::size_t primary_other_than(std::size_t before);
  /// Waits until every server but the primary is a replica that has all the primary has, and the Sentinels know as
  /// much: whole again.
  void wait_until_whole();
  /// Tells a Sentinel to make another server the primary, and waits until that is done.
  void fail_over();

 private:
  std::optional<std::size_t> named_primary();
  void set_times(RedisServer& sentinel) const;
  std::string address_of(std::size_t machine) const;
  std::uint16_t public_port(const RedisServer& server) const {
    return options_.tls ? server.tls_port() : server.port();
  }
  std::string public_address(const RedisServer& server) const {
    return server.address() + ":" + std::to_string(public_port(server));
  }

  const SentinelGroupOptions options_;
  const TempDir folder_;
  std::optional<Certificates> certificates_;
  std::vector<std::unique_ptr<RedisServer>> servers_;
  std::vector<std::unique_ptr<RedisServer>> sentinels_;
};

}  // namespace cartd::test
