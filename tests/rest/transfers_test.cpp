// Merges and moves over HTTP.
#include "rest/http_fixture.h"

#include <cstdint>
#include <map>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using nlohmann::json;

class HttpTransfers : public HttpTest {
 protected:
  void add(const std::string& cart, const std::string& sku, int quantity = 1) {
    const std::string body = json{{"sku", sku}, {"quantity", quantity}}.dump();
    ASSERT_EQ(client().post("/v1/carts/" + cart + "/items", body).status, 200);
  }
  HttpResponse merge(const std::string& target, const std::string& body) {
    return client().post("/v1/carts/" + target + "/merge", body);
  }
  HttpResponse move(const std::string& source, const std::string& body) {
    return client().post("/v1/carts/" + source + "/moves", body);
  }
  /// By SKU and label.
  std::map<std::string, int> pieces(const std::string& id) {
    std::map<std::string, int> pieces;
    const json shown = cart(id);
    for (const json& item : shown.at("items"))
      pieces[item.at("sku").get<std::string>() + item.value("line", "")] = item.at("quantity");
    return pieces;
  }
  using Pieces = std::map<std::string, int>;
};

TEST_F(HttpTransfers, AGuestsCartIsTakenOver) {
  serve();
  for (int i = 0; i < 8; ++i) {
    // Some are on the same reactor, and some are not.
    const std::string guest = "guest-" + std::to_string(i);
    const std::string user = "user-" + std::to_string(i);
    add(guest, "MUG", 2);
    add(guest, "PEN");
    add(user, "MUG", 3);
    const HttpResponse merged = merge(user, json{{"from", guest}}.dump());
    ASSERT_EQ(merged.status, 200) << merged.body;
    const json shown = json::parse(merged.body);
    EXPECT_EQ(shown.at("capped"), json::array());
    EXPECT_EQ(shown.at("cart"), cart(user));
    EXPECT_EQ(pieces(user), (Pieces{{"MUG", 5}, {"PEN", 1}}));
    EXPECT_EQ(pieces(guest), Pieces{});
  }
}

TEST_F(HttpTransfers, EachPolicyIsKnown) {
  serve();
  const auto merged = [&](const char* policy) {
    const std::string guest = std::string("guest-") + policy;
    const std::string user = std::string("user-") + policy;
    add(guest, "MUG", 2);
    add(guest, "PEN");
    add(user, "MUG", 3);
    add(user, "TEE");
    EXPECT_EQ(merge(user, json{{"from", guest}, {"policy", policy}}.dump()).status, 200);
    return pieces(user);
  };
  EXPECT_EQ(merged("sum"), (Pieces{{"MUG", 5}, {"PEN", 1}, {"TEE", 1}}));
  EXPECT_EQ(merged("max"), (Pieces{{"MUG", 3}, {"PEN", 1}, {"TEE", 1}}));
  EXPECT_EQ(merged("keep_target"), (Pieces{{"MUG", 3}, {"PEN", 1}, {"TEE", 1}}));
  EXPECT_EQ(merged("keep_source"), (Pieces{{"MUG", 2}, {"PEN", 1}, {"TEE", 1}}));
  EXPECT_EQ(merged("replace"), (Pieces{{"MUG", 2}, {"PEN", 1}}));
}

TEST_F(HttpTransfers, WhatALimitCutsIsListed) {
  service_options.policy.limits.max_quantity = 4;
  serve();
  add("guest", "MUG", 3);
  add("user", "MUG", 3);
  const HttpResponse merged = merge("user", R"({"from":"guest"})");
  EXPECT_EQ(merged.status, 200) << merged.body;
  EXPECT_EQ(json::parse(merged.body).at("capped"), json::parse(R"([{"sku":"MUG","quantity":6,"available":4}])"));
  EXPECT_EQ(pieces("user"), (Pieces{{"MUG", 4}}));
  EXPECT_EQ(pieces("guest"), Pieces{});
}

TEST_F(HttpTransfers, AMergeThatIsRepeatedIsDoneOnce) {
  serve();
  add("guest", "MUG", 2);
  const HttpHeaders key = {{"Idempotency-Key", "login-1"}};
  const auto keyed = [&](const char* body) { return client().request("POST", "/v1/carts/user/merge", body, key); };
  EXPECT_EQ(keyed(R"({"from":"guest"})").status, 200);
  add("guest", "PEN");
  const HttpResponse again = keyed(R"({"from":"guest"})");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(pieces("user"), (Pieces{{"MUG", 2}}));
  EXPECT_EQ(pieces("guest"), (Pieces{{"PEN", 1}})) << "a later guest's";
  EXPECT_EQ(problem_code(keyed(R"({"from":"guest","policy":"max"})")), "idempotency-mismatch");
}

TEST_F(HttpTransfers, ALateRetryOfAVersionDoesNothing) {
  serve();
  add("guest", "MUG", 2);
  const std::string body = R"({"from":"guest","from_version":1})";
  EXPECT_EQ(merge("user", body).status, 200);
  add("guest", "PEN");
  const HttpResponse late = merge("user", body);
  EXPECT_EQ(late.status, 200) << late.body;
  EXPECT_EQ(late.header("idempotent-replayed"), "true");
  EXPECT_EQ(pieces("user"), (Pieces{{"MUG", 2}}));
  EXPECT_EQ(pieces("guest"), (Pieces{{"PEN", 1}}));
  EXPECT_EQ(merge("other", body).status, 412) << "the guest has another version";
}

TEST_F(HttpTransfers, WithoutAKeyASecondAttemptFindsNothingLeft) {
  serve();
  add("guest", "MUG", 2);
  EXPECT_EQ(merge("user", R"({"from":"guest"})").status, 200);
  const HttpResponse again = merge("user", R"({"from":"guest"})");
  EXPECT_EQ(again.status, 200) << again.body;
  EXPECT_EQ(again.header("idempotent-replayed"), "true");
  EXPECT_EQ(pieces("user"), (Pieces{{"MUG", 2}}));
}

TEST_F(HttpTransfers, RacingLoginsMergeOnce) {
  serve();
  constexpr int rounds = 25;
  for (int round = 0; round < rounds; ++round) {
    const std::string guest = "guest-" + std::to_string(round);
    const std::string user = "user-" + std::to_string(round);
    add(guest, "MUG", 2);
    add(user, "MUG", 1);
    std::vector<int> statuses(4);
    std::vector<std::thread> logins;
    for (int& status : statuses)
      logins.emplace_back([&] {
        HttpClient own(port());
        status = own.post("/v1/carts/" + user + "/merge", json{{"from", guest}}.dump()).status;
      });
    for (std::thread& login : logins) login.join();
    EXPECT_EQ(statuses, std::vector<int>(4, 200));
    EXPECT_EQ(pieces(user), (Pieces{{"MUG", 3}}));
    EXPECT_EQ(pieces(guest), Pieces{});
  }
}

TEST_F(HttpTransfers, TwoUsersWhoRaceForOneGuestShareNothingTwice) {
  serve();
  for (int round = 0; round < 25; ++round) {
    const std::string guest = "guest-" + std::to_string(round);
    add(guest, "MUG", 2);
    std::vector<std::thread> logins;
    for (const char* user : {"anna-", "berta-"})
      logins.emplace_back([&, user] {
        HttpClient own(port());
        const auto status =
            own.post("/v1/carts/" + (user + std::to_string(round)) + "/merge", json{{"from", guest}}.dump()).status;
        EXPECT_TRUE(status == 200 || status == 404) << status;
      });
    for (std::thread& login : logins) login.join();
    Pieces both = pieces("anna-" + std::to_string(round));
    both.merge(pieces("berta-" + std::to_string(round)));
    EXPECT_EQ(both, (Pieces{{"MUG", 2}}));
    EXPECT_EQ(pieces(guest), Pieces{});
  }
}

TEST_F(HttpTransfers, LinesAreMovedForLaterAndBack) {
  serve();
  client().post("/v1/carts/c/items", R"({"sku":"TEE","line":"red","quantity":2,"name":"Tee"})");
  add("c", "MUG", 5);
  const HttpResponse moved =
      move("c", R"({"to":"later","lines":[{"sku":"TEE","line":"red"},{"sku":"MUG","quantity":2}]})");
  EXPECT_EQ(moved.status, 200) << moved.body;
  EXPECT_EQ(json::parse(moved.body).at("cart"), cart("later"));
  EXPECT_EQ(pieces("later"), (Pieces{{"MUG", 2}, {"TEEred", 2}}));
  EXPECT_EQ(pieces("c"), (Pieces{{"MUG", 3}}));
  EXPECT_EQ(cart("later").at("items")[0].at("name"), "Tee");
  EXPECT_EQ(move("later", R"({"to":"c","lines":[{"sku":"TEE","line":"red"}]})").status, 200);
  EXPECT_EQ(pieces("c"), (Pieces{{"MUG", 3}, {"TEEred", 2}}));
}

TEST_F(HttpTransfers, WhatCannotBeDoneSaysWhyAndChangesNothing) {
  serve();
  add("user", "MUG");
  add("guest", "PEN");
  const std::uint64_t version = cart("user").at("version");
  EXPECT_EQ(merge("user", R"({"from":"nobody"})").status, 404);
  EXPECT_EQ(merge("user", R"({"from":"user"})").status, 422);
  EXPECT_EQ(merge("user", R"({"from":"guest","from_version":7})").status, 412);
  EXPECT_EQ(move("user", R"({"to":"user","lines":[{"sku":"MUG"}]})").status, 422);
  const HttpResponse missing = move("user", R"({"to":"later","lines":[{"sku":"MUG"},{"sku":"TEE"}]})");
  EXPECT_EQ(missing.status, 404);
  EXPECT_EQ(json::parse(missing.body).at("pointer"), "/lines/1");
  EXPECT_EQ(cart("user").at("version"), version);
  EXPECT_EQ(cart("later").at("version"), 0);
  EXPECT_EQ(pieces("guest"), (Pieces{{"PEN", 1}}));
}

TEST_F(HttpTransfers, BadBodiesAreRefusedAndPointedTo) {
  serve();
  add("user", "MUG");
  const auto pointer = [](const HttpResponse& response) {
    EXPECT_EQ(response.status, 422) << response.body;
    return json::parse(response.body).value("pointer", "");
  };
  EXPECT_EQ(merge("user", "{").status, 400);
  EXPECT_EQ(pointer(merge("user", "{}")), "/from");
  EXPECT_EQ(pointer(merge("user", R"({"from":7})")), "/from");
  EXPECT_EQ(pointer(merge("user", R"({"from":"a b"})")), "/from");
  EXPECT_EQ(pointer(merge("user", R"({"from":"user"})")), "/from");
  EXPECT_EQ(pointer(merge("user", R"({"from":"g","policy":"most"})")), "/policy");
  EXPECT_EQ(pointer(merge("user", R"({"from":"g","from_version":-1})")), "/from_version");
  EXPECT_EQ(pointer(merge("user", R"({"from":"g","into":"x"})")), "/into");
  EXPECT_EQ(pointer(move("user", R"({"lines":[{"sku":"MUG"}]})")), "/to");
  EXPECT_EQ(pointer(move("user", R"({"to":"x"})")), "/lines");
  EXPECT_EQ(pointer(move("user", R"({"to":"x","lines":[]})")), "/lines");
  EXPECT_EQ(pointer(move("user", R"({"to":"x","lines":[{"sku":"MUG"},{"sku":"MUG"}]})")), "/lines/1");
  EXPECT_EQ(pointer(move("user", R"({"to":"x","lines":[{"sku":"MUG","quantity":0}]})")), "/lines/0/quantity");
  EXPECT_EQ(client().request("POST", "/v1/carts/user/merge", R"({"from":"g"})", {{"If-Match", "\"1\""}}).status, 422);
}

TEST_F(HttpTransfers, LostAnswersAreAskedForAgain) {
  serve();
  for (int at = 0; at < 3; ++at) {
    const std::string guest = "guest-" + std::to_string(at);
    const std::string user = "user-" + std::to_string(at);
    add(guest, "MUG", 2);
    faults.lose_answer_after(at);
    const HttpResponse merged = merge(user, json{{"from", guest}}.dump());
    EXPECT_EQ(merged.status, 200) << merged.body;
    EXPECT_EQ(pieces(user), (Pieces{{"MUG", 2}}));
    EXPECT_EQ(pieces(guest), Pieces{});
  }
}

TEST_F(HttpTransfers, WithoutTheStoreThereIsNone) {
  open_journal();
  serve();
  add("guest", "MUG", 2);
  faults.fail_with(Error{Errc::unavailable, "gone"});
  EXPECT_EQ(problem_code(merge("user", R"({"from":"guest"})")), "degraded");
  EXPECT_EQ(problem_code(move("guest", R"({"to":"user","lines":[{"sku":"MUG"}]})")), "degraded");
  faults.fail_with(std::nullopt);
  EXPECT_EQ(pieces("guest"), (Pieces{{"MUG", 2}}));
  EXPECT_EQ(merge("user", R"({"from":"guest"})").status, 200);
}

}  // namespace
}  // namespace cartd::test
