#include "redis/topology/sentinel_replies.h"

#include "replies.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cartd::redis {
namespace {

const std::string id_a(40, 'a');
const std::string id_b(40, 'b');
const Endpoint one{"10.0.0.1", 6379};
const Endpoint two{"10.0.0.2", 6379};

TEST(SentinelReplies, ReadAnAddress) {
  const Reply good = reply_of(list_bytes({"10.0.0.1", "6379"}));
  EXPECT_EQ(read_primary_address(good.view()), one);
  for (const std::string& bytes :
       {nil_bytes, std::string("*-1\r\n"), list_bytes({"h"}), list_bytes({"h", "1", "2"}), list_bytes({"", "1"}),
        list_bytes({"h", "0"}), list_bytes({"h", "65536"}), list_bytes({"h", "x"}), list_bytes({"a b", "1"}),
        array_bytes({integer_bytes(1), integer_bytes(2)}), std::string("-ERR x\r\n")}) {
    const Reply bad = reply_of(bytes);
    EXPECT_EQ(read_primary_address(bad.view()), std::nullopt) << bytes;
  }
}

TEST(SentinelReplies, ReadTheEpoch) {
  const Reply good = reply_of(list_bytes({"name", "carts", "config-epoch", "12"}));
  EXPECT_EQ(read_config_epoch(good.view()), 12U);
  for (const std::string& bytes :
       {list_bytes({"config-epoch"}), list_bytes({"config-epoch", "-1"}), list_bytes({"x", "config-epoch"}),
        list_bytes({"config-epoch", "99999999999999999999"}), integer_bytes(3), nil_bytes}) {
    const Reply bad = reply_of(bytes);
    EXPECT_EQ(read_config_epoch(bad.view()), 0U) << bytes;
  }
}

TEST(SentinelReplies, ReadTheOtherSentinelsAndLeaveOutWhatIsNone) {
  const Reply reply =
      reply_of(array_bytes({list_bytes({"name", "x", "ip", "10.0.0.9", "port", "26379", "runid", id_a}),
                            list_bytes({"ip", "10.0.0.9", "port", "0", "runid", id_b}),
                            list_bytes({"ip", "10.0.0.9", "port", "1", "runid", "short"}), integer_bytes(1)}));
  EXPECT_EQ(read_other_sentinels(reply.view()), (std::map<std::string, Endpoint>{{id_a, {"10.0.0.9", 26379}}}));
}

TEST(SentinelReplies, ReadAnId) {
  const Reply good = reply_of(bulk_bytes(id_a));
  const Reply bad = reply_of(bulk_bytes("x"));
  EXPECT_EQ(read_sentinel_id(good.view()), id_a);
  EXPECT_EQ(read_sentinel_id(bad.view()), "");
}

TEST(SentinelReport, AreChosenByEpochBeforeNumber) {
  EXPECT_EQ(choose_primary({{"", one, 1}, {"", one, 1}, {"", two, 2}}), two);
  EXPECT_EQ(choose_primary({{"", one, 1}, {"", two, 1}, {"", two, 1}}), two);
  EXPECT_EQ(choose_primary({{"", std::nullopt, 9}, {"", one, 1}}), one);
  EXPECT_EQ(choose_primary({}), std::nullopt);
}

TEST(SentinelReport, TellOfEverySentinelOnce) {
  EXPECT_THAT(all_sentinels({{id_a, one, 1, {{id_b, two}}}, {id_b, one, 1, {{id_a, one}}}}),
              testing::ElementsAre(id_a, id_b));
  EXPECT_TRUE(all_sentinels({{"", one, 1, {}}}).empty());
}

TEST(SentinelReport, NeedMoreThanHalfForAMajority) {
  EXPECT_TRUE(is_majority(2, 3));
  EXPECT_FALSE(is_majority(1, 3));
  EXPECT_FALSE(is_majority(2, 4));
  EXPECT_TRUE(is_majority(1, 1));
  EXPECT_FALSE(is_majority(0, 0));
}

TEST(SentinelReplies, ASentinelsRefusalIsCalledASentinels) {
  EXPECT_EQ(of_a_sentinel("the server refused the user or the password"),
            "the Sentinel refused the user or the password");
  EXPECT_EQ(of_a_sentinel("no TLS connection: the server's certificate has expired"),
            "no TLS connection: the Sentinel's certificate has expired");
  EXPECT_EQ(of_a_sentinel("cannot connect: Connection refused"), "a Sentinel: cannot connect: Connection refused");
}

}  // namespace
}  // namespace cartd::redis
