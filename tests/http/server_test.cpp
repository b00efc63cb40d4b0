// The server with a table of routes of its own: what it does without knowing what it serves.
#include "http/server.h"

#include "runtime/metrics.h"
#include "runtime/reactor.h"
#include "support/http_client.h"

#include <gtest/gtest.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cartd::http {
namespace {

using boost::asio::awaitable;
using test::HttpClient;
using test::HttpResponse;

awaitable<Response> greet(std::string greeting, Call call) {
  co_return json_response(200, '"' + greeting + ' ' + call.names[0] + '"');
}

awaitable<Response> fail(Call) {
  throw std::runtime_error("a defect");
  co_return Response();
}

Response refuse(Fault fault, std::string detail) {
  Response response = json_response(status_of(fault), '"' + detail + '"');
  response.problem = "fault";
  return response;
}

class HttpServer : public ::testing::Test {
 protected:
  HttpServer() {
    const std::string greeting = "hello";
    std::vector<Route> routes{
        {verb::get, "/greetings/{name}", [greeting](Call call) { return greet(greeting, std::move(call)); }},
        {verb::get, "/defect", fail}};
    Options options;
    options.port = 0;
    server_ = std::make_unique<Server>(reactors_, Router(std::move(routes), refuse), metrics_, options);
    reactors_.start();
    server_->start();
  }
  ~HttpServer() override {
    server_->drain();
    server_.reset();
    reactors_.stop();
  }

  HttpResponse get(const std::string& target) {
    HttpClient client(server_->port());
    return client.get(target);
  }

  Metrics metrics_;
  Reactors reactors_{2};
  std::unique_ptr<Server> server_;
};

TEST_F(HttpServer, AnswersWithWhatTheHandlerBrings) {
  const HttpResponse response = get("/greetings/w%C3%B6rld");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, "\"hello wörld\"");
}

TEST_F(HttpServer, RefusesWithItsRoutersTexts) {
  const HttpResponse nowhere = get("/nowhere");
  EXPECT_EQ(nowhere.status, 404);
  EXPECT_EQ(nowhere.body, "\"no such path\"");
  HttpClient client(server_->port());
  client.write("not HTTP\r\n\r\n");
  const auto malformed = client.read();
  ASSERT_TRUE(malformed);
  EXPECT_EQ(malformed->status, 400);
  EXPECT_EQ(malformed->header("content-type"), "application/json");
}

TEST_F(HttpServer, AHandlersExceptionIsAnsweredAndKeepsTheConnection) {
  HttpClient client(server_->port());
  EXPECT_EQ(client.get("/defect").status, 500);
  EXPECT_EQ(client.get("/greetings/you").status, 200);
}

TEST_F(HttpServer, CountsByTheRoutesThatItWasGiven) {
  get("/greetings/you");
  EXPECT_NE(metrics_.text().find(R"(cartd_http_requests_total{method="GET",route="/greetings/{name}",status="200"} 1)"),
            std::string::npos);
}

}  // namespace
}  // namespace cartd::http
