// What the embedded store does beyond the contract of all stores.
#include "embedded_fixture.h"
#include "raw_database.h"

#include "format/record.h"
#include "support/process.h"
#include "support/seed.h"
#include "support/wait_until.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace cartd::test {
namespace {

using testing::HasSubstr;

std::string cart_name(int number) { return "cart-" + std::to_string(number); }

TEST_F(EmbeddedTest, WhatWasWrittenIsThereAfterARestart) {
  open();
  std::map<std::string, CartRecord> written;
  rc::Random random(test_seed());
  for (int i = 0; i < 200; ++i) {
    const std::string cart = cart_name(i % 10);
    const auto applied = change(cart, Change{any_command()(random.split(), 20).value()});
    ASSERT_TRUE(applied || applied.error().code != Errc::unavailable);
    const auto record = load(cart);
    ASSERT_TRUE(record);
    written.insert_or_assign(cart, *record);
  }
  UserFields fields{{"name", "Ada"}};
  ASSERT_TRUE(loop_.run(users_->put(user_id("u"), fields, soon())));
  for (int restart = 0; restart < 2; ++restart) {
    open();
    for (const auto& [cart, record] : written) EXPECT_EQ(*load(cart), record) << cart;
    EXPECT_EQ(*loop_.run(users_->find(user_id("u"), soon())), fields);
  }
}

TEST_F(EmbeddedTest, CommitsOfManyCartsShareASync) {
  open();
  constexpr int many = 500;
  const double before = figure("syncs_total");
  loop_.call([&] {
    for (int i = 0; i < many; ++i)
      boost::asio::co_spawn(
          loop_.executor(),
          [this, i]() -> boost::asio::awaitable<void> {
            CartId cart = cart_id(cart_name(i));
            Change add{Batch{{Add{sku("A"), 1}}}};
            const auto applied = co_await apply(std::move(cart), std::move(add));
            EXPECT_TRUE(applied);
          },
          boost::asio::detached);
    return true;
  });
  ASSERT_TRUE(wait_until([&] { return figure("writes_total") >= many; }));
  EXPECT_LT(figure("syncs_total") - before, many / 2);
}

TEST_F(EmbeddedTest, BelongsToOneProcess) {
  open();
  const std::string line = "the carts in \"" + folder_.string() + "\" are used by another process";
  const auto output = parent_.path() / "output";
  EXPECT_EQ(run_to_end({EMBEDDED_WRITER, folder_.string(), "1"}, {.output = output}), 1);
  EXPECT_EQ(read_text(output), line + "\n");
  const auto again = EmbeddedStore::open({.folder = folder_}, clock_, metrics_);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error(), line);
  EXPECT_TRUE(add("a"));
}

TEST_F(EmbeddedTest, ACheckpointIsAStoreOfItsOwn) {
  open();
  ASSERT_TRUE(add("a", 2));
  const auto copy = parent_.path() / "copy";
  ASSERT_EQ(store_->checkpoint(copy), "");
  ASSERT_TRUE(add("a", 3));
  EXPECT_THAT(store_->checkpoint(copy), HasSubstr("exists"));
  folder_ = copy;
  open();
  EXPECT_EQ(load("a")->cart.lines.at(0).quantity, 2);
}

TEST_F(EmbeddedTest, AValueThatCannotBeDecodedIsCorruptForThatCartAlone) {
  open();
  ASSERT_TRUE(add("good"));
  ASSERT_TRUE(add("bad"));
  close();
  for (const char* garbage : {"", "\x01", "garbage", "\x02 of a later version"}) {
    { RawDatabase(folder_).put("cbad", garbage); }
    open();
    EXPECT_EQ(load("bad").error().code, Errc::corrupt);
    EXPECT_EQ(add("bad").error().code, Errc::corrupt);
    EXPECT_EQ(change("bad", Change{Delete{}}).error().code, Errc::corrupt);
    EXPECT_TRUE(add("good"));
    EXPECT_EQ(store_->compact(), "");
    close();
    EXPECT_EQ(RawDatabase(folder_).get("cbad"), garbage) << "it is left alone";
  }
}

TEST_F(EmbeddedTest, AUserThatCannotBeDecodedIsReportedAndCanBeReplaced) {
  open();
  close();
  { RawDatabase(folder_).put("uu", "garbage"); }
  open();
  const UserId user = user_id("u");
  const UserFields fields{{"name", "Ada"}};
  EXPECT_EQ(loop_.run(users_->find(user, soon())).error().code, Errc::corrupt);
  EXPECT_EQ(loop_.run(users_->patch(user, {{"name", "Ada"}}, soon())).error().code, Errc::corrupt);
  EXPECT_TRUE(loop_.run(users_->put(user, fields, soon())));
  EXPECT_EQ(*loop_.run(users_->find(user, soon())), fields);
}

TEST_F(EmbeddedTest, ALaterLayoutIsRefused) {
  open();
  close();
  { RawDatabase(folder_).put("l", "3"); }
  EXPECT_THAT(refusal(), HasSubstr("are of a later version of cartd, which this one does not read"));
}

TEST_F(EmbeddedTest, ADatabaseWithoutListsOfOwnersGetsThem) {
  open();
  const Change owned{Annotate{{}, user_id("u1"), kind_from("saved").value()}};
  ASSERT_TRUE(change("a", owned));
  ASSERT_TRUE(add("b"));
  close();
  {
    RawDatabase raw(folder_);
    EXPECT_EQ(raw.get("l"), "2");
    raw.put("l", "1");
    raw.put("cbad", "nonsense");
    EXPECT_EQ(raw.erase_all("i"), 1);
  }
  open();
  const auto list = [this](KindFilter kind) {
    OwnedRequest request{user_id("u1"), std::move(kind)};
    request.deadline = soon();
    return loop_.run(carts_->carts_of(std::move(request))).value().carts;
  };
  ASSERT_EQ(list(std::nullopt).size(), 1U);
  EXPECT_EQ(list(kind_from("saved").value()).size(), 1U);
  EXPECT_TRUE(list(kind_from("cart").value()).empty());
  close();
  EXPECT_EQ(RawDatabase(folder_).get("l"), "2");
}

TEST_F(EmbeddedTest, EntriesOfExpiredCartsInOwnersListsAreDroppedByACompaction) {
  open();
  const Change owned{Annotate{{}, user_id("u1")}};
  ASSERT_TRUE(change("a", owned));
  clock_.advance(policy_.ttl.standard);
  ASSERT_TRUE(change("b", owned));
  ASSERT_EQ(store_->compact(), "");
  close();
  EXPECT_EQ(RawDatabase(folder_).erase_all("i"), 1) << "that of b";
}

TEST_F(EmbeddedTest, RecordsInMemoryAreBoundedAndTheOthersAreRead) {
  cache_bytes_ = 64 * 1024;
  open();
  for (int i = 0; i < 200; ++i) ASSERT_TRUE(write_large(cart_name(i), 2000));
  int known = 0;
  for (int i = 0; i < 200; ++i) {
    known += loop_.call([&] { return carts_->known(cart_id(cart_name(i))).has_value(); }) ? 1 : 0;
    EXPECT_EQ(load(cart_name(i))->cart.version, 1U);
  }
  EXPECT_LT(known, 50);
}

TEST_F(EmbeddedTest, WhatIsForgottenIsDroppedByACompactionAndCounted) {
  open();
  ASSERT_TRUE(add("expired"));
  ASSERT_TRUE(add("deleted"));
  ASSERT_TRUE(change("deleted", Change{Delete{}}));
  clock_.advance(policy_.ttl.standard);
  ASSERT_TRUE(add("fresh"));
  ASSERT_EQ(store_->compact(), "");
  EXPECT_EQ(figure("forgotten_total"), 1) << "the deleted one; the version of the expired one is still needed";
  EXPECT_EQ(expired_, 0);
  clock_.advance(policy_.limits.replay_horizon);
  EXPECT_EQ(*load("expired"), CartRecord{Cart{cart_id("expired")}});
  ASSERT_EQ(store_->compact(), "");
  EXPECT_EQ(figure("forgotten_total"), 2);
  EXPECT_EQ(expired_, 1);
  EXPECT_EQ(add("expired")->cart.version, 1U) << "a cart that was never written";
  close();
  RawDatabase raw(folder_);
  EXPECT_EQ(raw.get("cdeleted"), "");
  EXPECT_NE(raw.get("cfresh"), "");
}

TEST_F(EmbeddedTest, AnExpiredCartThatIsStartedAnewIsCountedOnce) {
  open();
  ASSERT_TRUE(add("a"));
  clock_.advance(policy_.ttl.standard);
  EXPECT_TRUE(load("a")->cart.lines.size() == 1) << "the record has it, readers do not see it";
  const auto anew = add("a");
  ASSERT_TRUE(anew);
  EXPECT_TRUE(anew->outcome.found_expired);
  EXPECT_EQ(anew->cart.version, 2U);
  ASSERT_EQ(store_->compact(), "");
  EXPECT_EQ(expired_, 1);
}

TEST_F(EmbeddedTest, AScanListsWhatCannotBeDecodedAndGoesOn) {
  open();
  for (const char* cart : {"a", "b", "c"}) ASSERT_TRUE(add(cart));
  close();
  {
    RawDatabase raw(folder_);
    raw.put("cb", "nonsense");
    raw.put("uu", "nonsense");
  }
  open();
  const CartPage page = loop_.run(carts_->scan({"", 10, 1 << 20, soon()})).value();
  EXPECT_EQ(page.carts.size(), 2U);
  ASSERT_EQ(page.unreadable.size(), 1U);
  EXPECT_EQ(page.unreadable.front().id, "b");
  const UserPage users = loop_.run(users_->scan({"", 10, 1 << 20, soon()})).value();
  ASSERT_EQ(users.unreadable.size(), 1U);
  EXPECT_EQ(users.unreadable.front().id, "u");
}

}  // namespace
}  // namespace cartd::test
