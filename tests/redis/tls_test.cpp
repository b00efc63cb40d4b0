// TLS with real servers: whom a link trusts, who it says it is, and what it says when that does not suit.
#include "redis/connection/tls_check.h"
#include "redis/link_under_test.h"
#include "redis/protocol/tls_options.h"
#include "support/certificates.h"
#include "support/fake_server.h"
#include "support/free_port.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"
#include "support/temp_dir.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>

namespace cartd::redis {
namespace {

using namespace std::string_literals;
using test::Certificates, test::make_certificates, test::RedisServer;
using testing::AllOf, testing::HasSubstr, testing::Not, testing::StartsWith;

class TlsTest : public testing::TestWithParam<std::string> {
 protected:
  Certificates certificates(const std::string& name, const std::string& names = "DNS:localhost,IP:127.0.0.1",
                            const std::optional<test::Validity>& validity = std::nullopt) const {
    return make_certificates(folder_.path() / name, names, validity);
  }
  static test::RedisServerOptions with(const Certificates& certificates, std::vector<std::string> arguments = {}) {
    test::RedisServerOptions options;
    options.binary = GetParam();
    options.certificates = certificates;
    options.arguments = std::move(arguments);
    return options;
  }
  static std::string url(const RedisServer& server, const std::string& query, const std::string& host = "localhost") {
    return "rediss://" + host + ":" + std::to_string(server.tls_port()) + "?" + query;
  }
  static std::string trusting(const Certificates& certificates) { return "tls_ca=" + certificates.authority.string(); }
  static std::string showing(const Certificates& certificates) {
    return "tls_cert=" + certificates.certificate.string() + "&tls_key=" + certificates.key.string();
  }

  // Why a link to `url` does not come up.
  static std::string refusal(const std::string& url) {
    LinkUnderTest link(url);
    EXPECT_TRUE(link.becomes(LinkState::down));
    std::string why = link.last_error();
    EXPECT_THAT(why, AllOf(Not(HasSubstr("localhost")), Not(HasSubstr("127.0.0.1")), Not(HasSubstr("/"s + "tmp"))));
    return why;
  }
  static std::string answer(const std::string& url) {
    LinkUnderTest link(url);
    return text(link.send({"PING"}));
  }

  test::TempDir folder_;
};

INSTANTIATE_TEST_SUITE_P(On, TlsTest, testing::ValuesIn(test::server_binaries()), test::parameter_name);

TEST_P(TlsTest, TrustsTheSystemsAuthoritiesByDefault) {
  const RedisServer server({.binary = GetParam(), .password = "secret", .tls_names = "DNS:localhost,IP:127.0.0.1"});
  ::setenv("SSL_CERT_FILE", server.certificates().authority.c_str(), 1);
  for (const char* host : {"localhost", "127.0.0.1"}) {
    LinkUnderTest link("rediss://:secret@"s + host + ":" + std::to_string(server.tls_port()));
    EXPECT_EQ(text(link.send({"SET", "k", host})), "OK") << host;
    const std::string large(1 << 20, 'x');
    EXPECT_EQ(text(link.send({"ECHO", large})), large);
    EXPECT_EQ(server.probe().text({"GET", "k"}), host);
  }
}

TEST_P(TlsTest, TrustsTheAuthorityItIsGivenAndNoOther) {
  const Certificates good = certificates("good");
  const Certificates other = certificates("other");
  const RedisServer server(with(good));
  EXPECT_EQ(answer(url(server, trusting(good))), "PONG");
  EXPECT_EQ(refusal(url(server, trusting(other))),
            "no TLS connection: the issuer of the server's certificate is unknown, and not in tls_ca");
  ::setenv("SSL_CERT_FILE", good.authority.c_str(), 1);
  EXPECT_THAT(refusal(url(server, trusting(other))), HasSubstr("unknown"));
}

TEST_P(TlsTest, TrustsTheServersOwnCertificateWhenItIsGiven) {
  const Certificates good = certificates("good");
  const RedisServer server(with(good));
  EXPECT_EQ(answer(url(server, "tls_ca=" + good.certificate.string())), "PONG");
}

TEST_P(TlsTest, NamesAMissingListOfAuthorities) {
  const Certificates good = certificates("good");
  const RedisServer server(with(good));
  ::setenv("SSL_CERT_FILE", (folder_.path() / "absent").c_str(), 1);
  ::setenv("SSL_CERT_DIR", (folder_.path() / "absent").c_str(), 1);
  EXPECT_EQ(refusal("rediss://localhost:" + std::to_string(server.tls_port())),
            "no TLS connection: the issuer of the server's certificate is unknown: the file that SSL_CERT_FILE names "
            "cannot be read: "
            "No such file or directory");
}

TEST_P(TlsTest, SaysThatTheNameIsWrongAndTakesTheOneThatIsGiven) {
  const Certificates named = certificates("named", "DNS:redis.example.com");
  const RedisServer server(with(named));
  for (const char* host : {"localhost", "127.0.0.1"}) {
    EXPECT_THAT(refusal(url(server, trusting(named), host)),
                HasSubstr("not for the name or address that cartd connects to"));
    EXPECT_EQ(answer(url(server, trusting(named) + "&tls_server_name=redis.example.com", host)), "PONG");
    EXPECT_THAT(refusal(url(server, trusting(named) + "&tls_server_name=redis.example.org", host)),
                HasSubstr("not for the name that tls_server_name gives"));
  }
}

TEST_P(TlsTest, SaysThatACertificateIsSelfSigned) {
  const Certificates own = certificates("own");
  const Certificates other = certificates("other");
  const RedisServer server(with({own.authority, own.authority, own.authority.parent_path() / "ca.key"}));
  EXPECT_THAT(refusal(url(server, trusting(other))), HasSubstr("the server's certificate is self-signed"));
}

TEST_P(TlsTest, SaysThatACertificateIsTooOldOrTooNew) {
  const Certificates old = certificates("old", "DNS:localhost", test::long_ago);
  EXPECT_THAT(refusal(url(RedisServer(with(old)), trusting(old))), HasSubstr("the server's certificate has expired"));
  const Certificates early = certificates("early", "DNS:localhost", test::far_ahead);
  EXPECT_THAT(refusal(url(RedisServer(with(early)), trusting(early))),
              HasSubstr("the server's certificate is not valid yet"));
}

TEST_P(TlsTest, LooksAtNoCertificateWhenItIsToldSo) {
  const Certificates old = certificates("old", "DNS:redis.example.com", test::long_ago);
  const RedisServer server(with(old));
  EXPECT_EQ(answer(url(server, "tls_verify=none")), "PONG");
  EXPECT_EQ(answer(url(server, "ssl_cert_reqs=none", "127.0.0.1")), "PONG");
}

TEST_P(TlsTest, ShowsAClientCertificateWhereOneIsAskedFor) {
  const Certificates good = certificates("good");
  const Certificates other = certificates("other");
  for (const char* protocol : {"TLSv1.2", "TLSv1.3"}) {
    const RedisServer server(with(good, {"--tls-auth-clients", "yes", "--tls-protocols", protocol}));
    EXPECT_EQ(answer(url(server, trusting(good) + "&" + showing(good))), "PONG") << protocol;
    EXPECT_THAT(refusal(url(server, trusting(good))), HasSubstr("client certificate")) << protocol;
    EXPECT_THAT(refusal(url(server, trusting(good))), HasSubstr("tls_cert")) << protocol;
    EXPECT_THAT(refusal(url(server, trusting(good) + "&" + showing(other))),
                HasSubstr("refused the client certificate of tls_cert"))
        << protocol;
  }
}

TEST_P(TlsTest, SaysThatItsOwnCertificateHasExpired) {
  const Certificates good = certificates("good");
  // Of an authority that the server trusts.
  const Certificates old = certificates("old", "DNS:client", test::long_ago);
  auto options = with(good, {"--tls-auth-clients", "yes"});
  options.certificates->authority = old.authority;
  const RedisServer server(options);
  EXPECT_THAT(refusal(url(server, trusting(good) + "&" + showing(old))),
              HasSubstr("the server refused the client certificate of tls_cert: it has expired"));
}

TEST_P(TlsTest, ConnectsWithFilesThatWereExchangedMeanwhile) {
  const Certificates good = certificates("good");
  const Certificates other = certificates("other");
  const RedisServer server(with(good));
  const auto authority = folder_.path() / "current.pem";
  std::filesystem::copy_file(other.authority, authority);
  LinkUnderTest link(url(server, "tls_ca=" + authority.string()));
  ASSERT_TRUE(link.becomes(LinkState::down));
  std::filesystem::copy_file(good.authority, authority, std::filesystem::copy_options::overwrite_existing);
  ASSERT_TRUE(link.becomes(LinkState::up));
  std::filesystem::remove(authority);
  link.thread().call([&] { link.link().reconnect("the test says so"); });
  EXPECT_TRUE(test::wait_until([&] {
    return link.last_error() == "no TLS connection: the file of tls_ca cannot be read: No such file or directory";
  })) << link.last_error();
}

TEST_P(TlsTest, KnowsAServerWithoutTlsAndOneWithIt) {
  const Certificates good = certificates("good");
  const RedisServer server(with(good));
  // It says nothing, because it waits for the end of what it takes for a command.
  LinkOptions hasty = quick_options();
  hasty.connect_timeout = std::chrono::milliseconds(300);
  LinkUnderTest link("rediss://localhost:" + std::to_string(server.port()), hasty);
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_EQ(link.last_error(),
            "connecting took too long: no answer to the TLS handshake; the server may not speak TLS");
  EXPECT_THAT(refusal("redis://localhost:" + std::to_string(server.tls_port())), HasSubstr("TLS"));
  EXPECT_THAT(refusal("redis://localhost:" + std::to_string(server.tls_port())), HasSubstr("(rediss"));
}

TEST(TlsWithoutServer, RefusesWhatDoesNotSpeakIt) {
  test::FakeServer server([](std::size_t, std::size_t, const std::string&) { return "-ERR unknown command\r\n"; });
  LinkUnderTest link("rediss://127.0.0.1:" + std::to_string(server.port()));
  ASSERT_TRUE(link.becomes(LinkState::down));
  EXPECT_THAT(link.last_error(), AllOf(StartsWith("no TLS connection"), HasSubstr("does not speak TLS")));
}

class TlsFiles : public testing::Test {
 protected:
  std::string write(const char* name, const std::string& text) const {
    std::ofstream(folder_.path() / name) << text;
    return folder_.path() / name;
  }
  test::TempDir folder_;
};

TEST_F(TlsFiles, ThatFitAreNoFault) {
  const Certificates good = make_certificates(folder_.path() / "good", "DNS:h");
  EXPECT_EQ(tls_fault({}), "");
  EXPECT_EQ(tls_fault({.authority = good.authority, .certificate = good.certificate, .key = good.key}), "");
  const std::string both = write("both.pem", test::read_text(good.certificate) + test::read_text(good.key));
  EXPECT_EQ(tls_fault({.certificate = both}), "");
}

TEST_F(TlsFiles, ThatDoNotAreNamedWithWhatIsWrong) {
  const Certificates good = make_certificates(folder_.path() / "good", "DNS:h");
  const Certificates other = make_certificates(folder_.path() / "other", "DNS:h");
  const std::string absent = folder_.path() / "absent";
  const std::string text = write("text", "no certificate\n");
  EXPECT_EQ(tls_fault({.authority = absent}), "tls_ca " + absent + ": cannot be read: No such file or directory");
  EXPECT_EQ(tls_fault({.authority = folder_.path()}), "tls_ca " + folder_.path().string() + ": is a directory");
  EXPECT_EQ(tls_fault({.authority = text}), "tls_ca " + text + ": holds no certificate in PEM format");
  EXPECT_EQ(tls_fault({.certificate = absent, .key = good.key}),
            "tls_cert " + absent + ": cannot be read: No such file or directory");
  EXPECT_EQ(tls_fault({.certificate = text, .key = good.key}),
            "tls_cert " + text + ": holds no certificate in PEM format");
  EXPECT_EQ(tls_fault({.certificate = good.certificate, .key = absent}),
            "tls_key " + absent + ": cannot be read: No such file or directory");
  EXPECT_EQ(tls_fault({.certificate = good.certificate, .key = text}),
            "tls_key " + text + ": holds no private key in PEM format");
  EXPECT_EQ(tls_fault({.certificate = good.certificate}),
            "tls_key " + good.certificate.string() + ": holds no private key in PEM format");
  EXPECT_EQ(tls_fault({.certificate = good.certificate, .key = other.key}),
            "tls_key " + other.key.string() + ": does not belong to the certificate of tls_cert");
  EXPECT_EQ(tls_fault({.key = good.key}), "tls_key " + good.key.string() + ": needs a certificate: set tls_cert too");
}

TEST_F(TlsFiles, AKeyThatAsksForAPassphraseIsSaidToDoSo) {
  const Certificates good = make_certificates(folder_.path() / "good", "DNS:h");
  const std::string locked = folder_.path() / "locked.key";
  ASSERT_EQ(
      test::run_to_end({"openssl", "ec", "-aes256", "-passout", "pass:x", "-in", good.key.string(), "-out", locked},
                       {.folder = folder_.path(), .output = folder_.path() / "log"}),
      0);
  EXPECT_THAT(tls_fault({.certificate = good.certificate, .key = locked}), HasSubstr("passphrase"));
}

}  // namespace
}  // namespace cartd::redis
