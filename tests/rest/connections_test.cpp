// How connections live and end: keep-alive, pipelining, timeouts, limits, drain.
#include "rest/http_fixture.h"
#include "support/process_memory.h"
#include "support/wait_until.h"

#include <boost/asio/post.hpp>

#include <sys/resource.h>

#include <chrono>
#include <future>
#include <memory>
#include <stdexcept>
#include <thread>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

class HttpConnections : public HttpTest {
 protected:
  /// Two carts that live on different reactors.
  std::pair<std::string, std::string> carts_of_two_reactors() const {
    const std::string first = "cart-0";
    for (int i = 1;; ++i) {
      const std::string second = "cart-" + std::to_string(i);
      if (reactors.home(first) != reactors.home(second)) return {first, second};
    }
  }

  std::string get(const std::string& target, const HttpHeaders& headers = {}) {
    return http_request("GET", target, "", headers);
  }

  /// Waits until nobody is let in any more.
  bool port_closes() const {
    return wait_until([&] {
      try {
        const HttpClient late(port());
        return false;
      } catch (const std::runtime_error&) {
        return true;
      }
    });
  }
};

TEST_F(HttpConnections, PipelinedRequestsAreAnsweredInOrder) {
  serve();
  const auto [first, second] = carts_of_two_reactors();
  std::string requests;
  for (int i = 0; i < 100; ++i) {
    requests += http_request("POST", "/v1/carts/" + (i % 2 == 0 ? first : second) + "/items", R"({"sku":"s"})",
                             {{"X-Request-Id", "r" + std::to_string(i)}});
  }
  client().write(requests);
  for (int i = 0; i < 100; ++i) {
    const auto response = client().read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
    EXPECT_EQ(response->header("x-request-id"), "r" + std::to_string(i));
    EXPECT_EQ(json::parse(response->body).at("version"), i / 2 + 1);
  }
}

TEST_F(HttpConnections, ARequestMayArriveByteByByte) {
  serve();
  for (const char byte : http_request("POST", "/v1/carts/a/items", R"({"sku":"s"})", {})) client().write({&byte, 1});
  const auto response = client().read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpConnections, ChunkedBodiesAreUnderstood) {
  serve();
  client().write(
      "POST /v1/carts/a/items HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n5\r\n{\"sku\r\n6\r\n\":\"s\"}\r\n0\r\n\r\n");
  const auto response = client().read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200) << response->body;
  EXPECT_EQ(cart("a").at("item_count"), 1);
}

TEST_F(HttpConnections, AClientThatWaitsForContinueGetsIt) {
  serve();
  const std::string body = R"({"sku":"s"})";
  client().write("POST /v1/carts/a/items HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " +
                 std::to_string(body.size()) + "\r\n\r\n");
  const auto go_on = client().read();
  ASSERT_TRUE(go_on);
  EXPECT_EQ(go_on->status, 100);
  client().write(body);
  const auto response = client().read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
}

TEST_F(HttpConnections, TheClientDecidesHowLongTheConnectionIsKept) {
  serve();
  {
    HttpClient closes(port());
    EXPECT_EQ(closes.get("/healthz", {{"Connection", "close"}}).header("connection"), "close");
    EXPECT_TRUE(closes.closed_by_server());
  }
  {
    HttpClient old(port());
    old.write("GET /healthz HTTP/1.0\r\n\r\n");
    EXPECT_EQ(old.read()->header("connection"), "close");
    EXPECT_TRUE(old.closed_by_server());
  }
  HttpClient old_but_kept(port());
  for (int i = 0; i < 2; ++i) {
    old_but_kept.write("GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    EXPECT_EQ(old_but_kept.read()->header("connection"), "keep-alive");
  }
}

TEST_F(HttpConnections, RequestsSentBeforeTheClientClosedAreAnswered) {
  serve();
  client().write(get("/healthz") + get("/v1/carts/a"));
  client().finish();
  EXPECT_EQ(client().read()->status, 200);
  EXPECT_EQ(client().read()->status, 200);
  EXPECT_TRUE(client().closed_by_server());
}

TEST_F(HttpConnections, ARequestThatIsCutShortIsNotDone) {
  serve();
  {
    HttpClient other(port());
    const std::string request = http_request("POST", "/v1/carts/a/items", R"({"sku":"s"})", {});
    other.write(request.substr(0, request.size() - 1));
    other.finish();
    EXPECT_TRUE(other.closed_by_server());
  }
  EXPECT_EQ(cart("a").at("version"), 0);
}

TEST_F(HttpConnections, AHeaderThatTakesTooLongIsAnswered408) {
  serve();
  client().write("GET /healthz HTTP/1.1\r\nHost:");
  const auto response = client().read_answer_to("GET", "/healthz");
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
  EXPECT_EQ(problem_code(*response), "request-timeout");
  EXPECT_TRUE(client().closed_by_server());
}

TEST_F(HttpConnections, AHeaderThatDripsIsAnswered408InSpiteOfItsProgress) {
  serve();
  const auto begun = std::chrono::steady_clock::now();
  client().write("GET /healthz HTTP/1.1\r\nHost: a\r\nX: ");
  EXPECT_TRUE(wait_until([&] {
    client().write("x");
    return metric("cartd_http_requests_total{method=\"other\",route=\"unmatched\",status=\"408\"}") > 0;
  }));
  EXPECT_GE(std::chrono::steady_clock::now() - begun, options.timeouts.header);
  const auto response = client().read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 408);
}

TEST_F(HttpConnections, ABodyThatTakesTooLongIsAnswered408AndNotDone) {
  serve();
  {
    HttpClient other(port());
    other.write("POST /v1/carts/a/items HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n{\"sku\":");
    const auto response = other.read_answer_to("POST", "/v1/carts/a/items");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 408);
    EXPECT_TRUE(other.closed_by_server());
  }
  EXPECT_EQ(cart("a").at("version"), 0);
}

TEST_F(HttpConnections, AnIdleConnectionIsClosedSilently) {
  options.timeouts.idle = 100ms;
  serve();
  HttpClient silent(port());
  EXPECT_TRUE(silent.closed_by_server());
  HttpClient once(port());
  EXPECT_EQ(once.get("/healthz").status, 200);
  EXPECT_TRUE(once.closed_by_server());
}

TEST_F(HttpConnections, AClientThatDoesNotReadIsNotReadFromAndInTheEndCutOff) {
  serve();
  std::string cart_body = "[";
  for (int i = 0; i < 400; ++i) {
    if (i > 0) cart_body += ',';
    cart_body += R"({"op":"add","sku":")" + std::string(90, 'x') + std::to_string(i) + R"("})";
  }
  ASSERT_EQ(client().post("/v1/carts/big/commands", cart_body + "]").status, 200);
  const std::size_t before = memory_of("self", "VmRSS");

  HttpClient slow(port(), {.receive_buffer = 4096});
  const std::string requests = [&] {
    std::string all;
    for (int i = 0; i < 1000; ++i) all += get("/v1/carts/big");
    return all;
  }();
  // Goes on asking for some 50 KiB at a time and reads nothing, until the server has enough of it.
  std::size_t accepted = 0;
  const bool cut_off = wait_until([&] {
    try {
      accepted += slow.write_some(requests);
      return false;
    } catch (const std::runtime_error&) {
      return true;
    }
  });
  EXPECT_TRUE(cut_off);
  EXPECT_LT(metric("cartd_http_requests_total{method=\"GET\",route=\"/v1/carts/{cart}\",status=\"200\"}"), 1000)
      << "it answered what nobody takes";
  if (memory_is_cartds) {
    EXPECT_LT(memory_of("self", "VmRSS"), before + (std::size_t{16} << 20)) << accepted << " bytes were accepted";
  }
  EXPECT_EQ(cart("big").at("line_count"), 400) << "others are served";
}

TEST_F(HttpConnections, OneConnectionTooManyIsAnswered503) {
  options.limits.connections = 2;
  serve();
  HttpClient first(port());
  HttpClient second(port());
  EXPECT_EQ(first.get("/healthz").status, 200);
  EXPECT_EQ(second.get("/healthz").status, 200);
  {
    HttpClient third(port());
    third.write(get("/healthz"));
    const auto response = third.read_answer_to("GET", "/healthz");
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 503);
    EXPECT_EQ(problem_code(*response), "overloaded");
    EXPECT_EQ(response->header("retry-after"), "1");
    EXPECT_TRUE(third.closed_by_server());
  }
  EXPECT_EQ(first.get("/healthz").status, 200);
}

TEST_F(HttpConnections, APlaceThatBecomesFreeIsGivenAgain) {
  options.limits.connections = 1;
  serve();
  { EXPECT_EQ(HttpClient(port()).get("/healthz").status, 200); }
  EXPECT_TRUE(wait_until([&] {
    HttpClient next(port());
    next.write(get("/healthz"));
    const auto response = next.read();
    return response && response->status == 200;
  }));
}

TEST_F(HttpConnections, RunningOutOfDescriptorsDoesNotEndTheServer) {
  serve();
  EXPECT_EQ(client().get("/healthz").status, 200);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  HttpClient waiting_1(port());
  EXPECT_EQ(waiting_1.get("/healthz").status, 200);

  // From here on no descriptor can be made in this process, by accept() neither.
  const int lowest_free = ::dup(0);
  ASSERT_GE(lowest_free, 0);
  const rlimit none{static_cast<rlim_t>(lowest_free) + 1, before.rlim_max};
  ::close(lowest_free);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  HttpClient late(port());  // Takes the last one.
  late.write(get("/healthz"));
  EXPECT_EQ(waiting_1.get("/healthz").status, 200) << "those who are in are served";
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_EQ(late.read()->status, 200) << "those who wait get in as soon as they can";
}

TEST_F(HttpConnections, DrainFinishesWhatRunsAndClosesTheRest) {
  service_options.store_deadline = 10s;
  serve();
  HttpClient idle(port());
  EXPECT_EQ(idle.get("/healthz").status, 200);
  HttpClient busy(port());
  faults.hold();
  busy.write(http_request("POST", "/v1/carts/a/items", R"({"sku":"s"})", {}));
  ASSERT_TRUE(faults.wait_until_held(1));

  bool clean = false;
  std::thread draining([&] { clean = drain(); });
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(port_closes()) << "nobody is let in any more";
  faults.release();
  const auto response = busy.read();
  ASSERT_TRUE(response);
  EXPECT_EQ(response->status, 200);
  EXPECT_EQ(response->header("connection"), "close");
  EXPECT_TRUE(busy.closed_by_server());
  draining.join();
  EXPECT_TRUE(clean);
}

TEST_F(HttpConnections, DrainServesTheConnectionsThatWaitAtThePort) {
  serve();
  // The loops are held, so that nothing is accepted.
  std::promise<void> release;
  const std::shared_future<void> released = release.get_future().share();
  for (std::size_t i = 0; i < reactors.size(); ++i)
    boost::asio::post(reactors[i].io(), [released] { released.wait(); });
  std::vector<std::unique_ptr<HttpClient>> clients;
  for (int i = 0; i < 40; ++i) {
    clients.push_back(std::make_unique<HttpClient>(port()));
    clients.back()->write(http_request("POST", "/v1/carts/a/items", R"({"sku":"s"})", {}));
  }
  std::future<bool> clean = std::async(std::launch::async, [&] { return drain(); });
  release.set_value();
  for (const auto& waiting : clients) {
    const auto response = waiting->read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->status, 200);
  }
  clients.clear();
  EXPECT_TRUE(clean.get());
}

TEST_F(HttpConnections, DrainAnswersAllThatWasPipelined) {
  service_options.store_deadline = 10s;
  options.timeouts.farewell = 2s;
  serve();
  HttpClient busy(port());
  faults.hold();
  const std::string request = http_request("POST", "/v1/carts/a/items", R"({"sku":"s"})", {});
  busy.write(request + request + request);
  ASSERT_TRUE(faults.wait_until_held(1));
  std::future<bool> clean = std::async(std::launch::async, [&] { return drain(); });
  EXPECT_TRUE(port_closes());
  faults.release();
  for (const char* connection : {"", "", "close"}) {
    const auto response = busy.read();
    ASSERT_TRUE(response);
    EXPECT_EQ(response->header("connection"), connection);
  }
  EXPECT_TRUE(busy.closed_by_server());
  EXPECT_TRUE(clean.get());
}

TEST_F(HttpConnections, DrainWaitsForWhatAnIdleClientHasOnItsWay) {
  options.timeouts.farewell = 20s;
  options.timeouts.drain = 40s;
  serve();
  HttpClient idle(port());
  EXPECT_EQ(idle.get("/healthz").status, 200);
  std::future<bool> clean = std::async(std::launch::async, [&] { return drain(); });
  EXPECT_TRUE(port_closes());
  const HttpResponse response = idle.get("/healthz");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.header("connection"), "close");
  EXPECT_TRUE(idle.closed_by_server());
  EXPECT_TRUE(clean.get());
}

TEST_F(HttpConnections, DrainCutsWhatDoesNotEndInTime) {
  options.timeouts.drain = 100ms;
  options.timeouts.header = 20s;
  serve();
  HttpClient stuck(port());
  stuck.write(get("/healthz") + "GET /healthz HTTP/1.1\r\n");
  ASSERT_TRUE(stuck.read()) << "from then on the server has the beginning of the second";
  EXPECT_FALSE(drain());
  EXPECT_TRUE(stuck.closed_by_server());
}

TEST_F(HttpConnections, APortThatIsTakenIsAClearError) {
  serve();
  Reactors other_reactors(2);
  Metrics metrics;
  http::Options taken;
  taken.port = port();
  http::Server server(other_reactors, http::Router({}, nullptr), metrics, taken);
  try {
    server.start();
    FAIL() << "it shares the port";
  } catch (const std::runtime_error& e) {
    EXPECT_EQ(std::string(e.what()),
              "cannot listen on 127.0.0.1:" + std::to_string(port()) + ": Address already in use");
  }
  http::Options nonsense;
  nonsense.address = "localhost";
  http::Server nowhere(other_reactors, http::Router({}, nullptr), metrics, nonsense);
  EXPECT_THROW(nowhere.start(), std::runtime_error);
}

TEST_F(HttpConnections, AnIdleConnectionCostsAtMost8KiB) {
  serve();
  constexpr std::size_t count = 200;  // Two descriptors each, and a process may have as few as 1024.
  const auto open = [&] {
    std::vector<std::unique_ptr<HttpClient>> clients;
    for (std::size_t i = 0; i < count; ++i) {
      clients.push_back(std::make_unique<HttpClient>(port()));
      EXPECT_EQ(clients.back()->get("/v1/carts/a").status, 200);
    }
    return clients;
  };
  { const auto warm = open(); }
  ASSERT_TRUE(wait_until([&] { return metric("cartd_http_connections") == 0; }));
  const std::size_t before = memory_of("self", "VmRSS");
  const auto first = open();
  const auto second = open();
  const std::size_t after = memory_of("self", "VmRSS");
  // Of these, at least the half that the warm-up left no memory for had to get it from the system.
  if (memory_is_cartds) {
    EXPECT_LT(after, before + count * 8 * 1024) << (after - before) / count << " bytes a connection";
  }
  EXPECT_EQ(metric("cartd_http_connections"), 2.0 * count);
}

}  // namespace
}  // namespace cartd::test
