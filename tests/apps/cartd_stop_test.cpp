// How cartd ends, as clients and balancers see it: no request that has arrived goes unanswered.
#include "apps/programs.h"
#include "support/http_client.h"
#include "support/redis_server.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr, testing::Not;

const std::string one_more = R"({"sku":"a","quantity":1})";

/// Threads that go on until it is over, and are joined whatever happens.
class Crowd {
 public:
  ~Crowd() { end(); }
  bool over() const { return over_; }
  void end() {
    over_ = true;
    join();
  }
  template <class Task>
  void add(Task task) {
    threads_.emplace_back(std::move(task));
  }
  void join() {
    for (std::thread& thread : threads_) thread.join();
    threads_.clear();
  }

 private:
  std::atomic<bool> over_{false};
  std::vector<std::thread> threads_;
};

std::unique_ptr<HttpClient> connected(std::uint16_t port) {
  try {
    return std::make_unique<HttpClient>(port);
  } catch (const std::runtime_error&) {
    return nullptr;
  }
}

/// The status of one more item in a cart of `client`'s; 0 when the connection ended without an answer.
int add(HttpClient& client, const std::string& cart, bool& last) {
  try {
    const HttpResponse response = client.post("/v1/carts/" + cart + "/items", one_more);
    last = response.header("connection") == "close";
    return response.status;
  } catch (const std::runtime_error&) {
    return 0;
  }
}

TEST(CartdStop, ARequestOnAKeptConnectionIsAnsweredWheneverItArrives) {
  constexpr int stops = 3;
  constexpr int clients = 16;
  for (int stop = 0; stop < stops; ++stop) {
    RunningCartd cartd;
    std::atomic<int> unanswered{0};
    std::atomic<int> answers{0};
    Crowd crowd;
    for (int i = 0; i < clients; ++i) {
      crowd.add([&, i] {
        HttpClient client(cartd.port());
        for (bool last = false; !last;) {
          if (add(client, "c" + std::to_string(i), last) != 200) {
            ++unanswered;
            return;
          }
          ++answers;
          // Some clients think, so that their connections are idle now and then.
          if (i % 2 == 0) std::this_thread::sleep_for(std::chrono::milliseconds(i));
        }
      });
    }
    EXPECT_TRUE(wait_until([&] { return answers > 10 * clients; }));
    cartd.process().signal(SIGTERM);
    EXPECT_EQ(cartd.process().wait(), 0);
    crowd.join();
    EXPECT_EQ(unanswered, 0);
  }
}

TEST(CartdStop, ANewConnectionIsRefusedOrServed) {
  RunningCartd cartd;
  std::atomic<int> unanswered{0};
  std::atomic<int> answers{0};
  Crowd crowd;
  for (int i = 0; i < 8; ++i) {
    crowd.add([&, i] {
      bool last = false;
      while (const auto client = connected(cartd.port())) {
        if (add(*client, "c" + std::to_string(i), last) == 200) ++answers;
        else ++unanswered;
      }
    });
  }
  EXPECT_TRUE(wait_until([&] { return answers > 500; }));
  cartd.process().signal(SIGTERM);
  EXPECT_EQ(cartd.process().wait(), 0);
  crowd.join();
  EXPECT_EQ(unanswered, 0);
}

TEST(CartdStop, IsAnnouncedForTheDrainDelayWhileEverythingIsServed) {
  RunningCartd cartd({"--drain-delay", "10m"});
  cartd.process().signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return cartd.ask("GET", "/readyz").status == 503; }));
  EXPECT_THAT(cartd.ask("GET", "/readyz").body,
              HasSubstr(R"("status":"stopping","store":{"kind":"memory","ready":true})"));
  EXPECT_EQ(cartd.ask("GET", "/healthz").status, 200U);
  HttpClient client(cartd.port());
  for (int i = 0; i < 2; ++i) {
    const HttpResponse response = client.post("/v1/carts/c/items", one_more);
    EXPECT_EQ(response.status, 200);
    EXPECT_EQ(response.header("connection"), "");
  }
  cartd.process().signal(SIGTERM);
  EXPECT_EQ(cartd.process().wait(), 1) << "a second signal ends it at once";
}

TEST(CartdStop, HangupTakesOverTheLogLevelAndOtherSignalsDoNothing) {
  const TempDir folder;
  const std::string file = folder.path() / "cartd.toml";
  std::ofstream(file) << "log-level = \"info\"\n";
  RunningCartd cartd({"--config", file});

  cartd.process().signal(SIGUSR1);
  cartd.process().signal(SIGUSR2);
  EXPECT_TRUE(cartd.logs("SIGUSR1 and SIGUSR2 are ignored"));

  std::ofstream(file) << "log-level = \"chatty\"\n";
  cartd.process().signal(SIGHUP);
  EXPECT_TRUE(cartd.logs("nothing was changed")) << cartd.log();

  std::ofstream(file) << "log-level = \"debug\"\n";
  EXPECT_EQ(cartd.ask("GET", "/healthz").status, 200U);
  EXPECT_THAT(cartd.log(), Not(HasSubstr("request answered")));
  cartd.process().signal(SIGHUP);
  EXPECT_TRUE(cartd.logs("log level and format reloaded"));
  EXPECT_EQ(cartd.ask("GET", "/healthz").status, 200U);
  EXPECT_TRUE(cartd.logs("request answered"));

  cartd.process().signal(SIGTERM);
  EXPECT_EQ(cartd.process().wait(), 0);
}

/// What a balancer knows of a server.
struct Backend {
  std::atomic<std::uint16_t> port;
  std::atomic<bool> ready{true};
};

/// Sends requests to those of two servers, in turn, that were ready when it last asked.
class Balancer {
 public:
  explicit Balancer(std::array<Backend, 2>& backends) : backends_(backends) {}

  /// What add() answers; 0 also when a connection was refused, or no server was ready.
  int add(const std::string& cart) {
    for (std::size_t tries = 0; tries < backends_.size(); ++tries) {
      Backend& backend = backends_[++turn_ % backends_.size()];
      const std::uint16_t port = backend.port;
      if (!backend.ready) {
        kept_.erase(port);
        continue;
      }
      std::unique_ptr<HttpClient>& client = kept_[port];
      if (!client) client = connected(port);
      if (!client) return 0;
      bool last = false;
      const int status = test::add(*client, cart, last);
      if (last || status == 0) client.reset();
      return status;
    }
    return 0;
  }

 private:
  std::array<Backend, 2>& backends_;
  std::size_t turn_ = 0;
  std::map<std::uint16_t, std::unique_ptr<HttpClient>> kept_;
};

TEST(CartdStop, NoSharedMemoryOutlivesAKill) {
  RunningCartd cartd;
  const std::string its = "-" + std::to_string(cartd.process().pid());
  cartd.process().kill();
  for (const auto& file : std::filesystem::directory_iterator("/dev/shm"))
    EXPECT_FALSE(file.path().filename().string().ends_with(its)) << file.path();
}

TEST(CartdStop, ARollingRestartOfTwoLosesNoRequest) {
  const RedisServer redis;
  const auto start = [&] {
    auto cartd = std::make_unique<RunningCartd>(std::vector<std::string>{"--drain-delay", "2s"},
                                                Variables{{"REDIS_URL", redis.url()}});
    EXPECT_TRUE(wait_until([&] { return cartd->ask("GET", "/readyz").status == 200; }));
    return cartd;
  };
  std::array<std::unique_ptr<RunningCartd>, 2> cartds{start(), start()};
  std::array<Backend, 2> backends{{{cartds[0]->port()}, {cartds[1]->port()}}};

  std::atomic<int> failures{0};
  std::array<std::atomic<int>, 4> acknowledged{};
  Crowd crowd;
  crowd.add([&] {
    while (!crowd.over()) {
      for (Backend& backend : backends) {
        const auto client = connected(backend.port);
        try {
          backend.ready = client && client->get("/readyz").status == 200;
        } catch (const std::runtime_error&) {
          backend.ready = false;
        }
      }
      std::this_thread::sleep_for(20ms);
    }
  });
  for (std::size_t i = 0; i < acknowledged.size(); ++i) {
    crowd.add([&, i] {
      Balancer balancer(backends);
      while (!crowd.over()) ++(balancer.add("c" + std::to_string(i)) == 200 ? acknowledged[i] : failures);
    });
  }
  const auto go_on = [&] {
    const int before = acknowledged[0];
    return wait_until([&] { return acknowledged[0] > before + 50; });
  };
  EXPECT_TRUE(go_on());
  for (std::size_t i = 0; i < 2; ++i) {
    cartds[i]->process().signal(SIGTERM);
    EXPECT_EQ(cartds[i]->process().wait(), 0);
    EXPECT_TRUE(go_on()) << "the other one serves alone";
    cartds[i] = start();
    backends[i].port = cartds[i]->port();
    EXPECT_TRUE(wait_until([&] { return backends[i].ready.load(); }));
    EXPECT_TRUE(go_on());
  }
  crowd.end();
  EXPECT_EQ(failures, 0);
  for (std::size_t i = 0; i < acknowledged.size(); ++i)
    EXPECT_EQ(redis.probe().text({"HGET", "cart:c" + std::to_string(i), "a"}), std::to_string(acknowledged[i]));
}

}  // namespace
}  // namespace cartd::test
