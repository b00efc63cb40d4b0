// A whole HTTP server with the memory store, in this process, on a free port.
#pragma once

#include "api/rest/context.h"
#include "http/server.h"
#include "journal/faulty_disk.h"
#include "journal/journal.h"
#include "rest/faulty_store.h"
#include "runtime/clock.h"
#include "runtime/memory_budget.h"
#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "service/cart_service.h"
#include "service/user_service.h"
#include "store/shard.h"
#include "support/http_client.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

class HttpTest : public ::testing::Test {
 protected:
  HttpTest();
  ~HttpTest() override;

  /// To be called before serve(); the timeouts are short, so that tests of them are.
  http::Options options{};
  CartServiceOptions service_options{};

  /// Gives the server a journal of at most `max_bytes`, on `disk`. To be called before serve().
  void open_journal(std::uint64_t max_bytes = std::uint64_t{1} << 20,
                    std::chrono::milliseconds deadline = std::chrono::minutes(1));
  /// Starts the server.
  void serve();
  /// Ends it, as a process would at SIGTERM. What http::Server::drain() answers.
  bool drain();

  /// Null before open_journal().
  Journal* journal() { return journal_.get(); }
  std::uint16_t port() const { return server_->port(); }
  /// A connection that the test may use like any client.
  HttpClient& client();
  /// The cart as a GET shows it.
  nlohmann::json cart(const std::string& id);
  /// The value of a series in /metrics, 0 when there is none.
  double metric(const std::string& series);

  Reactors reactors{2};
  Faults faults;
  FaultyDisk disk;

 private:
  SystemClock clock_;
  Metrics metrics_;
  MemoryBudget budget_{std::size_t{256} << 20};
  const TempDir folder_;
  std::unique_ptr<Journal> journal_{};
  std::vector<Shard> shards_{};
  std::unique_ptr<CartService> carts_{};
  std::unique_ptr<UserService> users_{};
  std::unique_ptr<Moving> moving_{};
  std::unique_ptr<rest::Context> context_{};
  std::unique_ptr<http::Server> server_{};
  std::unique_ptr<HttpClient> client_{};
};

/// The "code" of a problem: what stands in its type behind urn:cartd:. Empty when the response is no problem.
std::string problem_code(const HttpResponse& response);

}  // namespace cartd::test
