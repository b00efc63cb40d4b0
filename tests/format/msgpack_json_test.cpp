#include "format/msgpack_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdlib>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

namespace cartd::format {
namespace {

using namespace std::string_literals;
using nlohmann::json;
using testing::HasSubstr;

std::string bytes(const json& value) {
  const std::vector<std::uint8_t> packed = json::to_msgpack(value);
  return {packed.begin(), packed.end()};
}

std::string text(std::string_view msgpack) {
  const auto read = json_of_msgpack(msgpack);
  return read ? *read : "error: " + read.error().why;
}

json value(std::string_view as_json) {
  const auto packed = msgpack_of_json(as_json);
  return packed ? json::from_msgpack(*packed) : json("no JSON");
}

TEST(MsgpackJsonTest, EveryKindOfValueComesAcrossBothWays) {
  for (const char* const one : {"null",
                                "true",
                                "false",
                                "0",
                                "1",
                                "127",
                                "128",
                                "255",
                                "256",
                                "65535",
                                "65536",
                                "4294967295",
                                "4294967296",
                                "-1",
                                "-32",
                                "-33",
                                "-128",
                                "-129",
                                "-32768",
                                "-32769",
                                "-2147483648",
                                "-2147483649",
                                "9223372036854775807",
                                "-9223372036854775808",
                                "18446744073709551615",
                                "\"\"",
                                "\"a\\n\\u0001\\\"\"",
                                "\"\xC3\xA4\"",
                                "[]",
                                "{}",
                                R"([1,"a",[null,true],{"b":[{}]}])",
                                R"({"b":1,"a":{"c":[]}})",
                                "0.1",
                                "1.5",
                                "-2.5e-300",
                                "1.0"}) {
    const auto packed = msgpack_of_json(one);
    ASSERT_TRUE(packed) << one;
    EXPECT_EQ(text(*packed), one);
    EXPECT_EQ(json::from_msgpack(*packed), json::parse(one)) << one;
  }
}

TEST(MsgpackJsonTest, LongTextsArraysAndMapsComeAcrossBothWays) {
  for (const std::size_t size : {15U, 16U, 31U, 32U, 255U, 256U, 65'535U, 65'536U}) {
    json array = json::array();
    json object = json::object();
    for (std::size_t i = 0; i < size; ++i) {
      array.push_back(i);
      object[std::to_string(i)] = nullptr;
    }
    for (const json& one : {json(std::string(size, 'x')), array, object}) {
      EXPECT_EQ(json::parse(text(bytes(one))), one);
      EXPECT_EQ(value(one.dump()), one);
    }
  }
}

TEST(MsgpackJsonTest, AFloatingPointNumberIsNoInteger) {
  EXPECT_EQ(text(bytes(1.0)), "1.0");
  EXPECT_EQ(text("\xCA\x3F\xC0\x00\x00"s), "1.5") << "float32";
  EXPECT_EQ(text("\xCB\x80\x00\x00\x00\x00\x00\x00\x00"s), "-0.0");
  EXPECT_EQ(text(bytes(1e300)), "1e+300");
}

TEST(MsgpackJsonTest, ANumberIsAFloatOnlyWhereItLosesNothing) {
  for (const char* const same :
       {"0.1", "1.10", "1e3", "1E+3", "0.00012", "12.0", "-0.0", "-0", "123456789.125", "5e-324",
        "1.7976931348623157e308", "0e5", "100e-2", "18446744073709551616", "1.2345678901234567e19"}) {
    EXPECT_TRUE(value(same).is_number_float()) << same;
    EXPECT_EQ(value(same).get<double>(), std::strtod(same, nullptr)) << same;
  }
  for (const char* const lossy : {"3.14159265358979323846", "18446744073709551617", "-9223372036854775809", "1e400",
                                  "0.1000000000000000055511151231257827", "1e-400"})
    EXPECT_EQ(value(lossy), json(lossy)) << lossy;
  EXPECT_TRUE(value("12").is_number_integer());
}

TEST(MsgpackJsonTest, WhatJsonCannotSayIsRefused) {
  EXPECT_THAT(text("\xC4\x01x"s), HasSubstr("binary"));
  EXPECT_THAT(text("\xD4\x01x"s), HasSubstr("extension"));
  EXPECT_THAT(text("\xD6\xFF\x00\x00\x00\x00"s), HasSubstr("timestamps"));
  EXPECT_THAT(text("\xC7\x01\x05x"s), HasSubstr("extension"));
  EXPECT_THAT(text("\x81\x01\x02"s), HasSubstr("a key is not text"));
  EXPECT_THAT(text("\x81\xC0\x02"s), HasSubstr("a key is not text"));
  EXPECT_THAT(text(bytes(std::numeric_limits<double>::infinity())), HasSubstr("infinity"));
  EXPECT_THAT(text("\xCB\x7F\xF8\x00\x00\x00\x00\x00\x00"s), HasSubstr("NaN"));
  EXPECT_THAT(text("\xA1\xFF"s), HasSubstr("UTF-8"));
  EXPECT_THAT(text("\x81\xA1\xFF\x01"s), HasSubstr("UTF-8"));
  EXPECT_THAT(text("\x82\xA1\x61\x01\xA1\x61\x02"s), HasSubstr("duplicate"));
}

TEST(MsgpackJsonTest, WhatIsCutOffOrFollowedIsRefused) {
  EXPECT_THAT(text(""), HasSubstr("ends too early"));
  const std::string whole = bytes(json{{"sku", "A"}, {"quantity", 300}, {"metadata", {{"x", 0.5}}}});
  for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_THAT(text(whole.substr(0, size)), HasSubstr("error"));
  EXPECT_THAT(text(whole + '\0'), HasSubstr("something follows the value"));
  EXPECT_THAT(text("\xC1"s), HasSubstr("error at byte 1"));
}

TEST(MsgpackJsonTest, DeclaredSizesAndDepthCostNothing) {
  for (const std::string& head :
       {"\xDD\xFF\xFF\xFF\xFF"s, "\xDF\xFF\xFF\xFF\xFF"s, "\xDB\xFF\xFF\xFF\xFF"s, "\xC6\xFF\xFF\xFF\xFF"s})
    EXPECT_THAT(text(head), HasSubstr("ends too early"));
  EXPECT_EQ(text(std::string(15, '\x91') + '\x90'), std::string(16, '[') + std::string(16, ']'));
  EXPECT_THAT(text(std::string(16, '\x91') + '\x90'), HasSubstr("nests deeper than 16"));
  EXPECT_THAT(text(std::string(1'000'000, '\x91')), HasSubstr("nests deeper than 16"));
}

TEST(MsgpackJsonTest, AnswersMayNestDeeperThanRequests) {
  const std::string deep = std::string(20, '[') + std::string(20, ']');
  EXPECT_EQ(value(deep), json::parse(deep));
  EXPECT_FALSE(msgpack_of_json(std::string(100, '[') + std::string(100, ']')));
  EXPECT_FALSE(msgpack_of_json("{"));
}

}  // namespace
}  // namespace cartd::format
