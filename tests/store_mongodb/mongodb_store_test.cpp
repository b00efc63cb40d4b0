// What the MongoDB store does beyond what every store must.
#include "store_mongodb/mongodb_fixture.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace cartd::test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

TEST_F(MongodbTest, PeopleCanReadACart) {
  open();
  Add mug{sku("MUG"), 2};
  mug.details.name = "Mug";
  mug.details.metadata = R"({"size":{"cm":[10,2.5]},"gift":true,"note":null})";
  ASSERT_TRUE(change("c", one(mug)));
  const json cart = cart_document("c");
  EXPECT_EQ(cart.begin().key(), "_id") << cart;
  EXPECT_EQ(cart.at("layout"), 1);
  EXPECT_EQ(cart.at("version"), 1);
  EXPECT_TRUE(cart.at("expires_at").contains("$date")) << cart;
  const json& line = cart.at("lines").at(0);
  EXPECT_EQ(line.at("sku"), "MUG");
  EXPECT_EQ(line.at("quantity"), 2);
  EXPECT_EQ(line.at("name"), "Mug");
  EXPECT_TRUE(line.at("added_at").contains("$date")) << cart;
  EXPECT_EQ(line.at("metadata"), json::parse(R"({"size":{"cm":[10,2.5]},"gift":true,"note":null})"));
}

TEST_F(MongodbTest, MetadataComesBackAsItWasWrittenWhateverADocumentCanHold) {
  open();
  const std::string texts[] = {R"({"a":1})",
                               R"({"a":1.0})",
                               R"({"a":1e2})",
                               R"({"a":-0})",
                               R"({"a":123456789012345678901234567890})",
                               R"({"a":9223372036854775807,"b":2147483648})",
                               R"({"b":1,"a":2})",
                               R"({"":1})",
                               R"({"a.b":1})",
                               R"({"$set":1})",
                               R"({"_id":{"_id":1}})",
                               R"({"a":[]})",
                               R"({"a":{},"b":[{},{"c":[1,"x",null,false]}]})",
                               R"({"text":"\u0000 ü \" \\ 漢😀"})"};
  for (const std::string& text : texts) {
    Add mug{sku("MUG"), 1};
    mug.details.metadata = text;
    const Result<Applied> set = change("c", one(mug));
    ASSERT_TRUE(set) << text << ": " << set.error().detail;
    const Result<CartRecord> loaded = load("c");
    ASSERT_TRUE(loaded) << text << ": " << loaded.error().detail;
    EXPECT_EQ(loaded->cart.lines.at(0).details->metadata, text);
    ASSERT_TRUE(change("other", Annotate{.metadata = text})) << text;
  }
}

TEST_F(MongodbTest, ADocumentThatCannotBeDecodedIsCorruptAndStaysAsItIs) {
  open();
  ASSERT_TRUE(add("good"));
  const char* const damages[] = {R"({"$set":{"layout":3}})",
                                 R"({"$set":{"kind":"Saved"}})",
                                 R"({"$set":{"kind":7}})",
                                 R"({"$unset":{"layout":""}})",
                                 R"({"$set":{"lines":[1]}})",
                                 R"({"$set":{"lines":{}}})",
                                 R"({"$set":{"lines":[{"sku":"A","quantity":1.5}]}})",
                                 R"({"$set":{"lines":[{"sku":"A","quantity":1},{"sku":"A","quantity":1}]}})",
                                 R"({"$set":{"lines":[{"sku":"A","quantity":1,"more":1}]}})",
                                 R"({"$set":{"lines":[{"sku":"A","quantity":1,"added_at":5}]}})",
                                 R"({"$set":{"lines":[{"sku":"A","quantity":1,"metadata":[]}]}})",
                                 R"({"$unset":{"lines":""}})",
                                 R"({"$unset":{"replay":""}})",
                                 R"({"$set":{"replay":{"$binary":{"base64":"AAAA","subType":"00"}}}})",
                                 R"({"$set":{"owner":"no id"}})",
                                 R"({"$set":{"owner":1}})",
                                 R"({"$set":{"version":-1}})",
                                 R"({"$set":{"version":"1"}})",
                                 R"({"$set":{"token":0}})",
                                 R"({"$set":{"metadata":"[]"}})",
                                 R"({"$set":{"metadata":[]}})",
                                 R"({"$set":{"updated_at":5}})",
                                 R"({"$set":{"forget_at":{"$date":{"$numberLong":"569000000000000000"}}}})"};
  double corrupt = 0;
  for (const char* damage : damages) {
    ASSERT_TRUE(add("bad")) << damage;
    update("cartd.carts", R"({"_id":"bad"})", damage);
    const json before = cart_document("bad");
    open();
    const Result<CartRecord> loaded = load("bad");
    ASSERT_FALSE(loaded) << damage;
    EXPECT_EQ(loaded.error().code, Errc::corrupt) << damage;
    EXPECT_EQ(add("bad").error().code, Errc::corrupt) << damage;
    EXPECT_EQ(cart_document("bad"), before) << damage;
    EXPECT_TRUE(add("good")) << damage;
    EXPECT_EQ(figure("corrupt_total"), corrupt += 2) << damage;
    server_->command(database_, R"({"delete":"cartd.carts","deletes":[{"q":{"_id":"bad"},"limit":1}]})");
  }
}

TEST_F(MongodbTest, AUserThatCannotBeDecodedIsCorruptAndPutMendsIt) {
  open();
  ASSERT_TRUE(loop_.run(users_->put(user_id("u"), {{"name", "Ada"}}, soon())));
  for (const char* damage :
       {R"({"layout":2})", R"({"fields":[]})", R"({"fields":{}})", R"({"fields":{"name":1}})", R"({"token":0})"}) {
    update("cartd.users", "{}", std::string(R"({"$set":)") + damage + "}");
    EXPECT_EQ(loop_.run(users_->find(user_id("u"), soon())).error().code, Errc::corrupt) << damage;
    EXPECT_EQ(loop_.run(users_->patch(user_id("u"), {{"a", "b"}}, soon())).error().code, Errc::corrupt) << damage;
    EXPECT_TRUE(loop_.run(users_->put(user_id("u"), {{"name", "Ada"}}, soon()))) << damage;
    EXPECT_TRUE(loop_.run(users_->find(user_id("u"), soon()))) << damage;
  }
  EXPECT_EQ(figure("corrupt_total"), 10);
}

TEST_F(MongodbTest, UsersKeepEveryCharacterAndPeopleCanReadThem) {
  open();
  ASSERT_TRUE(loop_.run(users_->put(user_id("u"), {{"name", "Ada"}}, soon())));
  EXPECT_EQ(find("cartd.users", R"({"fields.name":"Ada"})").size(), 1U);
  const UserFields fields{
      {"zero", std::string("a\0b", 3)}, {"quote", "\"\\/"}, {"wide", "漢😀"}, {"a.b", "c"}, {"$set", "d"}};
  ASSERT_TRUE(loop_.run(users_->put(user_id("u"), fields, soon())));
  EXPECT_EQ(loop_.run(users_->find(user_id("u"), soon())).value(), fields);
}

TEST_F(MongodbTest, ForgottenRecordsAreDeletedInBatchesAndThoseInUseStay) {
  open();
  ASSERT_TRUE(add("c"));
  std::string documents;
  for (int i = 1; i <= 1100; ++i) {
    documents += documents.empty() ? "" : ",";
    documents += R"({"_id":"old-)" + std::to_string(i) + R"(","forget_at":{"$date":"2020-01-01T01:00:00Z"},)" +
                 R"("forget_on":{"$date":"2020-01-02T00:00:00Z"})" +
                 (i <= 700 ? R"(,"created_at":{"$date":"2019-01-01T01:00:00Z"})" : "") + "}";
  }
  server_->insert(database_, "cartd.carts", documents);
  server_->insert(database_, "cartd.checkouts",
                  R"({"_id":"x.1","forget_at":{"$date":"2020-01-01T01:00:00Z"},)"
                  R"("forget_on":{"$date":"2020-01-02T00:00:00Z"}})");
  options_.sweep_interval = 100ms;
  open();
  EXPECT_TRUE(wait_until([this] { return figure("forgotten_total") == 1100; })) << figure("forgotten_total");
  EXPECT_TRUE(wait_until([this] { return find("cartd.checkouts").empty(); }));
  EXPECT_EQ(find("cartd.carts").size(), 1U);
  EXPECT_EQ(expired_, 700) << "those that had a cart";
  EXPECT_EQ(load("c")->cart.version, 1U);
}

TEST_F(MongodbTest, ARecordWhoseTimeIsPastIsForgottenBeforeItIsDeleted) {
  open();
  ASSERT_TRUE(add("c"));
  ASSERT_TRUE(add("c"));
  update("cartd.carts", "{}", R"({"$set":{"forget_at":{"$date":"2020-01-01T01:00:00Z"}}})");
  EXPECT_EQ(load("c")->cart.version, 0U);
  EXPECT_EQ(add("c")->cart.version, 1U);
  EXPECT_EQ(load("c")->cart.version, 1U);
}

TEST_F(MongodbTest, WhoFindsItsRecordDeletedDecidesAnew) {
  open();
  ASSERT_TRUE(add("c"));
  server_->command(database_, R"({"delete":"cartd.carts","deletes":[{"q":{"_id":"c"},"limit":1}]})");
  EXPECT_EQ(add("c")->cart.version, 1U);
}

TEST_F(MongodbTest, ADocumentOfACheckoutThatItsCartDoesNotNameDoesNotCount) {
  open();
  ASSERT_TRUE(add("c"));
  const CheckoutId id = carts_->new_checkout_id(cart_id("c"));
  const auto begun = change("c", BeginCheckout{id});
  ASSERT_TRUE(begun);
  const auto find_it = [&] { return loop_.run(carts_->find_checkout(id, soon())).value(); };
  EXPECT_EQ(*find_it(), *begun->outcome.checkout->content);
  // What a cartd leaves that ends between its two writes.
  json left = find("cartd.checkouts").at(0);
  left["_id"] = id.str() + ".0000000000000001";
  left["completed_at"] = json{{"$date", "2026-01-01T00:00:00Z"}};
  server_->insert(database_, "cartd.checkouts", left.dump());
  EXPECT_EQ(find_it()->order, std::nullopt);
  update("cartd.carts", "{}", R"({"$set":{"checkouts":{}}})");
  EXPECT_EQ(find_it(), nullptr);
}

TEST_F(MongodbTest, AnOrderIsFoundThatItsCartHasForgotten) {
  policy_.limits.max_checkouts = 1;
  open();
  std::vector<CheckoutId> orders;
  for (int i = 0; i < 4; ++i) {
    ASSERT_TRUE(add("c"));
    orders.push_back(carts_->new_checkout_id(cart_id("c")));
    const auto begun = change("c", BeginCheckout{orders.back()});
    ASSERT_TRUE(begun) << begun.error().detail;
    ASSERT_TRUE(change("c", CompleteCheckout{begun->outcome.checkout->content, "pi_" + std::to_string(i)}));
    // As if cartd had ended before it confirmed the order: then it is for the next commit that drops it from the cart.
    const std::string it = R"({"checkout":")" + orders.back().str() + R"(","confirmed":true})";
    ASSERT_TRUE(wait_until([&] { return find("cartd.checkouts", it).size() == 1; }));
    update("cartd.checkouts", it, R"({"$unset":{"confirmed":""}})");
  }
  EXPECT_EQ(cart_document("c").at("checkouts").size(), 1U);
  for (std::size_t i = 0; i < orders.size(); ++i) {
    const auto order = loop_.run(carts_->find_checkout(orders[i], soon()));
    ASSERT_TRUE(order) << order.error().detail;
    ASSERT_NE(*order, nullptr) << i;
    EXPECT_EQ((*order)->order->payment_ref, "pi_" + std::to_string(i));
  }
  // Of each only the order is left.
  EXPECT_TRUE(wait_until([this] { return find("cartd.checkouts").size() == 4; }));
  EXPECT_EQ(find("cartd.checkouts", R"({"confirmed":true})").size(), 3U);
}

TEST_F(MongodbTest, ACheckoutThatCannotBeDecodedIsCorrupt) {
  open();
  ASSERT_TRUE(add("c"));
  const CheckoutId id = carts_->new_checkout_id(cart_id("c"));
  ASSERT_TRUE(change("c", BeginCheckout{id}));
  for (const char* damage : {R"({"$set":{"content":{"$binary":{"base64":"AAAA","subType":"00"}}}})",
                             R"({"$set":{"layout":2}})", R"({"$unset":{"cart":""}})"}) {
    update("cartd.checkouts", "{}", damage);
    EXPECT_EQ(loop_.run(carts_->find_checkout(id, soon())).error().code, Errc::corrupt) << damage;
  }
  server_->command(database_, R"({"delete":"cartd.checkouts","deletes":[{"q":{},"limit":0}]})");
  EXPECT_EQ(loop_.run(carts_->find_checkout(id, soon())).value(), nullptr);
}

TEST_F(MongodbTest, OfTwoStoresThatChangeACartAtTheSameTimeBothAddsCount) {
  open();
  auto other = MongodbStore::open(options_, metrics_);
  ASSERT_TRUE(other);
  auto other_carts =
      std::make_unique<MongodbCartStore>(loop_.executor(), **other, policy_, clock_, std::size_t{1} << 20);
  const auto add_elsewhere = [&](CartId cart, CommandId id) -> boost::asio::awaitable<Result<Applied>> {
    const ApplyRequest request{std::move(cart), add_one(), id, Answer::full, soon()};
    co_return co_await execute(*other_carts, request, policy_, clock_);
  };
  for (int i = 0; i < 40; ++i) {
    // Twenty new ones, then always the first.
    const std::string cart = "cart-" + std::to_string(i < 20 ? i : 0);
    const auto here = begin_add(cart);
    const auto there = loop_.start(add_elsewhere(cart_id(cart), CommandId{producer_ + 1, ++sequence_}));
    EXPECT_TRUE(here());
    EXPECT_TRUE(there());
    EXPECT_EQ(load(cart)->cart.lines.at(0).quantity, i < 20 ? 2 : 2 * (i - 18)) << cart;
  }
  loop_.call([&] {
    other_carts.reset();
    return true;
  });
}

TEST_F(MongodbTest, TheVersionIsNotedOnceHoweverManyBeginAtOnce) {
  const std::string url = server_->url(database_);
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&url] {
      Metrics metrics;
      MongodbStore::Options options;
      options.database.url = *mongodb::parse_mongodb_url(url);
      options.database.patience = 10s;
      const auto opened = MongodbStore::open(options, metrics);
      ASSERT_TRUE(opened);
      EXPECT_TRUE(wait_until([&] { return metric_in(metrics.text(), "cartd_mongodb_up") == 1; }));
    });
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(find("cartd.schema"), json::parse(R"([{"_id":"cartd","version":2}])"));
}

TEST_F(MongodbTest, CollectionsOfAnEarlierCartdGetTheirIndexes) {
  open();
  ASSERT_TRUE(add("c"));
  update("cartd.schema", "{}", R"({"$set":{"version":1}})");
  for (const char* name : {"owner", "owner_kind"})
    server_->command(database_, std::string(R"({"dropIndexes":"cartd.carts","index":")") + name + "\"}");
  open();
  EXPECT_TRUE(add("c"));
  EXPECT_EQ(find("cartd.schema"), json::parse(R"([{"_id":"cartd","version":2}])"));
  const json indexes = server_->command(database_, R"({"listIndexes":"cartd.carts"})").at("cursor").at("firstBatch");
  std::set<std::string> names;
  for (const json& index : indexes) names.insert(index.at("name"));
  EXPECT_TRUE(names.contains("owner") && names.contains("owner_kind")) << indexes;
}

TEST_F(MongodbTest, CollectionsOfALaterCartdAreNotUsed) {
  open();
  ASSERT_TRUE(add("c"));
  update("cartd.schema", "{}", R"({"$set":{"version":3}})");
  EXPECT_TRUE(wait_until([this] { return check().detail.find("of a later cartd") != std::string::npos; }));
  EXPECT_EQ(add("c").error().code, Errc::unavailable);
  const auto refused = MongodbStore::open(options_, metrics_);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error(), HasSubstr("version 3, of a later cartd; this one knows version 2"));
}

TEST_F(MongodbTest, AClockThatIsFarOffRefusesChanges) {
  policy_.limits.max_clock_difference = 0ms;
  class Slow final : public Clock {
    std::chrono::sys_time<std::chrono::microseconds> now() const override { return SystemClock().now() - 1min; }
  } slow;
  open();
  MongodbCartStore carts(loop_.executor(), *store_, policy_, slow, 0);
  const ApplyRequest request{cart_id("c"), add_one(), next_id(), Answer::full, Deadline::clock::now() + 1s};
  const Result<Applied> refused = loop_.run(execute(carts, request, policy_, slow));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::unavailable);
  EXPECT_THAT(refused.error().detail, HasSubstr("clocks"));
  EXPECT_THAT(loop_.run(carts.check(soon())).detail, HasSubstr("clocks"));
  EXPECT_TRUE(find("cartd.carts").empty());
}

TEST_F(MongodbTest, AnIndexForDeletionIsThereAndDeletesByItselfWhereTheServerCan) {
  open();
  for (const char* collection : {"cartd.carts", "cartd.checkouts"}) {
    const json indexes = server_->command(database_, std::string(R"({"listIndexes":")") + collection + "\"}")
                             .at("cursor")
                             .at("firstBatch");
    const auto index =
        std::find_if(indexes.begin(), indexes.end(), [](const json& one) { return one.at("name") == "forget_on"; });
    ASSERT_NE(index, indexes.end()) << indexes;
    EXPECT_EQ(index->at("key"), json::parse(R"({"forget_on":1})"));
    if (MongodbServer::kind() == MongodbServer::Kind::mongod) {
      EXPECT_EQ(index->at("expireAfterSeconds"), 0);
    }
  }
}

}  // namespace
}  // namespace cartd::test
