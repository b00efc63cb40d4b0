#include "util/json_merge_patch.h"

#include <gtest/gtest.h>

#include <string>

namespace cartd::util {
namespace {

// The examples of RFC 7396, appendix A, whose target and patch are objects; {} is written as nothing.
TEST(JsonMergePatch, DoesWhatTheStandardSays) {
  EXPECT_EQ(merge_patch(R"({"a":"b"})", R"({"a":"c"})"), R"({"a":"c"})");
  EXPECT_EQ(merge_patch(R"({"a":"b"})", R"({"b":"c"})"), R"({"a":"b","b":"c"})");
  EXPECT_EQ(merge_patch(R"({"a":"b"})", R"({"a":null})"), "");
  EXPECT_EQ(merge_patch(R"({"a":"b","b":"c"})", R"({"a":null})"), R"({"b":"c"})");
  EXPECT_EQ(merge_patch(R"({"a":["b"]})", R"({"a":"c"})"), R"({"a":"c"})");
  EXPECT_EQ(merge_patch(R"({"a":"c"})", R"({"a":["b"]})"), R"({"a":["b"]})");
  EXPECT_EQ(merge_patch(R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})"), R"({"a":{"b":"d"}})");
  EXPECT_EQ(merge_patch(R"({"a":[{"b":"c"}]})", R"({"a":[1]})"), R"({"a":[1]})");
  EXPECT_EQ(merge_patch(R"({"e":null})", R"({"a":1})"), R"({"e":null,"a":1})");
  EXPECT_EQ(merge_patch("", R"({"a":{"bb":{"ccc":null}}})"), R"({"a":{"bb":{}}})");
}

TEST(JsonMergePatch, TreatsAMemberThatIsNoObjectAsAnEmptyOne) {
  EXPECT_EQ(merge_patch(R"({"a":"text"})", R"({"a":{"b":1,"c":null}})"), R"({"a":{"b":1}})");
  EXPECT_EQ(merge_patch(R"({"a":[1]})", R"({"a":{"b":1}})"), R"({"a":{"b":1}})");
}

TEST(JsonMergePatch, KeepsWhatThePatchDoesNotNameAsItWasWritten) {
  EXPECT_EQ(merge_patch(R"({"z":1.0,"a":18446744073709551616,"t":"\u00e9\n"})", R"({"b":1e2})"),
            R"({"z":1.0,"a":18446744073709551616,"t":"é\n","b":1e2})");
}

TEST(JsonMergePatch, ChangesNothingWhereItNamesNothing) {
  EXPECT_EQ(merge_patch(R"({"a":1})", ""), R"({"a":1})");
  EXPECT_EQ(merge_patch(R"({"a":1})", "{}"), R"({"a":1})");
  EXPECT_EQ(merge_patch("", "{}"), "");
}

TEST(JsonMergePatch, KeepsKeysWithEscapes) {
  EXPECT_EQ(merge_patch(R"({"a\"b":1})", R"({"a\u0022b":2,"c\\":3})"), R"({"a\"b":2,"c\\":3})");
}

}  // namespace
}  // namespace cartd::util
