// cartctl's parts without a server: options, requests, retries, what is shown.
#include "apps/cartctl/base_url.h"
#include "apps/cartctl/money_text.h"
#include "apps/cartctl/options.h"
#include "apps/cartctl/requests.h"
#include "apps/cartctl/retry.h"
#include "apps/cartctl/show.h"
#include "apps/parsed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace cartd::cartctl {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;
using test::value_of;
using testing::Contains, testing::HasSubstr, testing::IsEmpty, testing::Not, testing::Pair;

const Environment no_environment = [](const std::string&) { return std::nullopt; };

HttpRequest request(const std::vector<std::string>& arguments) {
  const auto options = parse_options(arguments, no_environment);
  return value_of(request_for(value_of(options), "fresh"));
}

TEST(MoneyText, HasTheCurrencysDecimals) {
  EXPECT_EQ(money_text("1299", "EUR"), "12.99 EUR");
  EXPECT_EQ(money_text("5", "USD"), "0.05 USD");
  EXPECT_EQ(money_text("0", "GBP"), "0.00 GBP");
  EXPECT_EQ(money_text("1299", "JPY"), "1299 JPY");
  EXPECT_EQ(money_text("1299", "KWD"), "1.299 KWD");
  EXPECT_EQ(money_text("1", "CLF"), "0.0001 CLF");
  EXPECT_EQ(money_text("340282366920938463463374607431768211455", "EUR"),
            "3402823669209384634633746074317682114.55 EUR");
}

TEST(MoneyText, OfAnUnknownCurrencySaysThatItIsMinorUnits) {
  EXPECT_EQ(money_text("1299", "XTS"), "1299 XTS (minor units)");
  EXPECT_EQ(money_text("1299", "UR "), "1299 UR  (minor units)");
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
                                             {"annotate", "c", "--metadata", "{}"}})
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

TEST(Options, WrongUsageIsOneLineWithoutSecrets) {
  const std::vector<std::vector<std::string>> wrong{{"add"},
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

TEST(ShownCarts, AreATable) {
  const std::string text = show_cart(
      R"({"id":"123","user_id":"u","version":7,"items":[{"sku":"MUG","quantity":2,"name":"Müsli",)"
      R"("unit_price":{"amount_minor":1299,"currency":"EUR"},)"
      R"("subtotal":{"amount_minor":2598,"currency":"EUR"}},{"sku":"LONGER-SKU","quantity":1}],"item_count":3,)"
      R"("line_count":2,)"
      R"("totals":[{"amount_minor":2598,"currency":"EUR"}],"expires_at":"2026-11-22T10:00:00.000Z",)"
      R"("durability":"primary","degraded":false})");
  EXPECT_EQ(text,
            "cart 123 of user u, version 7, expires 2026-11-22T10:00:00.000Z\n"
            "SKU         QUANTITY  NAME       PRICE   SUBTOTAL\n"
            "MUG                2  Müsli  12.99 EUR  25.98 EUR\n"
            "LONGER-SKU         1\n"
            "3 pieces in 2 lines\n"
            "total 25.98 EUR\n");
}

TEST(ShownCarts, ShowLinesAndOptionsWhereThereAreSome) {
  const std::string text =
      show_cart(R"({"id":"123","version":2,"items":[{"sku":"MUG","line":"x1","options":{"size":"L"},"quantity":2},)"
                R"({"sku":"MUG","quantity":1}],"item_count":3,"line_count":2,"totals":[]})");
  EXPECT_EQ(text,
            "cart 123, version 2\n"
            "SKU  LINE  OPTIONS       QUANTITY  NAME  PRICE  SUBTOTAL\n"
            "MUG  x1    {\"size\":\"L\"}         2\n"
            "MUG                             1\n"
            "3 pieces in 2 lines\n");
}

TEST(ShownCarts, CannotMoveTheCursor) {
  const std::string text = show_cart(
      "{\"id\":\"c\",\"version\":1,\"items\":[{\"sku\":\"a\",\"quantity\":1,\"name\":\"\\u001b[2J\\u009b\"}]}");
  EXPECT_THAT(text, HasSubstr("\\x1b[2J\\xc2\\x9b"));
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(ShownCarts, InvalidCartsAreShownSafely) {
  EXPECT_EQ(show_cart("\x1b[2J\xff"), "\\x1b[2J\\xff\n");
  EXPECT_EQ(show_cart("[]"), "[]\n");
}

TEST(ShownProblems, AreOneLine) {
  EXPECT_EQ(show_problem(412, R"({"title":"The cart has another version","detail":"expected 3","current_version":7})"),
            "The cart has another version: expected 3; the current version is 7 (412)");
  EXPECT_EQ(show_problem(502, "<html>"), "the server answered an error (502)");
  EXPECT_THAT(show_problem(500, "{\"title\":\"a\\nb\"}"), Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace cartd::cartctl
