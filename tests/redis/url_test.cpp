#include "redis/protocol/url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>

namespace cartd::redis {
namespace {

using testing::HasSubstr;
using testing::Not;

Url good(const std::string& text) {
  const auto url = parse_url(text);
  EXPECT_TRUE(url) << text << ": " << (url ? "" : url.error());
  return url ? *url : Url{};
}

std::string error(const std::string& text) {
  const auto url = parse_url(text);
  EXPECT_FALSE(url) << text;
  return url ? "" : url.error();
}

TEST(RedisUrl, ReadsHostPortAndDatabase) {
  EXPECT_EQ(good("redis://cache.example.com:7000/3"), (Url{.host = "cache.example.com", .port = 7000, .database = 3}));
  EXPECT_EQ(good("REDIS://10.0.0.1"), (Url{.host = "10.0.0.1"}));
  EXPECT_EQ(good("redis://h/"), (Url{.host = "h"}));
  EXPECT_EQ(good("redis://h:/0"), (Url{.host = "h"}));
}

TEST(RedisUrl, ReadsTheDatabaseFromPathOrQuery) {
  EXPECT_EQ(good("redis://h/2/"), (Url{.host = "h", .database = 2}));
  EXPECT_EQ(good("redis://h?db=2"), (Url{.host = "h", .database = 2}));
  EXPECT_EQ(good("redis://h/?database=2&"), (Url{.host = "h", .database = 2}));
  EXPECT_EQ(good("redis://h/2?db=2"), (Url{.host = "h", .database = 2}));
}

TEST(RedisUrl, ReadsTheSchemesOfOtherClients) {
  for (const char* text : {"valkey://h", "VALKEY://h", "Redis://h"}) EXPECT_EQ(good(text), (Url{.host = "h"})) << text;
  for (const char* text : {"valkeys://h", "redis+tls://h", "redis+ssl://h", "redis://h?ssl=true"})
    EXPECT_EQ(good(text), (Url{.transport = Url::Transport::tls, .host = "h"})) << text;
  for (const char* text : {"redis-socket:///s", "redis+socket:///s", "redis+unix:///s", "valkey+unix:///s"})
    EXPECT_EQ(good(text), (Url{.transport = Url::Transport::unix_socket, .path = "/s"})) << text;
}

TEST(RedisUrl, TakesUserAndPasswordFromTheQueryAsWell) {
  EXPECT_EQ(good("redis://h?password=s%20x"), (Url{.host = "h", .password = "s x"}));
  EXPECT_EQ(good("redis://u@h?password=p"), (Url{.host = "h", .user = "u", .password = "p"}));
  EXPECT_EQ(good("redis://h?username=u&password=p"), (Url{.host = "h", .user = "u", .password = "p"}));
  EXPECT_EQ(error("redis://:a@h?password=b"), "The Redis URL has two passwords.");
}

TEST(RedisUrl, ReadsTls) {
  EXPECT_EQ(good("rediss://h:6380"), (Url{.transport = Url::Transport::tls, .host = "h", .port = 6380}));
}

TEST(RedisUrl, TakesIpv6AddressesOutOfTheirBrackets) {
  EXPECT_EQ(good("redis://[::1]:7000"), (Url{.host = "::1", .port = 7000}));
  EXPECT_EQ(good("redis://:pw@[2001:db8::7]/1"), (Url{.host = "2001:db8::7", .password = "pw", .database = 1}));
}

TEST(RedisUrl, TakesTheZoneOfALinkLocalAddress) {
  EXPECT_EQ(good("redis://[fe80::1%25eth0]:7000"), (Url{.host = "fe80::1%eth0", .port = 7000}));
  EXPECT_EQ(good("redis://:pw@[fe80::1%eth0]/1"), (Url{.host = "fe80::1%eth0", .password = "pw", .database = 1}));
  EXPECT_EQ(printable(good("redis://[fe80::1%eth0]")), "redis://[fe80::1%25eth0]:6379");
}

TEST(RedisUrl, DecodesUserAndPassword) {
  EXPECT_EQ(good("redis://shop:s%40cr%3Aet%2F@h"), (Url{.host = "h", .user = "shop", .password = "s@cr:et/"}));
  EXPECT_EQ(good("redis://:secret@h"), (Url{.host = "h", .password = "secret"}));
  EXPECT_EQ(good("redis://:a:b@h").password, "a:b");
  EXPECT_EQ(good("redis://:pass%20word%20@h").password, "pass word ");
}

TEST(RedisUrl, ReadsUnixSockets) {
  EXPECT_EQ(good("unix:///run/redis/redis.sock"),
            (Url{.transport = Url::Transport::unix_socket, .path = "/run/redis/redis.sock"}));
  EXPECT_EQ(good("unix:///a%20b?db=5"), (Url{.transport = Url::Transport::unix_socket, .path = "/a b", .database = 5}));
  EXPECT_EQ(good("unix://u:p@/s"),
            (Url{.transport = Url::Transport::unix_socket, .path = "/s", .user = "u", .password = "p"}));
}

TEST(RedisUrl, RefusesWhatItCannotMean) {
  for (const char* text : {"",
                           "redis",
                           "redis:",
                           "redis:h",
                           "redis://",
                           "redis:///0",
                           "redis://:6379",
                           "http://h",
                           "redis://h:0",
                           "redis://h:65536",
                           "redis://h:99999",
                           "redis://h:8a",
                           "redis://h:6379999999",
                           "redis://h:x",
                           "redis://h/x",
                           "redis://h/-1",
                           "redis://h/1/2",
                           "redis://h/99999999999",
                           "redis://h?db=",
                           "redis://h?db",
                           "redis://h?db=-1",
                           "redis://h/1?db=2",
                           "redis://h/0?db=2",
                           "redis://h?db=1&db=1",
                           "redis://h?db=1&database=1",
                           "redis://h/0//",
                           "redis://[fe80::1%]",
                           "redis://[fe80::1%25]x",
                           "redis://[fe80::1%a/b]",
                           "redis://h#0",
                           "redis://h h",
                           "redis://h%00",
                           "redis://a%20b",
                           "redis://[::1",
                           "redis://[v1.x]",
                           "redis://user@h",
                           "redis://h/%",
                           "unix://",
                           "unix:///",
                           "unix://host/s",
                           "unix:///s?db=x",
                           "unix:///s?db=1&db=2",
                           "unix:///s?x=1",
                           "unix:///a%00b",
                           "unix:///s#x",
                           "unix://:x",
                           "unix://u:p@@E",
                           "unix://:1/s",
                           "redis://h\n",
                           "redis://h1,h2"}) {
    EXPECT_FALSE(parse_url(text)) << text;
  }
  EXPECT_FALSE(parse_url("unix:///" + std::string(Url::max_path_bytes, 'a')));
  EXPECT_TRUE(parse_url("unix:///" + std::string(Url::max_path_bytes - 1, 'a')));
  EXPECT_FALSE(parse_url("redis://" + std::string(1'000'000, 'a')));
}

TEST(RedisUrl, SpeaksOfAPasswordOnlyWhereThereMayBeOne) {
  EXPECT_THAT(error("redis://h:port"), HasSubstr("a number for the port"));
  EXPECT_THAT(error("redis://:pa/ss@h"), HasSubstr("percent-encoded"));
}

TEST(RedisUrl, TakesAnotherDefaultPortForHosts) {
  EXPECT_EQ(parse_url("redis://h", 26379)->port, 26379);
  EXPECT_EQ(parse_url("redis://h:1", 26379)->port, 1);
}

TEST(RedisUrl, NeverRepeatsASecretInAnError) {
  for (const char* text : {"redis://:s3cr3t@", "redis://:s3cr3t@h:0", "redis://:s3cr3t#@h", "redis://s3cr3t@h",
                           "redis://u:s3cr3t@h/x", "s3cr3t", "redis://:s3cr3t@h?q", "unix://:s3cr3t@h/s",
                           "rediss://u:%zz3cr3t@h", "redis+sentinel://:s3cr3t@h/m"}) {
    EXPECT_THAT(error(text), Not(HasSubstr("3cr3t"))) << text;
  }
}

TEST(RedisUrl, PrintsEverythingButThePassword) {
  EXPECT_EQ(printable(good("redis://shop:s3cr3t@h/2")), "redis://shop:***@h:6379/2");
  EXPECT_EQ(printable(good("rediss://:s3cr3t@[::1]")), "rediss://:***@[::1]:6379");
  EXPECT_EQ(printable(good("redis://h")), "redis://h:6379");
  EXPECT_EQ(printable(good("unix://:s3cr3t@/run/a%20b?db=1")), "unix://:***@/run/a%20b?db=1");
}

TEST(RedisUrl, PrintsTheSameLengthForEveryPassword) {
  EXPECT_EQ(printable(good("redis://:a@h")), printable(good("redis://:abcdefghijklmnopqrstuvwxyz@h")));
}

TEST(RedisUrl, ReadsBackWhatItPrintsExceptThePassword) {
  EXPECT_TRUE(rc::check([] {
    Url url;
    const bool is_socket = *rc::gen::arbitrary<bool>();
    url.user = *rc::gen::string<std::string>();
    url.password = "***";
    url.database = *rc::gen::inRange(0U, 2147483647U);
    if (is_socket) {
      url.transport = Url::Transport::unix_socket;
      url.path = "/x" + *rc::gen::container<std::string>(rc::gen::inRange('!', '~'));
    } else {
      url.host = *rc::gen::element<std::string>("h", "a.b-c", "10.1.2.3", "2001:db8::1");
      url.port = *rc::gen::inRange<std::uint16_t>(1, 65535);
    }
    RC_PRE(url.path.size() <= Url::max_path_bytes);
    const auto again = parse_url(printable(url));
    RC_ASSERT(again.has_value());
    RC_ASSERT(*again == url);
  }));
}

TEST(RedisUrl, SurvivesAnyText) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const auto url = parse_url(text);
    RC_ASSERT(url.has_value() || !url.error().empty());
    const auto behind_scheme = parse_url("redis://" + text);
    RC_ASSERT(behind_scheme.has_value() || !behind_scheme.error().empty());
  }));
}

}  // namespace
}  // namespace cartd::redis
