// cartctl's parts without a server: options, requests, retries.
#include "apps/cartctl/base_url.h"
#include "apps/cartctl/options.h"
#include "apps/cartctl/requests.h"
#include "apps/cartctl/retry.h"
#include "apps/parsed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartd::cartctl {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;
using test::value_of;
using testing::Contains, testing::ElementsAre, testing::HasSubstr, testing::IsEmpty, testing::Not, testing::Pair;

const Environment no_environment = [](const std::string&) { return std::nullopt; };

HttpRequest request(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments, no_environment);
  return value_of(request_for(value_of(options), "fresh"));
}

TEST(PathSegments, EncodeWhatWouldChangeThePath) {
  EXPECT_EQ(path_segment("SKU-1._~@:"), "SKU-1._~@:");
  EXPECT_EQ(path_segment("a/b?c#d%"), "a%2Fb%3Fc%23d%25");
  EXPECT_EQ(path_segment("Müsli 1"), "M%C3%BCsli%201");
}

TEST(BaseUrls, AreHttp) {
  const auto plain = value_of(parse_base_url("http://shop.example:8080"));
  EXPECT_EQ(plain.host, "shop.example");
  EXPECT_EQ(plain.port, "8080");
  EXPECT_EQ(plain.prefix, "");
  const auto prefixed = value_of(parse_base_url("http://[::1]/carts/"));
  EXPECT_EQ(prefixed.host, "::1");
  EXPECT_EQ(prefixed.port, "80");
  EXPECT_EQ(prefixed.prefix, "/carts");
  EXPECT_EQ(prefixed.shown, "[::1]:80");
}

TEST(BaseUrls, AnythingElseIsRefusedWithoutRepeatingIt) {
  EXPECT_THAT(parse_base_url("https://secret@shop.example").error(), HasSubstr("https is not supported"));
  for (const char* text :
       {"", "shop.example", "shop.example:80", "ftp://secret", "http://", "http://user:secret@h", "http://h?secret",
        "http://h#secret", "http://h:x", "http://h:0", "http://h:65536", "http://h:99999", "http://h:8a"}) {
    const auto parsed = parse_base_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error(), Not(HasSubstr("secret")));
  }
}

TEST(Requests, ChangesOfACartCarryAKey) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{"add", "c", "s"},
                                             {"remove", "c", "s"},
                                             {"set", "c", "s", "3"},
                                             {"clear", "c"},
                                             {"delete", "c"},
                                             {"annotate", "c", "--metadata", "{}"},
                                             {"reprice", "c", "s", "1", "--currency", "EUR"}})
    EXPECT_THAT(request(arguments).headers, Contains(Pair("Idempotency-Key", "fresh")));
  EXPECT_THAT(request({"add", "c", "s", "--idempotency-key", "mine"}).headers,
              Contains(Pair("Idempotency-Key", "mine")));
  EXPECT_THAT(request({"get", "c"}).headers, IsEmpty());
  EXPECT_THAT(request({"user", "patch", "u", "a=b"}).headers, IsEmpty());
}

TEST(Requests, SayWhatWasAsked) {
  const HttpRequest add = request({"add", "123", "a/b", "2", "--name", "Mug", "--price", "1299", "--currency", "EUR",
                                   "--metadata", R"({"colour":"blue"})"});
  EXPECT_EQ(add.method + " " + add.target, "POST /v1/carts/123/items");
  EXPECT_EQ(add.body, R"({"sku":"a/b","quantity":2,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
                      R"("metadata":{"colour":"blue"}})");
  EXPECT_EQ(request({"add", "c", "s"}).body, R"({"sku":"s","quantity":1})");
  EXPECT_EQ(request({"add", "c", "s", "--metadata", "{}"}).body, R"({"sku":"s","quantity":1,"metadata":{}})");

  const HttpRequest set = request({"set", "123", "a/b", "5", "--if-match", "7"});
  EXPECT_EQ(set.method + " " + set.target, "PUT /v1/carts/123/items/a%2Fb");
  EXPECT_THAT(set.headers, Contains(Pair("If-Match", "\"7\"")));

  EXPECT_EQ(request({"get", "gid://shop/Cart/Z2N=+|,$!"}).target, "/v1/carts/gid:%2F%2Fshop%2FCart%2FZ2N=+%7C,$!");
  EXPECT_EQ(request({"user", "get", "a/b=="}).target, "/v1/users/a%2Fb==");
  EXPECT_EQ(request({"remove", "c", "s"}).target, "/v1/carts/c/items/s");
  EXPECT_EQ(request({"remove", "c", "s", "3"}).target, "/v1/carts/c/items/s?quantity=3");
  EXPECT_EQ(request({"remove", "c", "s", "--quantity", "3"}).target, "/v1/carts/c/items/s?quantity=3");
  EXPECT_EQ(request({"remove", "c", "s", "3", "--line", "a b&c"}).target,
            "/v1/carts/c/items/s?line=a%20b%26c&quantity=3");
  EXPECT_EQ(request({"set", "c", "s", "3", "--line", "a"}).target, "/v1/carts/c/items/s?line=a");
  EXPECT_EQ(request({"add", "c", "s", "--line", "a"}).body, R"({"sku":"s","line":"a","quantity":1})");
  EXPECT_EQ(request({"add", "c", "s", "--options", R"({"a": 1})"}).body,
            R"({"sku":"s","quantity":1,"options":{"a":1}})");
  const HttpRequest describe =
      request({"describe", "c", "s", "--line", "a", "--no-name", "--no-price", "--no-metadata"});
  EXPECT_EQ(describe.method + " " + describe.target, "PATCH /v1/carts/c/items/s?line=a");
  EXPECT_EQ(describe.body, R"({"name":null,"unit_price":null,"metadata":null})");
  EXPECT_THAT(describe.headers, Contains(Pair("Idempotency-Key", "fresh")));
  EXPECT_EQ(request({"annotate", "c", "--no-metadata"}).body, R"({"metadata":null})");
  EXPECT_EQ(request({"annotate", "c", "--no-user"}).body, R"({"user_id":null})");
  EXPECT_EQ(request({"user", "patch", "u", "name=A=B", "--unset", "email"}).body, R"({"name":"A=B","email":null})");
  EXPECT_EQ(request({"user", "delete", "u", "--cart"}).target, "/v1/users/u?cart=true");
}

TEST(Requests, OfCheckoutsSayWhatWasAsked) {
  const HttpRequest bare = request({"checkout", "begin", "a/b"});
  EXPECT_EQ(bare.method + " " + bare.target, "POST /v1/carts/a%2Fb/checkouts");
  EXPECT_EQ(bare.body, "");
  EXPECT_THAT(bare.headers, IsEmpty()) << "it is idempotent without a key";
  const HttpRequest begin =
      request({"checkout", "begin", "c", "--price", "MUG=1399", "--price", "a=b=5", "--currency", "EUR", "--available",
               "MUG=0", "--accept", "--metadata", R"({"a":1})", "--if-match", "7"});
  EXPECT_EQ(begin.body, R"({"prices":[{"sku":"MUG","unit_price":{"amount_minor":1399,"currency":"EUR"}},)"
                        R"({"sku":"a=b","unit_price":{"amount_minor":5,"currency":"EUR"}}],)"
                        R"("available":[{"sku":"MUG","quantity":0}],"accept":true,"metadata":{"a":1}})");
  EXPECT_THAT(begin.headers, ElementsAre(Pair("If-Match", "\"7\"")));

  const auto line = [](const std::vector<std::string>& arguments) {
    const HttpRequest made = request(arguments);
    return made.method + " " + made.target + " " + made.body;
  };
  EXPECT_EQ(line({"checkout", "list", "c"}), "GET /v1/carts/c/checkouts ");
  EXPECT_EQ(line({"checkout", "show", "c", "a/b"}), "GET /v1/carts/c/checkouts/a%2Fb ");
  EXPECT_EQ(line({"checkout", "abort", "c", "i"}), "POST /v1/carts/c/checkouts/i/abort ");
  EXPECT_EQ(line({"checkout", "complete", "c", "i"}), "POST /v1/carts/c/checkouts/i/complete ");
  EXPECT_EQ(line({"checkout", "complete", "c", "i", "--payment-ref", "pi_1", "--strict"}),
            R"(POST /v1/carts/c/checkouts/i/complete {"payment_ref":"pi_1","strict":true})");
  EXPECT_EQ(line({"orders", "c"}), "GET /v1/carts/c/orders ");
  EXPECT_EQ(line({"order", "i"}), "GET /v1/orders/i ");
}

TEST(Requests, TakeLinesFromOneCartToAnother) {
  const auto line = [](const std::vector<std::string>& arguments) {
    const HttpRequest made = request(arguments);
    return made.method + " " + made.target + " " + made.body;
  };
  EXPECT_EQ(line({"merge", "user", "guest"}), R"(POST /v1/carts/user/merge {"from":"guest"})");
  EXPECT_EQ(line({"merge", "user", "guest", "--policy", "max", "--from-version", "7"}),
            R"(POST /v1/carts/user/merge {"from":"guest","policy":"max","from_version":7})");
  EXPECT_EQ(line({"move", "c", "later", "MUG"}), R"(POST /v1/carts/c/moves {"to":"later","lines":[{"sku":"MUG"}]})");
  EXPECT_EQ(line({"move", "c", "later", "MUG", "--line", "L", "--quantity", "2"}),
            R"(POST /v1/carts/c/moves {"to":"later","lines":[{"sku":"MUG","line":"L","quantity":2}]})");
  EXPECT_THAT(request({"merge", "user", "guest", "--idempotency-key", "k"}).headers,
              Contains(Pair("Idempotency-Key", "k")));
}

TEST(Requests, OfAPriceAreABatchOfOne) {
  const HttpRequest bare = request({"reprice", "c", "MUG", "999", "--currency", "EUR"});
  EXPECT_EQ(bare.method + " " + bare.target, "POST /v1/carts/c/commands");
  EXPECT_EQ(bare.body, R"([{"op":"reprice","sku":"MUG","unit_price":{"amount_minor":999,"currency":"EUR"}}])");
  EXPECT_THAT(request({"reprice", "c", "MUG", "0", "--currency", "EUR", "--line", "L"}).body,
              HasSubstr(R"("sku":"MUG","line":"L",)"));
  EXPECT_THAT(request({"reprice", "c", "MUG", "0", "--currency", "EUR", "--options", R"({"a":"b"})"}).body,
              HasSubstr(R"("options":{"a":"b"})"));
  EXPECT_THAT(request({"reprice", "c", "MUG", "0", "--currency", "EUR", "--if-match", "3"}).headers,
              Contains(Pair("If-Match", "\"3\"")));
}

TEST(Options, WrongUsageIsOneLineWithoutSecrets) {
  const std::vector<std::vector<std::string>> wrong{
      {"add"},
      {"add", "c"},
      {"add", "c", "s", "x"},
      {"add", "c", "s", "1", "2"},
      {"add", "c", "s", "--price", "12"},
      {"add", "c", "s", "--price", "12.99", "--currency", "EUR"},
      {"set", "c", "s"},
      {"get"},
      {"fetch", "c"},
      {"annotate", "c"},
      {"annotate", "c", "--metadata", "{}", "--no-metadata"},
      {"describe", "c", "s"},
      {"describe", "c", "s", "--name", "x", "--no-name"},
      {"add", "c", "s", "--line", "a", "--options", "{}"},
      {"merge", "c"},
      {"merge", "c", "g", "--from-version", "x"},
      {"move", "c", "later"},
      {"move", "c", "later", "s", "--quantity", "0"},
      {"reprice", "c", "s"},
      {"reprice", "c", "s", "1"},
      {"reprice", "c", "s", "12.99", "--currency", "EUR"},
      {"reprice", "c", "s", "1", "--currency", "EUR", "--line", "a", "--options", "{}"},
      {"checkout"},
      {"checkout", "begin"},
      {"checkout", "begin", "c", "--price", "s=1"},
      {"checkout", "begin", "c", "--currency", "EUR"},
      {"checkout", "begin", "c", "--price", "s", "--currency", "EUR"},
      {"checkout", "begin", "c", "--price", "=1", "--currency", "EUR"},
      {"checkout", "begin", "c", "--available", "s=-1"},
      {"checkout", "begin", "c", "--available", "s=1.5"},
      {"checkout", "begin", "c", "--available", "s="},
      {"checkout", "begin", "c", "--available", "s=1", "--available", "s=2"},
      {"checkout", "show", "c"},
      {"checkout", "complete", "c"},
      {"checkout", "abort", "c", "i", "x"},
      {"orders"},
      {"order"},
      {"user"},
      {"user", "put", "u"},
      {"user", "put", "u", "name"},
      {"user", "patch", "u"},
      {"doctor"},
      {"doctor", "--sample", "0"},
      {"doctor", "redis://:secret@h"},
      {"doctor", "--redis=redis://:secret@h"},
      {"get", "c", "--quiet"}};
  for (const auto& arguments : wrong) {
    const auto options = parse_options(arguments, no_environment);
    ASSERT_FALSE(options) << testing::PrintToString(arguments);
    EXPECT_THAT(options.error(), Not(HasSubstr("secret")));
    EXPECT_THAT(options.error(), Not(HasSubstr("\n")));
  }
}

TEST(Options, QuantitiesAreToldToHaveTheRangeOfTheApi) {
  const auto fault = [](const std::vector<std::string>& arguments) {
    return parse_options(arguments, no_environment).error();
  };
  for (const char* wrong : {"x", "1.5", "-1", "99999999999999999999"}) {
    EXPECT_THAT(fault({"add", "c", "s", "--quantity", wrong}), HasSubstr("from 1 to 999999")) << wrong;
    EXPECT_THAT(fault({"remove", "c", "s", "--quantity", wrong}), HasSubstr("from 1 to 999999")) << wrong;
    EXPECT_THAT(fault({"set", "c", "s", "--quantity", wrong}), HasSubstr("from 0 to 999999")) << wrong;
  }
}

TEST(Options, TheDoctorSpeaksTlsAsCartdDoes) {
  const auto environment = [](const std::string& name) -> std::optional<std::string> {
    if (name == "REDIS_URL") return "\"rediss://h\"\n";
    if (name == "CARTD_TLS_CA") return "/ca.pem\n";
    if (name == "CARTD_TLS_VERIFY") return "none";
    return std::nullopt;
  };
  const auto options = parse_options({"doctor", "--tls-cert", "/c.pem", "--tls-verify", "full"}, environment);
  ASSERT_TRUE(options) << options.error();
  EXPECT_EQ(options->redis_url, "rediss://h");
  EXPECT_EQ(options->tls, (redis::TlsOptions{.authority = "/ca.pem", .certificate = "/c.pem", .verify = true}));
  EXPECT_THAT(parse_options({"doctor", "--tls-verify", "maybe"}, environment).error(),
              HasSubstr("neither full nor none"));
}

TEST(Options, HelpIsForTheCommandAsked) {
  EXPECT_THAT(parse_options({"--help"}, no_environment)->help_text, HasSubstr("doctor"));
  EXPECT_THAT(parse_options({}, no_environment)->help_text, HasSubstr("doctor"));
  EXPECT_THAT(parse_options({"add", "--help"}, no_environment)->help_text, HasSubstr("--price"));
  EXPECT_THAT(parse_options({"checkout", "--help"}, no_environment)->help_text, HasSubstr("complete"));
  EXPECT_THAT(parse_options({"checkout", "begin", "--help"}, no_environment)->help_text, HasSubstr("--available"));
}

TEST(Options, GlobalOnesMayFollowTheCommand) {
  const auto options = parse_options({"get", "c", "--json", "--url", "http://h"}, no_environment);
  ASSERT_TRUE(options) << options.error();
  EXPECT_TRUE(options->json);
  EXPECT_EQ(options->url, "http://h");
}

TEST(Options, TheEnvironmentGivesWayToOptions) {
  const Environment environment = [](const std::string& name) {
    return name == "CARTCTL_URL" ? std::optional<std::string>("http://environment") : std::nullopt;
  };
  EXPECT_EQ(parse_options({"get", "c"}, environment)->url, "http://environment");
  EXPECT_EQ(parse_options({"get", "c", "--url", "http://option"}, environment)->url, "http://option");
}

TEST(Retries, HappenWhereTheyMayHelp) {
  const auto answered = [](unsigned status, std::optional<seconds> after = std::nullopt) {
    return Exchanged(HttpAnswer{status, "", after});
  };
  for (unsigned status : {200U, 204U, 400U, 404U, 409U, 412U, 422U, 500U, 507U})
    EXPECT_FALSE(pause_before_retry(answered(status), 1)) << status;
  EXPECT_TRUE(pause_before_retry(answered(503), 1));
  EXPECT_TRUE(pause_before_retry(answered(504), 2));
  EXPECT_FALSE(pause_before_retry(answered(503), 3));
  EXPECT_EQ(pause_before_retry(answered(503, seconds(2)), 1), milliseconds(2000));
  EXPECT_EQ(pause_before_retry(answered(503, seconds(4'000'000'000)), 1), milliseconds(5000));
  EXPECT_TRUE(pause_before_retry(Exchanged(HttpFailure{true, "lost"}), 1));
  EXPECT_FALSE(pause_before_retry(Exchanged(HttpFailure{false, "refused"}), 1));
}

TEST(Retries, AreSaidAndEndWithTheFirstGoodAnswer) {
  unsigned attempts = 0;
  std::vector<std::string> said;
  const auto attempt = [&] {
    return ++attempts < 3 ? Exchanged(HttpFailure{true, "lost"}) : Exchanged(HttpAnswer{200, ""});
  };
  const auto say = [&](const std::string& line) { said.push_back(line); };
  const Exchanged last = with_retries(attempt, say, [](milliseconds) {});
  EXPECT_TRUE(last);
  EXPECT_EQ(attempts, 3U);
  EXPECT_EQ(said.size(), 2U);
}

}  // namespace
}  // namespace cartd::cartctl
