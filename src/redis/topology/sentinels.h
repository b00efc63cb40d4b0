// The Sentinels that watch one primary: asks them who it is, and whether most of them still say so. Knows those of the
// URL and learns the others from them.
//
// Threads: like Link. No Sentinel is waited for longer than the timeout, and none holds up the others.
#pragma once

#include "redis/connection/link.h"
#include "redis/protocol/endpoint.h"
#include "redis/topology/client_options.h"
#include "redis/topology/deployment.h"
#include "redis/topology/sentinel_replies.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/result.hpp>

#include <cstddef>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cartd::redis {

class Sentinels {
 public:
  /// `deployment` is one of Topology::sentinel.
  Sentinels(boost::asio::any_io_executor executor, const Deployment& deployment, const ClientOptions& options);
  ~Sentinels();
  Sentinels(const Sentinels&) = delete;
  Sentinels& operator=(const Sentinels&) = delete;

  void start();
  /// Callers that wait for an answer get none.
  void stop();

  /// Where the primary is, or why that is unknown. Also learns further Sentinels. `this` outlives the
  /// answer.
  boost::asio::awaitable<boost::system::result<Endpoint, std::string>> find();

  /// Whether a majority of all Sentinels, asked from now on, names this very server. `this` outlives the answer.
  boost::asio::awaitable<bool> majority_names(Endpoint server);

  /// How many Sentinels there are by their own reports, and not fewer than the URL names.
  std::size_t known() const;
  /// How many are connected and owe no answer for longer than the timeout.
  std::size_t answering() const;

 private:
  struct Sentinel;
  struct Poll;

  void add(Url url, bool is_seed);
  void learn(const std::vector<SentinelReport>& reports);

  const boost::asio::any_io_executor executor_;
  const std::string master_;
  const Url entry_;  ///< How to enter a Sentinel.
  const ClientOptions options_;
  std::vector<std::shared_ptr<Sentinel>> sentinels_;
  std::set<std::string> ids_;  ///< Of all there are.
  bool started_ = false;
};

}  // namespace cartd::redis
