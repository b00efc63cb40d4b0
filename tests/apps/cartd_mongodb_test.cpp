// cartd with a MongoDB database and without Redis: its carts are there.
#include "apps/programs.h"
#include "support/mongodb_server.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class CartdMongodb : public testing::Test {
 protected:
  void SetUp() override {
    if (MongodbServer::kind() == MongodbServer::Kind::none)
      GTEST_SKIP() << "NOT TESTED: there is no MongoDB server here, and no Go to build FerretDB";
    server_ = &shared_mongodb();
    name_ = server_->create_database();
  }

  static std::string add(const RunningCartd& cartd) {
    return cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"MUG","quantity":2})").body;
  }
  static std::string readiness(const RunningCartd& cartd) { return cartd.ask("GET", "/readyz").body; }
  static Variables database(const std::string& url) { return {{"DATABASE_URL", url}}; }
  Variables database() const { return database(server_->url(name_)); }

  MongodbServer* server_ = nullptr;
  std::string name_{};
  const std::vector<std::string> patient_{"--store-deadline", "20s"};
};

TEST_F(CartdMongodb, KeepsCartsAndUsersFromOneStartToTheNext) {
  std::string before;
  {
    const RunningCartd cartd(patient_, database());
    before = add(cartd);
    EXPECT_THAT(before, HasSubstr(R"("durability":"disk","degraded":false)"));
    EXPECT_EQ(cartd.ask("PUT", "/v1/users/u", R"({"name":"Ada"})").status, 200U);
    EXPECT_THAT(readiness(cartd), HasSubstr(R"("store":{"kind":"mongodb","ready":true})"));
    EXPECT_THAT(cartd.ask("GET", "/metrics").body, HasSubstr("cartd_mongodb_up 1"));
    EXPECT_TRUE(cartd.logs("in MongoDB mongodb://")) << cartd.log();
  }
  const RunningCartd cartd(patient_, database());
  EXPECT_EQ(cartd.ask("GET", "/v1/carts/c").body, before);
  EXPECT_THAT(cartd.ask("GET", "/v1/users/u").body, HasSubstr("Ada"));
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));
}

TEST_F(CartdMongodb, SeveralProcessesShareTheCarts) {
  const RunningCartd one(patient_, database());
  const RunningCartd two(patient_, database());
  for (int i = 0; i < 10; ++i) {
    add(one);
    add(two);
  }
  EXPECT_THAT(two.ask("GET", "/v1/carts/c").body, HasSubstr(R"("quantity":40)"));
}

TEST_F(CartdMongodb, ALaterVersionEndsTheStartAndStaysAsItIs) {
  { const RunningCartd cartd(patient_, database()); }
  server_->update(name_, "cartd.schema", "{}", R"({"$set":{"version":3}})");
  const Ended ended = run_cartd({"--listen", "127.0.0.1:0"}, database());
  EXPECT_EQ(ended.code, 1);
  EXPECT_THAT(ended.err, HasSubstr("--database-url: cartd's collections in the database have version 3, of a later "
                                   "cartd; this one knows version 2\n"));
  EXPECT_EQ(server_->find(name_, "cartd.schema", "{}").at(0).at("version"), 3);
}

TEST_F(CartdMongodb, AWrongPasswordIsSaidAndNeverShown) {
  std::string url = server_->url(name_);
  if (url.find('@') != std::string::npos) GTEST_SKIP() << "the outside server's URL has a user of its own";
  url.insert(std::string("mongodb://").size(), "user:s3cr3t@");
  const RunningCartd refused({"--log-level", "debug"}, database(url));
  EXPECT_TRUE(wait_until([&] { return readiness(refused).find("refuses the login") != std::string::npos; }))
      << readiness(refused);
  EXPECT_THAT(add(refused), HasSubstr("the database refuses the login; nothing was done"));
  EXPECT_THAT(refused.log(), HasSubstr("uthentication"));
  EXPECT_THAT(refused.log() + readiness(refused) + refused.ask("GET", "/metrics").body, Not(HasSubstr("s3cr3t")));
}

TEST_F(CartdMongodb, AnExpiredCartIsEmptyAndItsVersionGoesOn) {
  const RunningCartd cartd({"--store-deadline", "20s", "--ttl", "1s"}, database());
  add(cartd);
  EXPECT_TRUE(
      wait_until([&] { return cartd.ask("GET", "/v1/carts/c").body.find(R"("item_count":0)") != std::string::npos; }));
  EXPECT_EQ(server_->find(name_, "cartd.carts", "{}").at(0).at("version"), 1);
  EXPECT_THAT(add(cartd), HasSubstr(R"("version":2)"));
}

TEST_F(CartdMongodb, ADocumentThatCannotBeDecodedIsCorrupt) {
  const RunningCartd cartd(patient_, database());
  add(cartd);
  server_->update(name_, "cartd.carts", "{}", R"({"$set":{"layout":3}})");
  for (const auto& answer :
       {cartd.ask("GET", "/v1/carts/c"), cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"MUG","quantity":2})")}) {
    EXPECT_EQ(answer.status, 500U) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr("urn:cartd:corrupt"));
  }
  EXPECT_THAT(cartd.ask("GET", "/metrics").body, Not(HasSubstr("cartd_mongodb_corrupt_total 0\n")));
}

TEST(CartdMongodbSettings, ThatCannotBeAreRefusedWithoutThePassword) {
  for (const char* url : {"mongodb://u:s3cr3t@h", "mongodb://u:s3cr3t@h/shop?w=1", "mongodb://u:s3cr3t%zz@h/shop"}) {
    const Ended ended = run_cartd({"--check"}, {{"DATABASE_URL", url}});
    EXPECT_EQ(ended.code, 2);
    EXPECT_THAT(ended.err, testing::StartsWith("cartd: DATABASE_URL: "));
    EXPECT_THAT(ended.err, Not(HasSubstr("s3cr3t")));
  }
  EXPECT_THAT(run_cartd({"--check"}, {{"DATABASE_URL", "mongodb://h/shop"}, {"REDIS_URL", "redis://h"}}).err,
              HasSubstr("a database behind Redis is not supported yet; set only one of REDIS_URL and DATABASE_URL"));
}

TEST(CartdMongodbSettings, CheckSaysWhereTheCartsAreAndConnectsToNothing) {
  const Ended checked = run_cartd({"--check", "--database-url", "mongodb://u:s3cr3t@127.0.0.1:1,h:2/shop"});
  EXPECT_EQ(checked.code, 0);
  EXPECT_THAT(checked.out, HasSubstr("in MongoDB mongodb://127.0.0.1:1,h:2/shop,"));
}

TEST(CartdMongodbAway, ADatabaseThatIsNotThereIsSaidAndRefusesChanges) {
  const RunningCartd cartd({"--store-deadline", "2s"}, {{"DATABASE_URL", "mongodb://127.0.0.1:1/shop"}});
  EXPECT_TRUE(wait_until(
      [&] { return cartd.ask("GET", "/readyz").body.find("the database cannot be reached") != std::string::npos; }));
  const auto refused = cartd.ask("POST", "/v1/carts/c/items", R"({"sku":"MUG"})");
  EXPECT_EQ(refused.status, 503U);
  EXPECT_THAT(refused.body, HasSubstr("nothing was done"));
}

}  // namespace
}  // namespace cartd::test
