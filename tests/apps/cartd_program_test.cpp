// cartd as an operator meets it: a process with flags, exit codes, one line of error, signals and a log.
#include "apps/programs.h"
#include "support/certificates.h"
#include "support/free_port.h"
#include "support/redis_server.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>

namespace cartd::test {
namespace {

using testing::HasSubstr, testing::IsEmpty, testing::MatchesRegex, testing::Not, testing::StartsWith;

std::ptrdiff_t lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

// A connection on which a request can be left unfinished.
class Client {
 public:
  explicit Client(std::uint16_t port) : socket_(io_) {
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
  }
  void send(const std::string& bytes) { boost::asio::write(socket_, boost::asio::buffer(bytes)); }
  std::string receive_all() {
    std::string bytes;
    boost::system::error_code end;
    boost::asio::read(socket_, boost::asio::dynamic_buffer(bytes), end);
    return bytes;
  }

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
};

const std::string half_a_request =
    "POST /v1/carts/c/items HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: "
    "11\r\n\r\n{\"sku\"";
const std::string the_other_half = ":\"a\"}";

// Waits until the server has read what `client` left unfinished: it counts connections when it has them.
bool has_connections(const RunningCartd& cartd, const std::string& count) {
  return wait_until(
      [&] { return cartd.ask("GET", "/metrics").body.find("cartd_http_connections " + count) != std::string::npos; });
}

TEST(CartdProgram, PrintsHelpAndVersion) {
  const Ended help = run_cartd({"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_THAT(help.out, HasSubstr("--store-deadline"));
  EXPECT_THAT(help.out, HasSubstr("REDIS_URL"));
  EXPECT_THAT(help.err, IsEmpty());
  const Ended version = run_cartd({"--version"});
  EXPECT_EQ(version.code, 0);
  EXPECT_EQ(version.out, "cartd " CARTD_VERSION "\n");
}

TEST(CartdProgram, ChecksTheConfigurationWithoutStarting) {
  const Ended good =
      run_cartd({"--check", "--listen", "[::1]:0"}, {{"REDIS_URL", "redis://shop:s3cr3t@redis.example:7/2"}});
  EXPECT_EQ(good.code, 0);
  EXPECT_EQ(good.out,
            "the configuration is valid: carts in Redis redis://shop:***@redis.example:7/2, listen [::1]:0\n");
  EXPECT_THAT(good.err, IsEmpty());
  const Ended bad = run_cartd({"--check", "--ttl", "7"});
  EXPECT_EQ(bad.code, 2);
  EXPECT_THAT(bad.out, IsEmpty());
}

TEST(CartdProgram, ChecksTheDataDirectoryWithoutChangingIt) {
  const TempDir folder;
  const std::filesystem::path data = folder.path() / "data";
  const auto check = [&](const std::filesystem::path& where) {
    return run_cartd({"--check", "--redis-url", "redis://127.0.0.1:1", "--data-dir", where});
  };
  EXPECT_EQ(check(data).code, 0);
  EXPECT_FALSE(std::filesystem::exists(data));
  EXPECT_THAT(check(data / "deeper").err, HasSubstr("does not exist"));
  std::ofstream(folder.path() / "file") << "x";
  EXPECT_EQ(check(folder.path() / "file").code, 1);
  EXPECT_THAT(check(folder.path() / "file").err, HasSubstr("is not a folder"));
  {
    const RunningCartd cartd({"--redis-url", "redis://127.0.0.1:1", "--data-dir", data});
    EXPECT_THAT(check(data).err, HasSubstr("is used by another process"));
    EXPECT_EQ(lines(check(data).err), 1);
  }
  EXPECT_EQ(check(data).code, 0) << check(data).err;
}

TEST(CartdProgram, MissingAndUnfitFilesForTlsAreToldAtStartAndByCheck) {
  const TempDir folder;
  const std::string absent = folder.path() / "absent.pem";
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"--check"}, {"--listen", "127.0.0.1:0"}}) {
    const Ended ended = run_cartd(arguments, {{"REDIS_URL", "rediss://h?tls_ca=" + absent}});
    EXPECT_EQ(ended.code, 1);
    EXPECT_EQ(ended.err, "cartd: tls_ca " + absent + ": cannot be read: No such file or directory\n");
    EXPECT_THAT(ended.out, IsEmpty());
  }
}

TEST(CartdProgram, WarnsAtEveryStartAndInEveryCheck) {
  const Variables variables{{"REDIS_URL", "rediss://127.0.0.1:1?tls_verify=none&family=6"}, {"CARTD_TTLL", "3d"}};
  const Ended check = run_cartd({"--check"}, variables);
  EXPECT_EQ(check.code, 0);
  EXPECT_EQ(lines(check.err), 3) << check.err;
  EXPECT_THAT(check.err, HasSubstr("cartd: warning: unknown environment variable \"CARTD_TTLL\""));
  const RunningCartd cartd({}, variables);
  for (const char* part : {"CARTD_TTLL", "tls_verify=none", "cartd ignores: family"})
    EXPECT_TRUE(cartd.logs(part)) << cartd.log();
}

TEST(CartdProgram, CallsItsConnectionsAsTheUrlSays) {
  const RedisServer redis;
  const RunningCartd cartd({"--redis-url", redis.url() + "?client_name=shop-eu"});
  RedisProbe probe = redis.probe();
  EXPECT_TRUE(wait_until([&] { return probe.text({"CLIENT", "LIST"}).find("name=shop-eu") != std::string::npos; }));
}

TEST(CartdProgram, ServesFromARedisThatAsksForClientCertificates) {
  const TempDir folder;
  const Certificates files = make_certificates(folder.path() / "tls", "DNS:redis.example.com");
  RedisServerOptions options;
  options.certificates = files;
  options.arguments = {"--tls-auth-clients", "yes"};
  const RedisServer redis(options);
  const std::string url = "rediss://127.0.0.1:" + std::to_string(redis.tls_port());
  const Variables variables{{"CARTD_TLS_CA", files.authority}, {"CARTD_TLS_SERVER_NAME", "redis.example.com\n"}};
  const RunningCartd cartd({"--redis-url", url, "--tls-cert", files.certificate, "--tls-key", files.key}, variables);
  EXPECT_TRUE(wait_until([&] { return cartd.ask("GET", "/readyz").status == 200U; }));
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"a"})").status, 200U);
  const Ended doctor =
      run_cartctl({"doctor", "--redis-url", url, "--tls-cert", files.certificate, "--tls-key", files.key}, variables);
  EXPECT_THAT(doctor.out, HasSubstr("a primary")) << doctor.err;

  const RunningCartd without({"--redis-url", url}, variables);
  EXPECT_TRUE(without.logs("requires a client certificate")) << without.log();
  EXPECT_THAT(run_cartctl({"doctor", "--redis-url", url}, variables).err, HasSubstr("requires a client certificate"));
}

TEST(CartdProgram, AWrongFlagIsOneLineAndExitCodeTwo) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
           {"--ttll", "3d"}, {"--ttl", "7"}, {"--redis-url", "redis://:s3cr3t@h:x"}, {"serve"}}) {
    const Ended ended = run_cartd(arguments);
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, StartsWith("cartd: "));
    EXPECT_EQ(lines(ended.err), 1);
    EXPECT_THAT(ended.err, Not(HasSubstr("s3cr3t")));
    EXPECT_THAT(ended.out, IsEmpty());
  }
}

TEST(CartdProgram, APortInUseIsOneLineAndExitCodeOne) {
  const RunningCartd first;
  const Ended second = run_cartd({"--listen", "127.0.0.1:" + std::to_string(first.port())});
  EXPECT_EQ(second.code, 1);
  EXPECT_THAT(second.err, StartsWith("cartd: "));
  EXPECT_EQ(lines(second.err), 1) << second.err;
}

TEST(CartdProgram, StartsWithOneLineThatSaysWhatItIs) {
  const RunningCartd cartd;
  EXPECT_EQ(lines(cartd.log()), 1) << cartd.log();
  for (const char* part : {"\"version\":\"" CARTD_VERSION "\"", "\"carts\":\"in memory\"",
                           "\"topology\":", "\"outbox\":\"memory\"", "\"listen\":\"127.0.0.1:"})
    EXPECT_TRUE(cartd.logs(part)) << cartd.log();
}

TEST(CartdProgram, ServesCartsFromMemory) {
  const RunningCartd cartd;
  EXPECT_EQ(cartd.ask("GET", "/readyz").status, 200U);
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"a","quantity":2})").status, 200U);
  const auto cart = cartd.ask("GET", "/v1/carts/c");
  EXPECT_EQ(cart.status, 200U);
  EXPECT_THAT(cart.body, HasSubstr(R"({"sku":"a","quantity":2})"));
  EXPECT_THAT(cart.body, HasSubstr(R"("durability":"memory")"));
  const auto contract = cartd.ask("GET", "/openapi.yaml");
  EXPECT_EQ(contract.status, 200U);
  EXPECT_THAT(contract.body, StartsWith("openapi: 3.1"));
}

TEST(CartdProgram, HonoursLimitsAndLifetimes) {
  const RunningCartd cartd({"--max-lines", "1", "--ttl", "1h", "--ttl-prefix", "guest-=1s"});
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"a"})").status, 200U);
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"b"})").status, 422U);
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/guest-1/items", R"({"sku":"a"})").status, 200U);
  EXPECT_TRUE(
      wait_until([&] { return cartd.ask("GET", "/v1/carts/guest-1").body.find("\"sku\"") == std::string::npos; }));
  EXPECT_THAT(cartd.ask("GET", "/v1/carts/c").body, HasSubstr("\"sku\""));
}

TEST(CartdProgram, RefusesNewCartsAtItsMemoryBound) {
  const RunningCartd cartd({"--max-memory", "1MiB"});
  const std::string body = R"({"sku":"a","metadata":{"x":")" + std::string(3000, 'x') + "\"}}";
  unsigned status = 200;
  for (int i = 0; i < 1000 && status == 200; ++i)
    status = cartd.ask("POST", "/v1/carts/c" + std::to_string(i) + "/items", body).status;
  EXPECT_EQ(status, 507U);
}

TEST(CartdProgram, ReadsItsConfigFile) {
  const TempDir folder;
  const std::string file = folder.path() / "cartd.toml";
  std::ofstream(file) << "max-lines = 1\n";
  const RunningCartd cartd({"--config", file});
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"a"})").status, 200U);
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"b"})").status, 422U);
}

TEST(CartdProgram, EndsOnSigtermAndSigint) {
  for (const int signal : {SIGTERM, SIGINT}) {
    RunningCartd cartd;
    cartd.process().signal(signal);
    EXPECT_EQ(cartd.process().wait(), 0);
    EXPECT_TRUE(cartd.logs("\"cartd stopped\"")) << cartd.log();
  }
}

TEST(CartdProgram, FinishesRunningRequestsBeforeItEnds) {
  RunningCartd cartd;
  Client client(cartd.port());
  client.send(half_a_request);
  ASSERT_TRUE(has_connections(cartd, "2"));
  cartd.process().signal(SIGTERM);
  ASSERT_TRUE(cartd.logs("stopping; waiting for running requests"));
  client.send(the_other_half);
  EXPECT_THAT(client.receive_all(), StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(cartd.process().wait(), 0);
}

TEST(CartdProgram, CutsARequestThatOutlastsTheDrainTimeout) {
  RunningCartd cartd({"--drain-timeout", "100ms"});
  Client client(cartd.port());
  client.send(half_a_request);
  ASSERT_TRUE(has_connections(cartd, "2"));
  cartd.process().signal(SIGTERM);
  EXPECT_EQ(cartd.process().wait(), 0);
  EXPECT_TRUE(cartd.logs("were cut")) << cartd.log();
}

TEST(CartdProgram, EndsAtOnceOnASecondSignal) {
  RunningCartd cartd({"--drain-timeout", "10m", "--body-timeout", "10m"});
  Client client(cartd.port());
  client.send(half_a_request);
  ASSERT_TRUE(has_connections(cartd, "2"));
  cartd.process().signal(SIGTERM);
  ASSERT_TRUE(cartd.logs("stopping; waiting for running requests"));
  cartd.process().signal(SIGTERM);
  EXPECT_EQ(cartd.process().wait(), 1);
}

TEST(CartdProgram, StartsWithoutRedisSaysSoAndRecovers) {
  RedisServerOptions options;
  options.start = false;
  options.password = "s3cr3t";
  RedisServer redis(options);
  RunningCartd cartd({}, {{"REDIS_URL", redis.url()}});
  ASSERT_TRUE(cartd.logs("Redis cannot be reached"));

  const auto not_ready = cartd.ask("GET", "/readyz");
  EXPECT_EQ(not_ready.status, 503U);
  EXPECT_THAT(not_ready.body, HasSubstr("\"detail\":"));
  EXPECT_EQ(cartd.ask("GET", "/healthz").status, 200U);
  const auto refused = cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"a"})");
  EXPECT_EQ(refused.status, 503U);
  EXPECT_TRUE(refused.retry_after);
  EXPECT_THAT(refused.body, HasSubstr("urn:cartd:store-unavailable"));
  EXPECT_EQ(cartd.ask("GET", "/v1/carts/c").status, 503U);

  redis.restart();
  EXPECT_TRUE(wait_until([&] { return cartd.ask("GET", "/readyz").status == 200; }));
  EXPECT_EQ(cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"a"})").status, 200U);
  EXPECT_TRUE(cartd.logs("Redis can be reached again"));

  const std::string log = cartd.log();
  EXPECT_EQ(log.find("Redis cannot be reached"), log.rfind("Redis cannot be reached"))
      << "one warning, however many links: " << log;
  EXPECT_THAT(log, HasSubstr("redis://:***@127.0.0.1"));
  EXPECT_THAT(log + not_ready.body + refused.body, Not(HasSubstr("s3cr3t")));
  EXPECT_THAT(not_ready.body + refused.body, Not(HasSubstr(std::to_string(redis.port()))));
}

TEST(CartdProgram, SharesCartsWithOtherProcessesThroughRedis) {
  RedisServer redis;
  RunningCartd one({}, {{"REDIS_URL", redis.url()}});
  RunningCartd other({"--redis-url", redis.url()});
  ASSERT_TRUE(
      wait_until([&] { return one.ask("GET", "/readyz").status == 200 && other.ask("GET", "/readyz").status == 200; }));
  EXPECT_EQ(one.ask("POST", "/v1/carts/c/items", R"({"sku":"a","quantity":2})").status, 200U);
  EXPECT_EQ(other.ask("POST", "/v1/carts/c/items", R"({"sku":"a","quantity":3})").status, 200U);
  EXPECT_EQ(redis.probe().text({"HGET", "cart:c", "a"}), "5");
  one.process().signal(SIGTERM);
  EXPECT_EQ(one.process().wait(), 0);
}

}  // namespace
}  // namespace cartd::test
