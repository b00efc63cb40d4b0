// A cart's lines and a user's fields as JSON, as a database keeps them.
#include "domain/generators.h"
#include "format/stored_lines.h"
#include "format/stored_user.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace cartd::format {
namespace {

using namespace std::string_literals;

Time moment(std::int64_t milliseconds) { return Time(Millis(milliseconds)); }

TEST(StoredLines, AreTheDocumentedForm) {
  const LineDetails details{"Mug", test::money(1299, "EUR"), R"({"a":1})", moment(127), R"({"size":"L"})"};
  const std::vector<Line> lines{
      {LineId(test::sku("A"), LineLabel::parse("red").value()), 2, std::make_shared<const LineDetails>(details)},
      {test::sku("B"), 128}};
  const std::string expected =
      R"([{"sku":"A","line":"red","quantity":2,"added_at":127,"name":"Mug",)"
      R"("unit_price":{"amount_minor":1299,"currency":"EUR"},"metadata":"{\"a\":1}","options":"{\"size\":\"L\"}"},)"
      R"({"sku":"B","quantity":128}])";
  EXPECT_EQ(lines_to_json(lines), expected);
  EXPECT_EQ(lines_from_json(expected).value(), lines);
  EXPECT_EQ(lines_to_json({}), "[]");
}

RC_GTEST_PROP(StoredLines, AnyLinesComeBackAsTheyWere, ()) {
  std::vector<Line> lines;
  for (const char* name : {"A", "B", "C", "é\"\\"}) {
    if (!*rc::gen::arbitrary<bool>()) continue;
    const LineId id = *rc::gen::arbitrary<bool>() ? LineId(test::sku(name))
                                                  : LineId(test::sku(name), LineLabel::parse("ä b").value());
    Line line{id, *rc::gen::inRange<std::int64_t>(1, max_readable_quantity + 1)};
    if (*rc::gen::arbitrary<bool>()) line.details = std::make_shared<const LineDetails>(*test::any_details());
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end(), shown_before);
  RC_ASSERT(lines_from_json(lines_to_json(lines)).value() == lines);
}

TEST(StoredLines, WhatNoCartMayHoldIsCorrupt) {
  const char* const texts[] = {
      "",
      "{}",
      "[1]",
      "[",
      "[{}]",
      R"([{"sku":"A"}])",
      R"([{"sku":"A","quantity":0}])",
      R"([{"sku":"A","quantity":1.5}])",
      R"([{"sku":"A","quantity":1e3}])",
      R"([{"sku":"A","quantity":-1}])",
      R"([{"sku":"A","quantity":1000000000000}])",
      R"([{"sku":"","quantity":1}])",
      R"([{"sku":7,"quantity":1}])",
      R"([{"sku":"A","line":"","quantity":1}])",
      R"([{"sku":"A\u001fb","quantity":1}])",
      R"([{"sku":"A","quantity":1},{"sku":"A","quantity":1}])",
      R"([{"sku":"A","quantity":1,"other":1}])",
      R"([{"sku":"A","quantity":1,"name":"n"}])",
      R"([{"sku":"A","quantity":1,"added_at":-1}])",
      R"([{"sku":"A","quantity":1,"added_at":253402300800000}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"name":""}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"name":"\u0007"}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"metadata":"[]"}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"options":"{ }"}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"unit_price":{"amount_minor":1}}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"unit_price":{"amount_minor":-1,"currency":"EUR"}}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"unit_price":{"amount_minor":1,"currency":"eur"}}])",
      R"([{"sku":"A","quantity":1,"added_at":1,"unit_price":{"amount_minor":1,"currency":"EUR","x":1}}])"};
  for (const char* text : texts) {
    const auto lines = lines_from_json(text);
    EXPECT_TRUE(!lines && lines.error().code == Errc::corrupt) << text;
  }
}

TEST(StoredUser, AValueWithAZeroCharacterIsAnArray) {
  const UserFields fields{{"a", "x"}, {"b", "y\0z"s}, {"c", "\0"s}, {"d", ""}};
  const std::string json = R"({"a":"x","b":["y","z"],"c":["",""],"d":""})";
  EXPECT_EQ(user_fields_to_json(fields), json);
  EXPECT_EQ(user_fields_from_json(json).value(), fields);
}

TEST(StoredUser, WhatNoUserMayHaveIsCorrupt) {
  for (const char* text : {"", "{}", "[]", R"({"a":1})", R"({"a":null})", R"({"a":[]})", R"({"a":["x",1]})",
                           R"({"":"x"})", R"({"\u0007":"x"})", R"({"a":"x")"}) {
    const auto fields = user_fields_from_json(text);
    EXPECT_TRUE(!fields && fields.error().code == Errc::corrupt) << text;
  }
}

}  // namespace
}  // namespace cartd::format
