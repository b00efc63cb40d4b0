// Makes checkpoints of the embedded store in the folder `checkpoints` of the data directory, one at a time, on a thread
// of its own: each is a data directory, so that a cartd can be started on it.
//
// Threads: make() may be called on any reactor, and answers on the same. Destroyed when the reactors have ended.
#pragma once

#include "api/rest/checkpoints.h"
#include "store/embedded/embedded_store.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

namespace cartd::app {

class Checkpoints {
 public:
  /// `store` outlives it.
  Checkpoints(EmbeddedStore& store, const std::filesystem::path& data_dir);
  ~Checkpoints();
  Checkpoints(const Checkpoints&) = delete;
  Checkpoints& operator=(const Checkpoints&) = delete;

  /// As rest::MakeCheckpoint.
  boost::asio::awaitable<rest::CheckpointOutcome> make(std::string name);

 private:
  rest::CheckpointOutcome try_now(const std::string& name);
  rest::CheckpointOutcome make_now(const std::string& name);

  EmbeddedStore& store_;
  const std::filesystem::path folder_;
  const std::shared_ptr<std::atomic<bool>> is_making_ = std::make_shared<std::atomic<bool>>(false);
  boost::asio::thread_pool worker_{1};
};

}  // namespace cartd::app
