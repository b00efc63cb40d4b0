// Which server owns which keys, and who stands behind it: one answer per topology.
//
// Threads: like Link.
#pragma once

#include "redis/protocol/endpoint.h"
#include "redis/replication/safety.h"
#include "redis/topology/client_options.h"
#include "redis/topology/deployment.h"
#include "redis/topology/server.h"
#include "redis/topology/slots.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace cartd::redis {

class Discovery {
 public:
  virtual ~Discovery() = default;

  virtual void start() {}
  /// Callers that wait for an answer get a negative one.
  virtual void stop() {}

  /// The slots' owners, or why they are unknown, without secrets. Asks `servers` in this order where servers can be
  /// asked. The discovery outlives the answer.
  virtual boost::asio::awaitable<boost::system::result<SlotMap, std::string>> find(std::vector<ServerPtr> servers) = 0;

  /// Whether the last find() found nothing because what was asked runs in no cluster.
  virtual bool is_no_cluster() const { return false; }

  /// Whether the authority, asked from now on, stands behind `server`. The discovery outlives the answer.
  virtual boost::asio::awaitable<bool> confirms_primary(ServerPtr server) = 0;

  /// The rule by which a change becomes durable here. Known once find() has succeeded.
  virtual SafetyPolicy safety() const = 0;

  /// The longest time between two looks while nothing is wrong.
  virtual std::chrono::milliseconds interval() const = 0;

  virtual std::size_t sentinels_known() const { return 0; }
  virtual std::size_t sentinels_answering() const { return 0; }
};

std::unique_ptr<Discovery> make_discovery(boost::asio::any_io_executor executor, const Deployment& deployment,
                                          const ClientOptions& options);

}  // namespace cartd::redis
