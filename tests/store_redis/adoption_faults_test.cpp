// What goes wrong with carts of another service: what cannot be read, is too large or is refused, and races.
#include "store_redis/adoption_fixture.h"
#include "support/parameter_name.h"
#include "support/seed.h"

#include <boost/asio/detached.hpp>

#include <random>

namespace cartd::test {
namespace {

class AdoptionFaults : public Adoption {};

TEST_P(AdoptionFaults, WhatCannotBeReadIsCorruptAndStays) {
  auto store = carts();
  for (const char* broken : {"", "x", "{}", R"({"items":[{"product_id":"A","price":1.234,"quantity":1}]})",
                             R"({"cart_id":"9","items":[]})"}) {
    SCOPED_TRACE(broken);
    events_.clear();
    set(broken);
    EXPECT_EQ(find(store).error().code, Errc::corrupt);
    EXPECT_EQ(apply(store, add(mug, 1)).error().code, Errc::corrupt);
    EXPECT_EQ(apply(store, Delete{}).error().code, Errc::corrupt);
    EXPECT_EQ(text(), broken);
    EXPECT_EQ(events_.size(), 3U);
    EXPECT_EQ(events_.front(), "corrupt 123");
  }
  set(json() + std::string(std::size_t{2} << 20, ' '));
  EXPECT_THAT(find(store).error().detail, HasSubstr("is larger than"));
  plain({"DEL", "cart:123"});
  plain({"RPUSH", "cart:123", "x"});
  EXPECT_EQ(find(store).error().detail, "the key of this id is not a hash; another program wrote it");
  EXPECT_EQ(apply(store, add(mug, 1)).error().code, Errc::corrupt);
}

TEST_P(AdoptionFaults, WithoutTheOptionTheErrorNamesIt) {
  RedisCartStore store{*client_, policy_, clock_, {}, cache_bytes};
  ASSERT_TRUE(apply(store, add(mug, 1)));
  set(json());
  for (const Error& error : {find(store).error(), apply(store, add(mug, 1)).error(), apply(store, Touch{}).error()}) {
    EXPECT_EQ(error.code, Errc::corrupt);
    EXPECT_THAT(error.detail, HasSubstr("--adopt-json-carts"));
  }
  set("a session");
  EXPECT_EQ(find(store).error().detail, "the key of this id is not a hash; another program wrote it");
  EXPECT_EQ(text(), "a session");
}

TEST_P(AdoptionFaults, ScansShowThemAndListWhatCannotBeRead) {
  auto store = carts();
  for (int i = 0; i < 40; ++i) {
    std::string text = R"({"items":[{"product_id":"A","quantity":)" + std::to_string(i + 1) + "}]}";
    set(i % 10 == 0 ? "broken" : text, "cart:" + std::to_string(i));
  }
  for (int i = 40; i < 50; ++i) plain({"HSET", "cart:" + std::to_string(i), "A", "1"});
  ASSERT_TRUE(find(store)) << "then the client knows all servers";
  std::size_t carts = 0;
  std::size_t unreadable = 0;
  ScanRequest request;
  request.most = 7;
  do {
    request.deadline = soon();
    auto page = run(store.scan(request));
    ASSERT_TRUE(page) << page.error().detail;
    carts += page->carts.size();
    unreadable += page->unreadable.size();
    for (const KeptCart& kept : page->carts) {
      const int number = std::stoi(kept.record.cart.id.str());
      EXPECT_EQ(quantity_of(kept.record.cart, "A"), number < 40 ? number + 1 : 1);
    }
    request.cursor = page->next;
  } while (!request.cursor.empty());
  EXPECT_EQ(carts, 46U);
  EXPECT_EQ(unreadable, 4U);
  EXPECT_EQ(text("cart:1"), R"({"items":[{"product_id":"A","quantity":2}]})");
}

TEST_P(AdoptionFaults, MoreLinesThanTheLimitCanBeReadAndTakenAway) {
  auto store = carts();
  std::string items;
  for (int i = 0; i < 10'000; ++i)
    items += (i ? "," : "") + (R"({"quantity":1,"product_id":")" + std::to_string(i)) + "\"}";
  set(R"({"items":[)" + items + "]}");
  ASSERT_EQ(find(store)->lines.size(), 10'000U);
  EXPECT_EQ(apply(store, add(mug, 1)).error().code, Errc::limit_exceeded);
  EXPECT_EQ(type(), "string");
  const auto applied = apply(store, Batch{{RemoveLine{*Sku::parse("17")}}});
  ASSERT_TRUE(applied) << applied.error().detail;
  EXPECT_EQ(applied->cart.lines.size(), 9'999U);
  EXPECT_EQ(plain({"HLEN", "cart:123"}).integer, 9'999);
}

TEST_P(AdoptionFaults, WhatIsRefusedLeavesTheText) {
  auto store = carts();
  set(json());
  ASSERT_TRUE(find(store));
  const auto expect_refused = [&](Errc code) {
    EXPECT_EQ(apply(store, add(mug, 1)).error().code, code);
    EXPECT_EQ(text(), json());
    EXPECT_EQ(plain({"EXISTS", "{cart:123}:meta"}).integer, 0);
  };
  everywhere({"CONFIG", "SET", "maxmemory", "1"});
  expect_refused(Errc::store_full);
  everywhere({"CONFIG", "SET", "maxmemory", "0"});
  for (const char* command : {"pexpireat", "hset", "time"}) {
    SCOPED_TRACE(command);
    everywhere({"ACL", "SETUSER", "default", std::string("-") + command});
    expect_refused(Errc::unavailable);
    everywhere({"ACL", "SETUSER", "default", std::string("+") + command});
  }
  for (const char* command : {"getrange", "pttl"}) {
    SCOPED_TRACE(command);
    everywhere({"ACL", "SETUSER", "default", std::string("-") + command});
    EXPECT_FALSE(find(store));
    EXPECT_EQ(text(), json());
    everywhere({"ACL", "SETUSER", "default", std::string("+") + command});
  }
  EXPECT_EQ(quantity_of(apply(store, add(mug, 1))->cart, "MUG"), 3);
}

// While the other service writes its texts, and as long as there is one, nobody's change is lost: what it wrote last is
// the cart that all acknowledged commands are in.
TEST_P(AdoptionFaults, RacesWithAWriterLoseNothing) {
  std::mt19937 random(test_seed());
  const std::string write_if_text =
      "if redis.call('TYPE', KEYS[1]).ok ~= 'string' then return 0 end redis.call('SET', KEYS[1], ARGV[1]) return 1";
  auto store = carts();
  auto other = other_carts();
  for (int round = 0; round < 30; ++round) {
    const CartId id = *CartId::parse("race" + std::to_string(round));
    const std::string key = "cart:" + id.str();
    const auto written = [](int n) {
      return R"({"items":[{"product_id":"MUG","quantity":)" + std::to_string(n) + "}]}";
    };
    int last = 1;
    set(written(last), key);
    constexpr int commands = 6;
    std::vector<ApplyRequest> requests;
    for (int i = 0; i < commands; ++i) {
      requests.push_back(request(add(pen, 1), id));
      requests.back().command_id.producer = static_cast<ProducerId>(7 + i % 2);
    }
    int left = commands;
    int acknowledged = 0;
    boost::asio::co_spawn(io_, work(store, requests, 0, acknowledged, left), boost::asio::detached);
    boost::asio::co_spawn(io_, work(other, requests, 1, acknowledged, left), boost::asio::detached);
    while (left > 0) {
      if (random() % 3 == 0 && plain({"EVAL", write_if_text, "1", key, written(last + 1)}).integer == 1) ++last;
      io_.run_one();
    }
    EXPECT_EQ(acknowledged, commands);
    const auto shown = run(show(store, id, soon()));
    ASSERT_TRUE(shown) << shown.error().detail;
    EXPECT_EQ(quantity_of(shown->cart, "MUG"), last);
    EXPECT_EQ(quantity_of(shown->cart, "PEN"), commands);
  }
}

INSTANTIATE_TEST_SUITE_P(Servers, AdoptionFaults, testing::ValuesIn(adoption_deployments()), parameter_name);

}  // namespace
}  // namespace cartd::test
