// What clients and operators see of the outbox: answers given without the store, and what could not be replayed.
#include "rest/http_fixture.h"
#include "support/wait_until.h"

#include <set>
#include <string>

namespace cartd::test {
namespace {

using nlohmann::json;

constexpr const char* items = "/v1/carts/a/items";
constexpr const char* one = R"({"sku":"s"})";
constexpr const char* letters = "/v1/outbox/dead-letters/";

class HttpOutbox : public HttpTest {
 protected:
  void send_away() { faults.fail_with(Error{Errc::unavailable, "away"}); }
  void bring_back() {
    faults.fail_with(std::nullopt);
    EXPECT_TRUE(wait_until([&] { return outbox().at("depth") == 0; }));
  }
  json outbox() { return json::parse(client().get("/v1/outbox").body); }
  json readiness() { return json::parse(client().get("/readyz").body); }

  /// Takes on a change for cart `id` that the store refuses afterwards, and answers its id as a dead letter.
  std::string make_dead_letter(const std::string& id) {
    const std::size_t before = outbox().at("dead_letters").size();
    send_away();
    EXPECT_EQ(client().post("/v1/carts/" + id + "/items", one).status, 200);
    faults.fail_with(Error{Errc::corrupt, "the key holds \"something\" else"});
    EXPECT_TRUE(wait_until([&] { return outbox().at("dead_letters").size() == before + 1; }));
    faults.fail_with(std::nullopt);
    const json all = outbox().at("dead_letters");
    for (const json& letter : all)
      if (letter.at("cart") == id) return letter.at("id");
    return "";
  }
};

class HttpWithJournal : public HttpOutbox {
 protected:
  HttpWithJournal() {
    open_journal();
    serve();
  }
};

TEST_F(HttpOutbox, WithoutAJournalHasNoDeadLetters) {
  serve();
  EXPECT_EQ(outbox(), json::parse(R"({"depth":0,"unconfirmed":0,"oldest_seconds":0,"memory_bytes":0,)"
                                  R"("max_memory_bytes":67108864,"dead_letters":[]})"));
  const HttpResponse retried = client().post(std::string(letters) + "1-2/retry", "");
  EXPECT_EQ(retried.status, 404);
  EXPECT_EQ(problem_code(retried), "not-found");
  EXPECT_EQ(client().erase(std::string(letters) + "1-2").status, 404);
}

TEST_F(HttpOutbox, SettingALineOfAnExpiredCartStartsANewCart) {
  service_options.policy.ttl.standard = std::chrono::seconds(3);
  open_journal();
  serve();
  ASSERT_EQ(client().put("/v1/carts/a/items/x", R"({"quantity":5})").status, 200);
  send_away();
  ASSERT_TRUE(wait_until([&] { return cart("a").at("item_count") == 0; }));
  EXPECT_EQ(client().put("/v1/carts/a/items/x", R"({"quantity":2})").status, 200);
  EXPECT_EQ(cart("a").at("item_count"), 2);
  bring_back();
  EXPECT_EQ(cart("a").at("item_count"), 2);
}

TEST_F(HttpOutbox, ARenewedExpiryIsShownAndKept) {
  service_options.policy.ttl.standard = std::chrono::seconds(10);
  open_journal();
  serve();
  client().post(items, one);
  send_away();
  const std::string before = cart("a").at("expires_at");
  std::string renewed;
  // By less than a hundredth of its time nothing is renewed.
  ASSERT_TRUE(wait_until([&] {
    renewed = json::parse(client().get("/v1/carts/a?touch=true").body).at("expires_at");
    return renewed > before;
  }));
  EXPECT_GE(cart("a").at("expires_at"), renewed);
  bring_back();
  EXPECT_EQ(cart("a").at("degraded"), false);
  EXPECT_GE(cart("a").at("expires_at"), renewed);
}

TEST_F(HttpWithJournal, AnswersWhileTheStoreIsAwaySaySo) {
  client().post(items, one);
  EXPECT_EQ(cart("a").at("degraded"), false);
  send_away();
  const HttpResponse added = client().post(items, one);
  EXPECT_EQ(added.status, 200);
  EXPECT_EQ(added.header("etag"), "W/\"2\"");
  const json body = json::parse(added.body);
  EXPECT_EQ(body.at("durability"), "journal");
  EXPECT_EQ(body.at("degraded"), true);
  EXPECT_FALSE(body.contains("partial"));
  EXPECT_EQ(body.at("item_count"), 2);
  EXPECT_EQ(client().post(items, one, {{"Prefer", "return=minimal"}}).header("etag"), "W/\"3\"");
  EXPECT_EQ(client().get("/v1/carts/a", {{"If-None-Match", "\"3\""}}).header("etag"), "W/\"3\"");
  EXPECT_EQ(client().get("/v1/carts/a?touch=true").header("etag"), "W/\"3\"");
  EXPECT_EQ(client().erase("/v1/carts/a").header("etag"), "W/\"4\"");
  bring_back();
  EXPECT_EQ(client().get("/v1/carts/a").header("etag"), "\"4\"");
}

TEST_F(HttpWithJournal, ACartThatWasNeverSeenIsPartial) {
  send_away();
  EXPECT_EQ(cart("unseen").at("partial"), true);
  EXPECT_EQ(cart("unseen").at("item_count"), 0);
  const json added = json::parse(client().post("/v1/carts/unseen/items", one).body);
  EXPECT_EQ(added.at("partial"), true);
  EXPECT_EQ(added.at("item_count"), 1);
}

TEST_F(HttpWithJournal, RequestsThatNeedTheStoreAreRefused) {
  client().post(items, one);
  send_away();
  for (const char* tag : {"\"1\"", "*", "\"1\", \"2\""}) {
    const HttpResponse changed = client().post(items, one, {{"If-Match", tag}});
    EXPECT_EQ(changed.status, 503) << tag;
    EXPECT_EQ(problem_code(changed), "degraded");
    EXPECT_EQ(changed.header("retry-after"), "1");
    const HttpResponse read = client().get("/v1/carts/a", {{"If-Match", tag}});
    EXPECT_EQ(read.status, 503) << tag;
    EXPECT_EQ(problem_code(read), "degraded");
  }
  EXPECT_EQ(cart("a").at("item_count"), 1);
}

TEST_F(HttpWithJournal, ReadinessIsTheJournals) {
  const json ready = readiness();
  EXPECT_EQ(ready.at("status"), "ready");
  EXPECT_EQ(ready.at("outbox").at("journal"),
            json::parse(R"({"state":"working","records":0,"bytes":0,"max_bytes":1048576,"dead_letters":0})"));
  send_away();
  client().post(items, one);
  const json degraded = readiness();
  EXPECT_EQ(client().get("/readyz").status, 200);
  EXPECT_EQ(degraded.at("status"), "degraded");
  EXPECT_EQ(degraded.at("degraded"), json::array({"store"}));
  EXPECT_EQ(degraded.at("outbox").at("depth"), 1);
  EXPECT_EQ(degraded.at("outbox").at("journal").at("records"), 1);
  EXPECT_GT(degraded.at("outbox").at("journal").at("bytes"), 0);
  EXPECT_TRUE(wait_until([&] { return readiness().at("outbox").at("oldest_seconds") >= 1; }));
  bring_back();
  EXPECT_EQ(readiness().at("status"), "ready");
  EXPECT_TRUE(wait_until([&] { return readiness().at("outbox").at("oldest_seconds") == 0; }));
}

TEST_F(HttpWithJournal, AJournalThatFailsIsNotReadyWhateverTheStoreDoes) {
  disk.faults().syncs_fail = true;
  EXPECT_EQ(client().post(items, one).status, 504) << "the store has it";
  const HttpResponse refused = client().get("/readyz");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(json::parse(refused.body).at("status"), "unavailable");
  EXPECT_EQ(json::parse(refused.body).at("degraded"), json::array({"journal"}));
  EXPECT_EQ(json::parse(refused.body).at("outbox").at("journal").at("state"), "failed");
  send_away();
  EXPECT_EQ(readiness().at("degraded"), json::array({"store", "journal"}));
  const HttpResponse lost = client().post(items, one);
  EXPECT_EQ(lost.status, 503);
  EXPECT_EQ(problem_code(lost), "journal-failed");
}

class HttpWithAHungDisk : public HttpOutbox {
 protected:
  HttpWithAHungDisk() {
    open_journal(std::uint64_t{1} << 20, std::chrono::seconds(1));
    serve();
  }
  bool is_stalled() {
    return wait_until([&] { return readiness().at("outbox").at("journal").at("state") == "stalled"; });
  }
  bool is_working() {
    return wait_until([&] { return readiness().at("outbox").at("journal").at("state") == "working"; });
  }
};

TEST_F(HttpWithAHungDisk, AChangeIsAnsweredInTimeAndTheNextOnesAtOnce) {
  const HttpHeaders key{{"Idempotency-Key", "k"}};
  disk.faults().held = true;
  const HttpResponse in_flight = client().post(items, one, key);
  EXPECT_EQ(in_flight.status, 504) << in_flight.body;
  EXPECT_EQ(problem_code(in_flight), "outcome-unknown");

  const HttpResponse probe = client().get("/readyz");
  EXPECT_EQ(probe.status, 503);
  EXPECT_EQ(json::parse(probe.body).at("status"), "unavailable");
  EXPECT_EQ(json::parse(probe.body).at("degraded"), json::array({"journal"}));
  EXPECT_EQ(json::parse(probe.body).at("outbox").at("journal").at("state"), "stalled");
  EXPECT_EQ(json::parse(probe.body).at("outbox").at("journal").at("detail"), "the journal's disk does not answer");
  EXPECT_TRUE(wait_until([&] { return metric(R"(cartd_journal_state{state="stalled"})") == 1; }));
  EXPECT_GE(metric("cartd_journal_writing_seconds"), 1);

  const HttpResponse refused = client().post("/v1/carts/b/items", one);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(problem_code(refused), "journal-stalled");
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(client().get("/v1/carts/b").status, 200);

  disk.release();
  ASSERT_TRUE(is_working());
  EXPECT_EQ(client().get("/readyz").status, 200);
  EXPECT_EQ(client().post(items, one, key).status, 200);
  EXPECT_EQ(cart("a").at("item_count"), 1);
  EXPECT_EQ(cart("b").at("item_count"), 0);
}

TEST_F(HttpWithAHungDisk, AChangeThatMayReachTheDiskIsNeverCalledUndone) {
  send_away();
  disk.faults().held = true;
  EXPECT_EQ(client().post(items, one).status, 504) << "to be acknowledged from the journal";
  disk.release();
  ASSERT_TRUE(is_working());
  bring_back();
  ASSERT_EQ(client().put("/v1/carts/b/items/s", R"({"quantity":1})").status, 200);

  disk.faults().held = true;
  const HttpResponse other_version = client().post("/v1/carts/b/items", one, {{"If-Match", "\"77\""}});
  EXPECT_EQ(other_version.status, 504) << "refused by the store, and perhaps on the disk: " << other_version.body;
  disk.release();
  ASSERT_TRUE(is_working());
  EXPECT_EQ(cart("b").at("item_count"), 1);
}

TEST_F(HttpWithAHungDisk, ADeadLetterIsRetriedWhenTheDiskAnswers) {
  const std::string retry = letters + make_dead_letter("a") + "/retry";
  disk.faults().held = true;
  EXPECT_EQ(client().post(retry, "").status, 504);
  ASSERT_TRUE(is_stalled());
  disk.release();
  EXPECT_TRUE(wait_until([&] { return cart("a").at("item_count") == 1; }));
  EXPECT_EQ(client().post(retry, "").status, 404);
}

TEST_F(HttpOutbox, AFullMemoryRefusesAndSaysSoBeforehand) {
  service_options.outbox_memory = 20'000;
  open_journal();
  serve();
  send_away();
  int accepted = 0;
  while (readiness().at("status") == "degraded") {
    ASSERT_EQ(client().post(items, one).status, 200) << readiness();
    ++accepted;
  }
  EXPECT_GT(accepted, 20);
  const HttpResponse probe = client().get("/readyz");
  EXPECT_EQ(probe.status, 503);
  EXPECT_EQ(json::parse(probe.body).at("degraded"), json::array({"store", "outbox"}));
  const HttpResponse refused = client().post(items, one);
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(problem_code(refused), "outbox-full");
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(cart("a").at("item_count"), accepted) << "reads work, and nothing was done";
  EXPECT_GE(metric("cartd_outbox_memory_bytes"), 20'000);
  EXPECT_EQ(metric("cartd_outbox_memory_limit_bytes"), 20'000);
  EXPECT_EQ(metric("cartd_outbox_memory_refusals_total"), 1);
  bring_back();
  EXPECT_TRUE(wait_until([&] { return readiness().at("status") == "ready"; })) << readiness();
  EXPECT_EQ(client().post(items, one).status, 200);
  EXPECT_EQ(cart("a").at("item_count"), accepted + 1);
  EXPECT_TRUE(wait_until([&] { return metric("cartd_outbox_memory_bytes") == 0; }));
}

TEST_F(HttpOutbox, AFullJournalRefusesAndSaysSoBeforehand) {
  open_journal(2000);
  serve();
  send_away();
  int accepted = 0;
  while (readiness().at("status") == "degraded") {
    ASSERT_EQ(client().post(items, one).status, 200) << readiness();
    ++accepted;
  }
  EXPECT_GT(accepted, 5);
  const HttpResponse refused = client().get("/readyz");
  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.header("retry-after"), "1");
  EXPECT_EQ(json::parse(refused.body).at("status"), "unavailable");
  EXPECT_EQ(json::parse(refused.body).at("degraded"), json::array({"store", "journal"}));
  const json journal = json::parse(refused.body).at("outbox").at("journal");
  EXPECT_EQ(journal.at("state"), "full");
  EXPECT_EQ(journal.at("max_bytes"), 2000);
  EXPECT_GT(journal.at("bytes"), 1500);
  EXPECT_TRUE(journal.contains("detail"));
  const HttpResponse last = client().post(items, one);
  EXPECT_EQ(last.status, 507);
  EXPECT_EQ(problem_code(last), "journal-full");
  EXPECT_TRUE(wait_until([&] { return metric("cartd_journal_state{state=\"full\"}") == 1; }));
  EXPECT_EQ(metric("cartd_journal_state{state=\"working\"}"), 0);
  EXPECT_EQ(metric("cartd_journal_works"), 0);
  EXPECT_EQ(metric("cartd_journal_max_bytes"), 2000);
  bring_back();
  EXPECT_EQ(cart("a").at("item_count"), accepted);
  EXPECT_TRUE(wait_until([&] { return readiness().at("status") == "ready"; })) << readiness();
  EXPECT_EQ(client().post(items, one).status, 200);
}

TEST_F(HttpWithJournal, ADeadLetterSaysWhatItIs) {
  const std::string id = make_dead_letter("a");
  const json letter = outbox().at("dead_letters").at(0);
  EXPECT_EQ(letter.at("id"), id);
  EXPECT_EQ(letter.at("cart"), "a");
  EXPECT_EQ(letter.at("command"), json::parse(R"([{"op":"add","sku":"s","quantity":1}])"));
  const std::string reason = letter.at("reason");
  EXPECT_TRUE(reason.starts_with("the key holds \"something\" else")) << reason;
  EXPECT_LE(letter.at("accepted_at").get<std::string>(), letter.at("dead_lettered_at").get<std::string>());
  EXPECT_EQ(readiness().at("outbox").at("journal").at("dead_letters"), 1);
  EXPECT_EQ(json::parse(client().get(letters + id).body), letter);
}

class HttpWithManyDeadLetters : public HttpOutbox {
 protected:
  static constexpr std::uint64_t many = 20'000;

  HttpWithManyDeadLetters() {
    open_journal(std::uint64_t{1} << 30);
    for (std::uint64_t sequence = 1; sequence <= many; ++sequence) {
      const CartId cart = *CartId::parse("cart-" + std::to_string(sequence % 10));
      journal()->keep_dead_letter({{1 + sequence % 3, sequence}, cart, Change{Batch{{Add{*Sku::parse("s"), 1}}}}, true},
                                  "too old", Time(Millis(1)));
    }
    serve();
  }
  void SetUp() override {
    ASSERT_TRUE(wait_until([&] { return journal()->figures().dead_letters == many; }));
  }
};

TEST_F(HttpWithManyDeadLetters, EachIsOnOnePage) {
  std::set<std::string> seen;
  std::size_t pages = 0;
  for (std::string cursor; pages == 0 || !cursor.empty(); ++pages) {
    const json page =
        json::parse(client().get("/v1/outbox?limit=1000" + (cursor.empty() ? "" : "&cursor=" + cursor)).body);
    EXPECT_LE(page.at("dead_letters").size(), 1000u);
    for (const json& letter : page.at("dead_letters")) EXPECT_TRUE(seen.insert(letter.at("id")).second) << letter;
    cursor = page.value("next_cursor", "");
  }
  EXPECT_EQ(seen.size(), many);
  EXPECT_EQ(pages, many / 1000);
}

TEST_F(HttpWithManyDeadLetters, AProbeShowsTheirNumberAndNoneOfThem) {
  const HttpResponse probe = client().get("/readyz");
  EXPECT_EQ(json::parse(probe.body).at("outbox").at("journal").at("dead_letters"), many);
  EXPECT_LT(probe.body.size(), 1000u);
  EXPECT_EQ(outbox().at("dead_letters").size(), 100u) << "without a limit";
}

TEST_F(HttpWithJournal, APageEndsWhereItIsLarge) {
  const Change large{Annotate{"{\"a\":\"" + std::string(400'000, 'x') + "\"}", {}}};
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence)
    journal()->keep_dead_letter({{1, sequence}, *CartId::parse("a"), large, true}, "too old", Time(Millis(1)));
  ASSERT_TRUE(wait_until([&] { return journal()->figures().dead_letters == 5; }));
  const json page = outbox();
  EXPECT_EQ(page.at("dead_letters").size(), 3u);
  EXPECT_EQ(page.at("next_cursor"), "1-3");
  EXPECT_EQ(json::parse(client().get("/v1/outbox?cursor=1-3&limit=2").body).at("dead_letters").size(), 2u);
}

TEST_F(HttpWithJournal, AMalformedPageIsRefused) {
  for (const char* query : {"limit=0", "limit=1001", "limit=", "limit=-1", "limit=ten", "limit=1&limit=1",
                            "cursor=", "cursor=1", "cursor=x-1", "cursor=1-2&cursor=1-2", "offset=1", "=1"})
    EXPECT_EQ(client().get(std::string("/v1/outbox?") + query).status, 422) << query;
  const json last = json::parse(client().get("/v1/outbox?limit=1&cursor=99-99").body);
  EXPECT_TRUE(last.at("dead_letters").empty());
  EXPECT_FALSE(last.contains("next_cursor"));
}

TEST_F(HttpWithJournal, ADeadLetterIsRetriedOnce) {
  const std::string retry = letters + make_dead_letter("a") + "/retry";
  EXPECT_EQ(client().post(retry, "").status, 204);
  EXPECT_EQ(client().post(retry, "").status, 404);
  EXPECT_TRUE(wait_until([&] { return outbox().at("depth") == 0; }));
  EXPECT_EQ(cart("a").at("item_count"), 1);
  EXPECT_TRUE(outbox().at("dead_letters").empty());
}

TEST_F(HttpWithJournal, ADeadLetterIsDroppedAndNoOther) {
  const std::string dropped = letters + make_dead_letter("a");
  const std::string kept = make_dead_letter("b");
  EXPECT_EQ(client().erase(dropped).status, 204);
  EXPECT_EQ(client().erase(dropped).status, 404);
  EXPECT_EQ(client().post(dropped + "/retry", "").status, 404);
  ASSERT_EQ(outbox().at("dead_letters").size(), 1u);
  EXPECT_EQ(outbox().at("dead_letters").at(0).at("id"), kept);
  EXPECT_EQ(cart("a").at("item_count"), 0);
}

TEST_F(HttpWithJournal, AJournalThatFailsKeepsItsDeadLetters) {
  const std::string letter = letters + make_dead_letter("a");
  disk.faults().syncs_fail = true;
  EXPECT_EQ(client().erase(letter).status, 504);
  EXPECT_EQ(client().post(letter + "/retry", "").status, 503);
  EXPECT_EQ(outbox().at("dead_letters").size(), 1u);
}

TEST_F(HttpWithJournal, MalformedLettersAreNotThere) {
  const std::string id = make_dead_letter("a");
  for (const std::string& wrong :
       {std::string("x"), std::string("-"), std::string("1"), std::string("1-"), std::string("-1"),
        std::string("1-2-3"), std::string("+1-2"), std::string("1--2"), std::string("1-2%20"),
        std::string("1-99999999999999999999999"), "%20" + id, id + "0"}) {
    EXPECT_EQ(client().erase(letters + wrong).status, 404) << wrong;
    EXPECT_EQ(client().post(letters + wrong + "/retry", "").status, 404) << wrong;
  }
  EXPECT_EQ(outbox().at("dead_letters").size(), 1u);
  EXPECT_EQ(client().erase(letters + id + "?force=true").status, 422);
  EXPECT_EQ(client().post(letters + id + "/retry", "{}").status, 422);
  EXPECT_EQ(client().get(letters + id + "?limit=1").status, 422);
  EXPECT_EQ(client().get(letters + std::string("1-2")).status, 404);
}

}  // namespace
}  // namespace cartd::test
