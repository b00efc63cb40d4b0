#include "http/fields.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

namespace cartd::http {
namespace {

TEST(Prefer, ReturnMinimalIsFoundAmongOtherPreferences) {
  for (const char* yes : {"return=minimal", "Return=Minimal", "return=\"minimal\"", "wait=10, return=minimal",
                          "return=minimal; x=y", "foo=\"a,b\" , return = minimal", ", return=minimal",
                          "wait=10,, ,return=minimal,", "x=\"\\\"\", return=minimal"})
    EXPECT_TRUE(prefers_minimal(yes)) << yes;
  for (const char* no :
       {"", "return", "return=representation", "return=representation, return=minimal", "returns=minimal", "minimal",
        "x=\"return=minimal\"", ",", ",,", "x=\"\\\", return=minimal", "x=\"\\"})
    EXPECT_FALSE(prefers_minimal(no)) << no;
}

TEST(ContentType, OnlyJsonInUtf8IsJson) {
  for (const char* yes : {"application/json", "Application/JSON", "application/json; charset=utf-8",
                          "application/json;charset=\"UTF-8\"", "application/json ; version=1"})
    EXPECT_TRUE(is_json(yes)) << yes;
  for (const char* no : {"", ";", "text/plain", "application/jsonx", "application/json; charset=latin1",
                         "application/xml, application/json", "application/merge-patch+json"})
    EXPECT_FALSE(is_json(no)) << no;
}

TEST(ContentType, OfAMergePatchIsInUtf8Too) {
  for (const char* yes : {"application/merge-patch+json", "Application/Merge-Patch+JSON; charset=\"utf-8\""})
    EXPECT_TRUE(is_merge_patch(yes)) << yes;
  for (const char* no :
       {"", "application/json", "application/json-patch+json", "application/merge-patch+json; charset=latin1"})
    EXPECT_FALSE(is_merge_patch(no)) << no;
}

TEST(ListElements, AreTakenOneByOneAndEmptyOnesPassedOver) {
  std::string_view list = ",, a b ,\"c,d\" ,\t, e,";
  std::string seen;
  while (const auto element = next_element(list)) seen += "[" + std::string(*element) + "]";
  EXPECT_EQ(seen, "[a b][\"c,d\"][e]");
}

TEST(RequestId, IsEchoedOnlyWhenItIsShortAndVisible) {
  EXPECT_TRUE(is_request_id("a-b_c:1"));
  EXPECT_TRUE(is_request_id(std::string(128, 'x')));
  EXPECT_FALSE(is_request_id(""));
  EXPECT_FALSE(is_request_id(std::string(129, 'x')));
  EXPECT_FALSE(is_request_id("a b"));
  EXPECT_FALSE(is_request_id("a\xC3\xA4"));
  EXPECT_FALSE(is_request_id("a\tb"));
}

TEST(RequestId, MadeOnesDiffer) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const auto made = make_request_id();
    const std::string id(made.data(), made.size());
    EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_TRUE(seen.insert(id).second);
  }
}

TEST(Traceparent, GivesItsTraceIdWhenItIsWellFormed) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  EXPECT_EQ(trace_id("00-" + trace + "-b7ad6b7169203331-01"), trace);
  EXPECT_EQ(trace_id("01-" + trace + "-b7ad6b7169203331-01-later"), trace);
  const std::vector<std::string> malformed{"",
                                           "00-" + trace + "-b7ad6b7169203331-0",
                                           "00-" + trace + "-b7ad6b7169203331-01-x",
                                           "ff-" + trace + "-b7ad6b7169203331-01",
                                           "00-" + std::string(32, '0') + "-b7ad6b7169203331-01",
                                           "00-" + trace + "-0000000000000000-01",
                                           "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                           "00_" + trace + "-b7ad6b7169203331-01"};
  for (const std::string& bad : malformed) EXPECT_EQ(trace_id(bad), "") << bad;
}

TEST(FieldsTest, MessagePackIsKnownByThreeNames) {
  for (const char* yes :
       {"application/msgpack", "application/vnd.msgpack", "Application/X-MsgPack", "application/msgpack;x=1"})
    EXPECT_TRUE(is_msgpack(yes)) << yes;
  for (const char* no : {"", "msgpack", "application/msgpackx", "application/json", "text/msgpack"})
    EXPECT_FALSE(is_msgpack(no)) << no;
}

TEST(FieldsTest, MessagePackIsPreferredWhereItWeighsMoreOrIsNamed) {
  for (const char* yes :
       {"application/msgpack", "application/x-msgpack", "application/vnd.msgpack;q=0.1", "application/msgpack, */*",
        "application/json;q=0.5, application/msgpack", "application/msgpack;q=0.9, */*;q=0.8",
        "text/html, application/msgpack;q=0.001", "application/json;q=0, */*", "application/msgpack;q=1.000, */*;q=1",
        "*/*;q=0.5,application/msgpack ; Q=0.5", "application/msgpack;v=\"a,b;q=0\""})
    EXPECT_TRUE(prefers_msgpack(yes)) << yes;
  for (const char* no :
       {"", "*/*", "application/*", "application/json", "application/json, application/msgpack",
        "application/msgpack;q=0", "application/msgpack;q=0, */*", "application/msgpack;q=0.5, application/json;q=0.6",
        "application/msgpack;q=0.5, */*", "application/msgpack;q=0.5, application/problem+json", "text/html",
        "application/msgpack;q=2", "application/msgpack;q=0.1234", "application/msgpack;q=1.001",
        "application/msgpack;q=", "application/msgpack;q=x", "application/msgpack;q=-1"})
    EXPECT_FALSE(prefers_msgpack(no)) << no;
}

}  // namespace
}  // namespace cartd::http
