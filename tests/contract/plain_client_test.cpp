// The keys are a public contract: what cartd writes a plain Redis client reads, and the other way round.
#include "contract/store_under_test.h"
#include "support/parameter_name.h"
#include "support/redis_server.h"

#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::make_store;
using test::RedisValue;
using test::StoreUnderTest;

class PlainClientTest : public testing::TestWithParam<std::string> {
 protected:
  PlainClientTest() : store_(make_store(GetParam(), Policy{})) {}

  RedisValue plain(std::vector<std::string> command) { return *store_->plain(std::move(command)); }

  std::map<std::string, std::string> hash(const std::string& key) {
    const RedisValue flat = plain({"HGETALL", key});
    std::map<std::string, std::string> fields;
    for (std::size_t i = 0; i + 1 < flat.elements.size(); i += 2)
      fields[flat.elements[i].text] = flat.elements[i + 1].text;
    return fields;
  }

  Result<Cart> find() {
    Result<Shown> shown = store_->show(id_);
    return shown ? Result<Cart>(std::move(shown->cart)) : shown.error();
  }

  Result<Applied> apply(LineCommand command) { return apply(Change{Batch{{std::move(command)}}}); }
  Result<Applied> apply(Change change) {
    const ApplyRequest request{id_, std::move(change), CommandId{7, ++sequence_}, Answer::full, StoreUnderTest::soon()};
    return store_->apply(request);
  }

  /// By another process.
  Result<Applied> apply_elsewhere(Change change) {
    const ApplyRequest request{id_, std::move(change), CommandId{8, ++sequence_}, Answer::full, StoreUnderTest::soon()};
    return store_->run(execute(store_->other_carts(), request, store_->policy, store_->clock));
  }

  /// Since CONFIG RESETSTAT, by whoever, in scripts, too.
  int calls_of(const std::string& command) {
    const std::string stats = plain({"INFO", "commandstats"}).text;
    const std::string name = "cmdstat_" + command + ":calls=";
    const auto at = stats.find(name);
    return at == std::string::npos ? 0 : std::stoi(stats.substr(at + name.size()));
  }
  int scripts_called() { return calls_of("eval") + calls_of("evalsha"); }

  static Sku sku(const char* text) { return *Sku::parse(text); }

  std::unique_ptr<StoreUnderTest> store_;
  CartId id_ = *CartId::parse("123");
  std::uint64_t sequence_ = static_cast<std::uint64_t>(SystemClock().now().time_since_epoch().count());
};

TEST_P(PlainClientTest, HgetallGivesSkusAndQuantitiesAndNothingElse) {
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("SKU123"), 2, details}));
  ASSERT_TRUE(apply(Add{sku("SKU999"), 3}));
  EXPECT_EQ(hash("cart:123"), (std::map<std::string, std::string>{{"SKU123", "2"}, {"SKU999", "3"}}));
}

TEST_P(PlainClientTest, ThereAreTheKeysOfTheContractAndNoOthersAndBothExpire) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  std::set<std::string> keys;
  for (const RedisValue& key : plain({"KEYS", "*"}).elements) keys.insert(key.text);
  EXPECT_EQ(keys, (std::set<std::string>{"cart:123", "{cart:123}:meta"}));
  const std::int64_t week = std::chrono::milliseconds(7 * 24h).count();
  const std::int64_t day = std::chrono::milliseconds(24h).count();
  EXPECT_NEAR(static_cast<double>(plain({"PTTL", "cart:123"}).integer), static_cast<double>(week), 20'000);
  EXPECT_NEAR(static_cast<double>(plain({"PTTL", "{cart:123}:meta"}).integer), static_cast<double>(week + day), 20'000);
}

TEST_P(PlainClientTest, ReplacingAllLinesKeepsTheExpiry) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  ASSERT_TRUE(apply(Change{Batch{{RemoveLine{sku("A")}, Add{sku("B"), 1}}}}));
  EXPECT_EQ(hash("cart:123"), (std::map<std::string, std::string>{{"B", "1"}}));
  EXPECT_GT(plain({"PTTL", "cart:123"}).integer, 0);
}

TEST_P(PlainClientTest, DetailsThatNobodyUnderstandsArePassedOver) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"HSET", "{cart:123}:meta", "l:A", "from another world"});
  EXPECT_EQ(find()->lines, (std::vector<Line>{{sku("A"), 1}}));
  EXPECT_EQ(apply(Add{sku("A"), 1})->cart.lines, (std::vector<Line>{{sku("A"), 2}}));
}

TEST_P(PlainClientTest, ALabelStandsBehindTheSku) {
  const LineId red(sku("mug"), *LineLabel::parse("red"));
  DetailsPatch details;
  details.options = R"({"colour":"red"})";
  ASSERT_TRUE(apply(Add{sku("mug"), 2}));
  ASSERT_TRUE(apply(Add{red, 1, details}));
  EXPECT_EQ(hash("cart:123"), (std::map<std::string, std::string>{{"mug", "2"}, {"mug\x1Fred", "1"}}));
  plain({"HINCRBY", "cart:123", "mug\x1Fred", "4"});
  const auto cart = find();
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 2U);
  EXPECT_EQ(cart->lines[0].id, red);
  EXPECT_EQ(cart->lines[0].quantity, 5);
  ASSERT_TRUE(cart->lines[0].details);
  EXPECT_EQ(cart->lines[0].details->options, details.options);
}

// add.lua cannot count a SKU's other lines, and leaves such carts to the rules.
TEST_P(PlainClientTest, TheMetaHashSaysWhetherLinesHaveLabels) {
  const LineId red(sku("mug"), *LineLabel::parse("red"));
  const auto is_noted = [&] { return hash("{cart:123}:meta").contains("n"); };
  ASSERT_TRUE(apply(Add{sku("mug"), 2}));
  EXPECT_FALSE(is_noted());
  ASSERT_TRUE(apply(Add{red, 1}));
  EXPECT_TRUE(is_noted());
  ASSERT_TRUE(apply(Add{sku("pen"), 1}));
  EXPECT_TRUE(is_noted());
  ASSERT_TRUE(apply(RemoveLine{red}));
  EXPECT_FALSE(is_noted());
  plain({"HSET", "cart:123", "mug\x1Fred", "1"});
  ASSERT_TRUE(find());
  ASSERT_TRUE(apply(Add{sku("cup"), 1}));
  EXPECT_TRUE(is_noted()) << "a plain client's, once it was seen";
  ASSERT_TRUE(apply(Clear{}));
  EXPECT_FALSE(is_noted());
}

TEST_P(PlainClientTest, ReadsPlainClientsWritesAtOnce) {
  plain({"HINCRBY", "cart:123", "SKU123", "2"});
  plain({"HINCRBY", "cart:123", "SKU999", "3"});
  const auto cart = find();
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart->version, 0u);
  ASSERT_EQ(cart->lines.size(), 2u);
  EXPECT_EQ(cart->lines[0], (Line{sku("SKU123"), 2}));
  EXPECT_EQ(cart->lines[1], (Line{sku("SKU999"), 3}));
}

TEST_P(PlainClientTest, ReadingARememberedCartShowsWhatPlainClientsDid) {
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  ASSERT_TRUE(apply(Add{sku("B"), 1}));
  plain({"HINCRBY", "cart:123", "B", "4"});
  EXPECT_EQ(find()->lines[1], (Line{sku("B"), 5}));
  plain({"HDEL", "cart:123", "A"});
  EXPECT_EQ(find()->lines, (std::vector<Line>{{sku("B"), 5}}));
  plain({"HSET", "cart:123", "A", "2"});
  const auto returned = find();
  ASSERT_EQ(returned->lines.size(), 2U);
  ASSERT_TRUE(returned->lines[0].details) << "they are still in the meta hash";
  EXPECT_EQ(returned->lines[0].details->name, "Mug");
  plain({"DEL", "cart:123"});
  EXPECT_TRUE(find()->lines.empty());
  EXPECT_TRUE(find()->created_at) << "its time is not over";
  plain({"DEL", "{cart:123}:meta"});
  EXPECT_EQ(*find(), Cart{id_});
}

TEST_P(PlainClientTest, ReadingARememberedCartCallsNoScript) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"CONFIG", "RESETSTAT"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(find()->lines[0].quantity, 1);
  EXPECT_EQ(scripts_called(), 0);
  EXPECT_EQ(store_->run(show(store_->other_carts(), id_, StoreUnderTest::soon()))->cart.lines[0].quantity, 1);
  EXPECT_GE(scripts_called(), 1) << "another process does not know it yet";
}

TEST_P(PlainClientTest, ACommandOnAPlainCartGoesOnFromItAndGivesItAnExpiry) {
  plain({"HINCRBY", "cart:123", "A", "2"});
  const auto applied = apply(Add{sku("A"), 1});
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->cart.lines[0].quantity, 3);
  EXPECT_EQ(applied->cart.version, 1u);
  EXPECT_GT(plain({"PTTL", "cart:123"}).integer, 0);
}

TEST_P(PlainClientTest, DetailsOfALineRemovedByAPlainClientAreDropped) {
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  ASSERT_TRUE(apply(Add{sku("B"), 1}));
  plain({"HDEL", "cart:123", "A"});
  ASSERT_TRUE(apply(Add{sku("B"), 1}));
  plain({"HINCRBY", "cart:123", "A", "1"});
  const auto cart = find();
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart->lines[0], (Line{sku("A"), 1}));
  EXPECT_FALSE(hash("{cart:123}:meta").contains("l:A"));
}

TEST_P(PlainClientTest, DetailsAreDroppedThoughTheAnswerNeedNotShowTheCart) {
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  ASSERT_TRUE(apply(Add{sku("B"), 1, details}));
  plain({"HDEL", "cart:123", "A"});
  ApplyRequest request{id_, Change{Batch{{Add{sku("B"), 1}}}}, CommandId{7, ++sequence_}, Answer::version,
                       StoreUnderTest::soon()};
  ASSERT_TRUE(store_->apply(request));
  EXPECT_FALSE(hash("{cart:123}:meta").contains("l:A"));
  EXPECT_TRUE(hash("{cart:123}:meta").contains("l:B"));
}

TEST_P(PlainClientTest, AQuantityWithAZeroInFrontIsOne) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"HSET", "cart:123", "A", "002"});
  EXPECT_EQ(find()->lines[0].quantity, 2);
  EXPECT_EQ(apply(Add{sku("A"), 1})->cart.lines[0].quantity, 3);
  EXPECT_EQ(hash("cart:123").at("A"), "3");
}

TEST_P(PlainClientTest, AnotherQuantityTakesTheShortScriptAndOneCall) {
  Change keyed{Batch{{Add{sku("A"), 1}}}};
  for (int i = 0; i < 40; ++i) {
    keyed.idempotency = Idempotency{"key-" + std::to_string(100 + i) + "---------", "fingerprin1"};
    ASSERT_TRUE(apply(keyed));
  }
  plain({"CONFIG", "RESETSTAT"});
  constexpr int adds = 3;
  for (int i = 0; i < adds; ++i) {
    keyed.idempotency = Idempotency{"key-" + std::to_string(200 + i) + "---------", "fingerprin1"};
    ASSERT_TRUE(apply(keyed));
  }
  EXPECT_EQ(calls_of("evalsha"), adds);
  EXPECT_EQ(calls_of("pexpireat"), 0);
  // What the script compares, and what is behind it for the answer.
  EXPECT_EQ(calls_of("hmget"), adds * 3);
  EXPECT_EQ(calls_of("hgetall"), adds);
}

TEST_P(PlainClientTest, AnAddToACartThatThisProcessDoesNotKnowTakesOneScript) {
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(apply(Add{sku(("B" + std::to_string(i)).c_str()), 1, details}));
  ASSERT_FALSE(apply_elsewhere(Change{Batch{{Add{sku("A"), store_->policy.limits.max_quantity}}}}))
      << "afterwards the server has the script";
  id_ = *CartId::parse("other");
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(apply(Add{sku(("B" + std::to_string(i)).c_str()), 1, details}));
  Change keyed{Batch{{Add{sku("A"), 2}}}};
  keyed.idempotency = Idempotency{"0123456789abcdef", "0123456789a"};
  plain({"CONFIG", "RESETSTAT"});
  const auto added = apply_elsewhere(keyed);
  ASSERT_TRUE(added);
  EXPECT_EQ(scripts_called(), 1);
  EXPECT_EQ(added->outcome.effect, Effect::changed);
  EXPECT_EQ(added->cart.version, 42U);
  EXPECT_EQ(added->cart.lines[0].quantity, 3);
  EXPECT_EQ(added->cart.lines[0].details->name, "Mug");
  EXPECT_EQ(added->applied_sequences.size(), 2U);
  EXPECT_EQ(*find(), added->cart);
  EXPECT_EQ(apply_elsewhere(keyed)->outcome.effect, Effect::replayed);
  EXPECT_EQ(apply(keyed)->outcome.effect, Effect::replayed) << "the process that knew the cart before";
}

TEST_P(PlainClientTest, AnAddOfAnotherSkuToACartThatThisProcessDoesNotKnowTakesOneScript) {
  ASSERT_TRUE(apply_elsewhere(Change{Batch{{Add{sku("A"), 1}}}}));
  id_ = *CartId::parse("other");
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"CONFIG", "RESETSTAT"});
  const auto added = apply_elsewhere(Change{Batch{{Add{sku("B"), 1}}}});
  ASSERT_TRUE(added);
  EXPECT_EQ(scripts_called(), 1);
  EXPECT_EQ(added->cart.lines, (std::vector<Line>{{sku("A"), 1}, {sku("B"), 1}}));
  EXPECT_GT(plain({"PTTL", "cart:other"}).integer, 0);
}

TEST_P(PlainClientTest, DetailsOfALineThatIsGoneDoNotComeBackWithAnAddByAnotherProcess) {
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  ASSERT_TRUE(apply(Add{sku("B"), 1}));
  plain({"HDEL", "cart:123", "A"});
  const auto added = apply_elsewhere(Change{Batch{{Add{sku("A"), 1}}}});
  ASSERT_TRUE(added);
  EXPECT_EQ(added->cart.lines, (std::vector<Line>{{sku("A"), 1}, {sku("B"), 1}}));
  EXPECT_FALSE(hash("{cart:123}:meta").contains("l:A"));
}

TEST_P(PlainClientTest, ChangesUnderTheSameTokenAreNotOverwritten) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  ASSERT_TRUE(apply(Add{sku("B"), 1}));
  plain({"HINCRBY", "cart:123", "A", "5"});
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  EXPECT_EQ(hash("cart:123").at("A"), "7");
  plain({"HDEL", "cart:123", "A"});
  ASSERT_TRUE(apply(Remove{sku("A"), 1}));
  EXPECT_FALSE(hash("cart:123").contains("A"));
  plain({"HSET", "cart:123", "C", "2"});
  ASSERT_TRUE(apply(Clear{}));
  EXPECT_TRUE(hash("cart:123").empty()) << "a line that this process never saw goes, too";
}

TEST_P(PlainClientTest, ACartThatAPlainClientDeletedExpiresWhenItBeginsAnew) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"DEL", "cart:123"});
  ASSERT_TRUE(apply(Add{sku("B"), 1}));
  EXPECT_EQ(hash("cart:123").size(), 1U);
  EXPECT_GT(plain({"PTTL", "cart:123"}).integer, 0);
}

TEST_P(PlainClientTest, FieldsThatAreNoLineArePassedOver) {
  plain({"HSET", "cart:123", "A", "2", "zero", "0", "negative", "-1", "text", "two", "half", "1.5", "huge",
         "1234567890123", "bad\xff", "1", "tab\t", "1"});
  const auto cart = find();
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 1u);
  EXPECT_EQ(cart->lines[0], (Line{sku("A"), 2}));
  const auto applied = apply(Add{sku("text"), 4});
  ASSERT_TRUE(applied);
  EXPECT_EQ(hash("cart:123")["text"], "4");
}

TEST_P(PlainClientTest, ACartThatIsNoHashIsReportedAndLeftAlone) {
  plain({"SET", "cart:123", R"({"items":[]})"});
  EXPECT_EQ(find().error().code, Errc::corrupt);
  EXPECT_EQ(apply(Add{sku("A"), 1}).error().code, Errc::corrupt);
  EXPECT_EQ(plain({"GET", "cart:123"}).text, R"({"items":[]})");
  EXPECT_EQ(plain({"EXISTS", "{cart:123}:meta"}).integer, 0);
}

TEST_P(PlainClientTest, GarbageInTheMetaHashDoesNotBreakTheCart) {
  plain({"HSET", "cart:123", "A", "2"});
  plain({"HSET", "{cart:123}:meta", "a", "not json", "o", "{glob*}", "m:", "x", "zz", "1", "v", "3"});
  const auto cart = find();
  ASSERT_TRUE(cart);
  EXPECT_EQ(cart->version, 3u);
  EXPECT_EQ(cart->metadata, "");
  EXPECT_FALSE(cart->owner);
  const auto applied = apply(Add{sku("A"), 1});
  ASSERT_TRUE(applied) << applied.error().detail;
  EXPECT_EQ(applied->cart.version, 4u);
}

TEST_P(PlainClientTest, ScriptsAreLoadedAgainWhenTheServerHasLostThem) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"SCRIPT", "FLUSH"});
  const auto applied = apply(Add{sku("A"), 1});
  ASSERT_TRUE(applied);
  EXPECT_EQ(applied->cart.lines[0].quantity, 2);
}

TEST_P(PlainClientTest, AFullServerRefusesAddsAndAllowsDeletes) {
  ASSERT_TRUE(apply(Add{sku("A"), 1}));
  plain({"CONFIG", "SET", "maxmemory", "1"});
  const auto refused = apply(Add{sku("A"), 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::store_full);
  EXPECT_EQ(find()->lines[0].quantity, 1);
  EXPECT_TRUE(apply(Change{Delete{}}));
  EXPECT_EQ(plain({"EXISTS", "cart:123"}).integer, 0);
}

TEST_P(PlainClientTest, AReadOnlyServerIsUnavailableAndChangesNothing) {
  plain({"REPLICAOF", "127.0.0.1", "1"});
  const auto refused = apply(Add{sku("A"), 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  plain({"REPLICAOF", "NO", "ONE"});
  EXPECT_TRUE(find()->lines.empty());
}

TEST_P(PlainClientTest, AUserThatIsNoHashIsReportedAndLeftAlone) {
  const UserId id = *UserId::parse("u");
  const auto soon = [] { return StoreUnderTest::soon(); };
  plain({"SET", "user:u", "precious"});
  EXPECT_EQ(store_->run(store_->users().find(id, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(store_->run(store_->users().put(id, {{"name", "Ada"}}, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(store_->run(store_->users().patch(id, {{"name", "Ada"}}, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(store_->run(store_->users().erase(id, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(plain({"GET", "user:u"}).text, "precious");
  plain({"DEL", "user:u"});
  plain({"RPUSH", "user:u", "a", "b"});
  EXPECT_EQ(store_->run(store_->users().put(id, {{"name", "Ada"}}, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(store_->run(store_->users().erase(id, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(plain({"LLEN", "user:u"}).integer, 2);
}

TEST_P(PlainClientTest, AnInvalidVersionOrSequenceIsReportedAndKept) {
  for (const char* field : {"v", "m:AAAAAAAA"}) {
    for (const char* value : {"-1", "x", "1e300", "", "99999999999999999999"}) {
      plain({"DEL", "cart:123", "{cart:123}:meta"});
      plain({"HSET", "cart:123", "A", "2"});
      plain({"HSET", "{cart:123}:meta", "c", "1", field, value});
      const auto applied = apply(Add{sku("A"), 1});
      ASSERT_FALSE(applied) << field << " " << value;
      EXPECT_EQ(applied.error().code, Errc::corrupt);
      EXPECT_EQ(hash("cart:123")["A"], "2");
      EXPECT_EQ(find().error().code, Errc::corrupt) << field << " " << value;
    }
  }
}

TEST_P(PlainClientTest, AClockThatIsAheadHidesNothingOfACartThatLives) {
  store_->policy.limits.max_clock_difference = std::chrono::hours(12);
  DetailsPatch details;
  details.name = "Mug";
  ASSERT_TRUE(apply(Add{sku("A"), 1, details}));
  store_->policy.ttl.standard = std::chrono::hours(1);
  const auto soon = std::to_string(now_ms(SystemClock()).time_since_epoch().count() + 600'000);
  plain({"HSET", "{cart:123}:meta", "x", soon});
  plain({"PEXPIREAT", "cart:123", soon});
  store_->clock.advance(std::chrono::minutes(25));
  const auto cart = find();
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 1U);
  ASSERT_TRUE(cart->lines[0].details);
  EXPECT_EQ(cart->lines[0].details->name, "Mug");
  EXPECT_TRUE(cart->created_at);
  EXPECT_TRUE(apply(Add{sku("A"), 1}));
  store_->clock.advance(std::chrono::minutes(10));
  EXPECT_EQ(apply(Add{sku("B"), 1}).error().code, Errc::unavailable) << "more than half of the ttl";
}

TEST_P(PlainClientTest, AnExpiryThatIsNoneIsCountedAnew) {
  for (const char* value : {"-1", "x", "1e300", "", "99999999999999999999"}) {
    plain({"DEL", "cart:123", "{cart:123}:meta"});
    plain({"HSET", "cart:123", "A", "2"});
    plain({"HSET", "{cart:123}:meta", "c", "1", "x", value});
    ASSERT_TRUE(find()) << value;
    const auto applied = apply(Add{sku("A"), 1});
    ASSERT_TRUE(applied) << value << applied.error().detail;
    EXPECT_TRUE(applied->cart.expires_at);
    EXPECT_GT(plain({"PTTL", "cart:123"}).integer, 0);
  }
}

TEST_P(PlainClientTest, GarbageAmongTheIdempotencyKeysDoesNotBreakTheCart) {
  for (const char* value :
       {"hello", "", "fingerprin1", "fingerprin1x", "fingerprin1-5", "fingerprin19999999999999999999"}) {
    plain({"HSET", "{cart:123}:meta", "k:abc", value, "k:key-1-----------", value});
    Change change{Batch{{Add{sku("A"), 1}}}};
    change.idempotency = Idempotency{"key-1-----------", "fingerprin2"};
    const auto applied = apply(change);
    ASSERT_TRUE(applied) << value << ": " << applied.error().detail;
    EXPECT_EQ(applied->outcome.effect, Effect::changed) << value;
    plain({"DEL", "cart:123", "{cart:123}:meta"});
  }
}

TEST_P(PlainClientTest, UsersArePlainHashes) {
  const UserId id = *UserId::parse("123");
  plain({"HSET", "user:123", "name", "Saurabh", "bad\xff", "x"});
  EXPECT_EQ(*store_->run(store_->users().find(id, StoreUnderTest::soon())), (UserFields{{"name", "Saurabh"}}));
  UserFields fields{{"name", "Ada"}};
  ASSERT_TRUE(store_->run(store_->users().put(id, fields, StoreUnderTest::soon())));
  EXPECT_EQ(hash("user:123"), (std::map<std::string, std::string>{{"name", "Ada"}}));
}

INSTANTIATE_TEST_SUITE_P(Servers, PlainClientTest, testing::ValuesIn(test::server_binaries()), test::parameter_name);

}  // namespace
}  // namespace cartd
