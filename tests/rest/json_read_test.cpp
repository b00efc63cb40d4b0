#include "api/rest/json.h"
#include "domain/generators.h"
#include "domain/limits.h"
#include "format/canonical_command.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>
#include <tuple>
#include <vector>

namespace cartd::rest {
namespace {

using test::money;
using test::sku;
using test::user_id;

template <class T>
void expect_invalid(const Result<T>& result, std::string_view pointer, std::string_view what) {
  ASSERT_FALSE(result) << what;
  EXPECT_EQ(result.error().code, Errc::invalid) << what;
  EXPECT_EQ(result.error().pointer, pointer) << what;
  EXPECT_FALSE(result.error().detail.empty()) << what;
}

Command one(LineCommand command) { return Batch{{std::move(command)}}; }

LineDetails details(std::string name, std::optional<Money> price = {}, std::string metadata = {}) {
  return LineDetails{std::move(name), price, std::move(metadata)};
}

TEST(ParseAdd, TakesSkuAndQuantity) {
  EXPECT_EQ(parse_add(R"({"sku":"A","quantity":2})").value(), one(Add{sku("A"), 2}));
}

TEST(ParseAdd, AddsOneWhenNoQuantityIsSaid) { EXPECT_EQ(parse_add(R"({"sku":"A"})").value(), one(Add{sku("A"), 1})); }

TEST(ParseAdd, TakesAllDetails) {
  const auto command = parse_add(
      R"({"metadata": {"b": 1.0, "a": "\u00e9"}, "name":"Mug","unit_price":{"currency":"EUR","amount_minor":1299},)"
      R"("sku":"A"})");
  EXPECT_EQ(command.value(), one(Add{sku("A"), 1, details("Mug", money(1299, "EUR"), R"({"b":1.0,"a":"é"})")}));
}

TEST(ParseAdd, DetailsThatSayNothingAreGivenAllTheSame) {
  const Command bare = one(Add{sku("A"), 1, LineDetails{}});
  EXPECT_EQ(parse_add(R"({"sku":"A","metadata":{}})").value(), bare);
  EXPECT_EQ(parse_add(R"({"sku":"A","name":""})").value(), bare);
  EXPECT_NE(parse_add(R"({"sku":"A"})").value(), bare);
}

TEST(ParseAdd, LeavesRangesToValidate) {
  for (const char* quantity : {"0", "-1", "1000000", "1000000000", "9223372036854775807"}) {
    const auto command = parse_add(std::string(R"({"sku":"A","quantity":)") + quantity + "}");
    ASSERT_TRUE(command) << quantity;
    const auto enforce_preconditions = validate(*command, Limits{});
    ASSERT_FALSE(enforce_preconditions) << quantity;
    EXPECT_EQ(enforce_preconditions.error().code, Errc::invalid);
    EXPECT_EQ(enforce_preconditions.error().pointer, "/quantity");
  }
}

TEST(ParseAdd, RefusesQuantitiesThatAreNoIntegers) {
  for (const char* quantity : {"\"2\"", "1.5", "1.0", "1e2", "1e9", "1E0", "-1.0", "9223372036854775808",
                               "-9223372036854775809", "100000000000000000000000", "true", "[]", "{}"})
    expect_invalid(parse_add(std::string(R"({"sku":"A","quantity":)") + quantity + "}"), "/quantity", quantity);
}

TEST(ParseAdd, PointsToTheMemberAtFault) {
  const std::vector<std::tuple<const char*, const char*>> cases{
      {R"({})", "/sku"},
      {R"({"quantity":2})", "/sku"},
      {R"({"sku":null})", "/sku"},
      {R"({"sku":7})", "/sku"},
      {R"({"sku":""})", "/sku"},
      {R"({"sku":"a\u0007"})", "/sku"},
      {R"({"sku":"A","name":["x"]})", "/name"},
      {R"({"sku":"A","metadata":[]})", "/metadata"},
      {R"({"sku":"A","metadata":"{}"})", "/metadata"},
      {R"({"sku":"A","unit_price":1299})", "/unit_price"},
      {R"({"sku":"A","unit_price":"12.99 EUR"})", "/unit_price"},
      {R"({"sku":"A","unit_price":{}})", "/unit_price/amount_minor"},
      {R"({"sku":"A","unit_price":{"amount_minor":1}})", "/unit_price/currency"},
      {R"({"sku":"A","unit_price":{"currency":"EUR"}})", "/unit_price/amount_minor"},
      {R"({"sku":"A","unit_price":{"amount_minor":12.99,"currency":"EUR"}})", "/unit_price/amount_minor"},
      {R"({"sku":"A","unit_price":{"amount_minor":"1","currency":"EUR"}})", "/unit_price/amount_minor"},
      {R"({"sku":"A","unit_price":{"amount_minor":null,"currency":"EUR"}})", "/unit_price/amount_minor"},
      {R"({"sku":"A","unit_price":{"amount_minor":1,"currency":null}})", "/unit_price/currency"},
      {R"({"sku":"A","unit_price":{"amount_minor":1,"currency":"EUR","tax":null}})", "/unit_price/tax"},
      {R"({"sku":"A","colour":null})", "/colour"},
      {R"({"sku":"A","unit_price":{"amount_minor":1,"currency":"eur"}})", "/unit_price/currency"},
      {R"({"sku":"A","unit_price":{"amount_minor":1,"currency":978}})", "/unit_price/currency"},
      {R"({"sku":"A","unit_price":{"amount_minor":1,"currency":"EUR","tax":0}})", "/unit_price/tax"},
      {R"({"sku":"A","quantitiy":2})", "/quantitiy"},
      {R"({"sku":"A","op":"add"})", "/op"},
      {R"({"sku":"A","a/b~c":2})", "/a~1b~0c"},
      {R"([{"sku":"A"}])", ""},
      {R"("A")", ""},
      {R"(null)", ""},
      {R"(1)", ""},
  };
  for (const auto& [json, pointer] : cases) expect_invalid(parse_add(json), pointer, json);
}

TEST(ParseAdd, TakesNullForAnOptionalMemberAsLeftOut) {
  EXPECT_EQ(parse_add(R"({"sku":"A","quantity":null,"name":null,"unit_price":null,"metadata":null})").value(),
            one(Add{sku("A"), 1}));
  EXPECT_EQ(parse_add(R"({"sku":"A","name":null,"metadata":{}})").value(), one(Add{sku("A"), 1, LineDetails{}}));
  EXPECT_EQ(parse_add(R"({"sku":"A","name":"Mug","unit_price":null})").value(), one(Add{sku("A"), 1, details("Mug")}));
}

TEST(ParseAdd, NamesTheUnknownMember) {
  EXPECT_NE(parse_add(R"({"sku":"A","quantitiy":2})").error().detail.find("quantitiy"), std::string::npos);
}

TEST(ParseAdd, DoesNotRepeatALongMemberInTheDetail) {
  EXPECT_LT(parse_add(R"({"sku":"A",")" + std::string(5000, 'x') + R"(":2})").error().detail.size(), 200U);
}

TEST(ParseAdd, CallsAFaultInTheTextMalformed) {
  for (const char* json :
       {"", "{", "{\"sku\":\"A\"}}", R"({"sku":"A","sku":"A"})", R"({"sku":"A","quantity":01})",
        R"({"sku":"A","quantity":NaN})", "{\"sku\":\"\xC3\"}", R"({"sku":"\ud83d"})", R"({"quantity":"2" "sku":1})"})
    EXPECT_EQ(parse_add(json).error().code, Errc::malformed) << json;
}

TEST(ParseAdd, KeepsMetadataToTheLastDigit) {
  const auto command =
      parse_add(R"({"sku":"A","metadata":{ "big" : 123456789012345678901234567890, "cents": 1.10, "e": 1E-7 }})")
          .value();
  const auto& add = std::get<Add>(std::get<Batch>(command).commands.front());
  EXPECT_EQ(add.details->metadata, R"({"big":123456789012345678901234567890,"cents":1.10,"e":1E-7})");
}

TEST(ParseSet, TakesTheSkuFromThePath) {
  EXPECT_EQ(parse_set(sku("A/b"), R"({"quantity":0})").value(), one(Set{sku("A/b"), 0}));
  EXPECT_EQ(parse_set(sku("A"), R"({"name":"Mug","quantity":3})").value(), one(Set{sku("A"), 3, details("Mug")}));
  EXPECT_EQ(parse_set(sku("A"), R"({"name":null,"quantity":3,"unit_price":null,"metadata":null})").value(),
            one(Set{sku("A"), 3}));
}

TEST(ParseSet, NeedsAQuantityAndKnowsNoSku) {
  expect_invalid(parse_set(sku("A"), "{}"), "/quantity", "no quantity");
  expect_invalid(parse_set(sku("A"), R"({"name":"x"})"), "/quantity", "no quantity");
  expect_invalid(parse_set(sku("A"), R"({"quantity":null})"), "/quantity", "no quantity");
  expect_invalid(parse_set(sku("A"), R"({"quantity":1,"sku":null})"), "/sku", "sku in the body");
  expect_invalid(parse_set(sku("A"), R"({"quantity":1,"sku":"A"})"), "/sku", "sku in the body");
  expect_invalid(parse_set(sku("A"), R"({"quantity":1.0})"), "/quantity", "1.0");
  expect_invalid(parse_set(sku("A"), "3"), "", "no object");
}

TEST(ParseAnnotate, TakesEitherOrBoth) {
  EXPECT_EQ(parse_annotate(R"({"metadata":{"gift": true}})").value(),
            Command(Annotate{R"({"gift":true})", std::nullopt}));
  EXPECT_EQ(parse_annotate(R"({"user_id":"u1"})").value(), Command(Annotate{std::nullopt, user_id("u1")}));
  EXPECT_EQ(parse_annotate(R"({"user_id":"u1","metadata":{}})").value(), Command(Annotate{"", user_id("u1")}));
}

TEST(ParseAnnotate, TakesTheOwnerAwayByNull) {
  EXPECT_EQ(parse_annotate(R"({"user_id":null})").value(), Command(Annotate{std::nullopt, std::optional<UserId>()}));
}

TEST(ParseAnnotate, TakesTheMetadataAwayByNull) {
  EXPECT_EQ(parse_annotate(R"({"metadata":null})").value(), Command(Annotate{"", std::nullopt}));
  EXPECT_EQ(parse_annotate(R"({"metadata":null,"user_id":null})").value(),
            Command(Annotate{"", std::optional<UserId>()}));
}

TEST(ParseAnnotate, RefusesEverythingElse) {
  expect_invalid(parse_annotate("{}"), "", "nothing given");
  expect_invalid(parse_annotate("[]"), "", "no object");
  expect_invalid(parse_annotate(R"({"owner":null})"), "/owner", "unknown");
  expect_invalid(parse_annotate(R"({"metadata":"x"})"), "/metadata", "string");
  expect_invalid(parse_annotate(R"({"user_id":7})"), "/user_id", "number");
  expect_invalid(parse_annotate(R"({"user_id":"a b"})"), "/user_id", "blank");
  expect_invalid(parse_annotate(R"({"user_id":"a{b}"})"), "/user_id", "braces");
  expect_invalid(parse_annotate(R"({"owner":"u1"})"), "/owner", "unknown");
}

TEST(ParseBatch, TakesEveryOp) {
  const auto command = parse_batch(R"([{"op":"add","sku":"A","quantity":2,"name":"Mug"}, {"sku":"B","op":"remove"},
    {"op":"remove","sku":"B","quantity":3}, {"op":"remove_line","sku":"C"}, {"op":"set","sku":"D","quantity":0},
     {"op":"clear"}, {"op":"add","sku":"A"}])");
  EXPECT_EQ(command.value(), Command(Batch{{Add{sku("A"), 2, details("Mug")}, Remove{sku("B"), 1}, Remove{sku("B"), 3},
                                            RemoveLine{sku("C")}, Set{sku("D"), 0}, Clear{}, Add{sku("A"), 1}}}));
}

TEST(ParseBatch, TakesNullForAnOptionalMemberAsLeftOut) {
  const auto command =
      parse_batch(R"([{"op":"add","sku":"A","quantity":null,"name":null}, {"op":"remove","sku":"B","quantity":null},
    {"op":"set","sku":"D","quantity":0,"metadata":null}])");
  EXPECT_EQ(command.value(), Command(Batch{{Add{sku("A"), 1}, Remove{sku("B"), 1}, Set{sku("D"), 0}}}));
}

TEST(ParseBatch, PointsToTheCommandAndItsMember) {
  const std::vector<std::tuple<const char*, const char*>> cases{
      {R"([])", ""},
      {R"({"op":"clear"})", ""},
      {R"(null)", ""},
      {R"([null])", "/0"},
      {R"([[]])", "/0"},
      {R"([{"op":"clear"},"clear"])", "/1"},
      {R"([{}])", "/0/op"},
      {R"([{"sku":"A"}])", "/0/op"},
      {R"([{"op":null}])", "/0/op"},
      {R"([{"op":"increment","sku":"A"}])", "/0/op"},
      {R"([{"op":"Add","sku":"A"}])", "/0/op"},
      {R"([{"op":"add","sku":"A"},{"op":"add","sku":"A","quantity":"2"}])", "/1/quantity"},
      {R"([{"op":"add"}])", "/0/sku"},
      {R"([{"op":"remove"}])", "/0/sku"},
      {R"([{"op":"remove_line"}])", "/0/sku"},
      {R"([{"op":"set","quantity":1}])", "/0/sku"},
      {R"([{"op":"set","sku":"A"}])", "/0/quantity"},
      {R"([{"op":"set","sku":"A","quantity":null}])", "/0/quantity"},
      {R"([{"op":"add","sku":null}])", "/0/sku"},
      {R"([{"op":"clear","sku":null}])", "/0/sku"},
      {R"([{"op":"remove","sku":"A","name":"x"}])", "/0/name"},
      {R"([{"op":"remove","sku":"A","metadata":{}}])", "/0/metadata"},
      {R"([{"op":"remove_line","sku":"A","quantity":1}])", "/0/quantity"},
      {R"([{"op":"clear","sku":"A"}])", "/0/sku"},
      {R"([{"op":"add","sku":"A","unit_price":{"amount_minor":1,"currency":"EUR","x/y":1}}])", "/0/unit_price/x~1y"},
  };
  for (const auto& [json, pointer] : cases) expect_invalid(parse_batch(json), pointer, json);
}

TEST(ParseUser, TakesAFlatObjectOfStrings) {
  EXPECT_EQ(parse_user(R"({"name":"Zoë","email":"z@example.org","":""})").value(),
            (UserFields{{"name", "Zoë"}, {"email", "z@example.org"}, {"", ""}}));
  EXPECT_EQ(parse_user("{}").value(), UserFields{});
  EXPECT_EQ(parse_user(R"({"name":"Zoë","email":null})").value(), (UserFields{{"name", "Zoë"}}));
}

TEST(ParseUser, RefusesEverythingElse) {
  expect_invalid(parse_user(R"({"age":7})"), "/age", "number");
  expect_invalid(parse_user(R"({"a/b":false})"), "/a~1b", "boolean");
  expect_invalid(parse_user(R"({"a":{"b":"c"}})"), "/a", "nested");
  expect_invalid(parse_user(R"(["a"])"), "", "array");
  EXPECT_EQ(parse_user(R"({"a":"1","a":"1"})").error().code, Errc::malformed);
}

TEST(ParseUserPatch, TakesStringsAndNulls) {
  EXPECT_EQ(parse_user_patch(R"({"name":"Z","email":null})").value(),
            (UserPatch{{"name", "Z"}, {"email", std::nullopt}}));
  EXPECT_EQ(parse_user_patch("{}").value(), UserPatch{});
  expect_invalid(parse_user_patch(R"({"a":1})"), "/a", "number");
  expect_invalid(parse_user_patch(R"({"a":[]})"), "/a", "array");
  expect_invalid(parse_user_patch("null"), "", "no object");
}

TEST(CanonicalJson, StaysTheSameInEveryVersion) {
  // What clients' idempotency keys were remembered with: to be added to, never to be changed.
  EXPECT_EQ(format::canonical_json(Batch{{Add{sku("A"), 2}}}), R"([{"op":"add","sku":"A","quantity":2}])");
  EXPECT_EQ(format::canonical_json(
                Batch{{Set{sku("\"é"), 0, details("Mug", money(1299, "EUR"), R"({"a":1.0})")}, Remove{sku("B"), 1},
                       RemoveLine{sku("C")}, Clear{}, Add{sku("A"), 1, LineDetails{}}}}),
            R"([{"op":"set","sku":"\"é","quantity":0,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
            R"("metadata":{"a":1.0}},)"
            R"({"op":"remove","sku":"B","quantity":1},{"op":"remove_line","sku":"C"},{"op":"clear"},{"op":"add",)"
            R"("sku":"A","quantity":1,"metadata":{}}])");
  EXPECT_EQ(format::canonical_json(Annotate{R"({"a":1})", user_id("u1")}),
            R"({"op":"annotate","metadata":{"a":1},"user_id":"u1"})");
  EXPECT_EQ(format::canonical_json(Annotate{"", std::nullopt}), R"({"op":"annotate","metadata":{}})");
  EXPECT_EQ(format::canonical_json(Annotate{std::nullopt, std::optional<UserId>()}),
            R"({"op":"annotate","user_id":null})");
  EXPECT_EQ(format::canonical_json(Delete{}), R"({"op":"delete"})");
  EXPECT_EQ(format::canonical_json(Touch{}), R"({"op":"touch"})");
}

TEST(CanonicalJson, DoesNotDependOnHowTheBodyWasWritten) {
  EXPECT_EQ(format::canonical_json(parse_add(R"({"sku":"A"})").value()),
            format::canonical_json(parse_add(" {\"quantity\" : 1 , \"\\u0073ku\":\"\\u0041\"}\n").value()));
}

RC_GTEST_PROP(CanonicalJson, IsEqualForEqualCommandsAndDifferentForOthers, ()) {
  const Command a = *test::any_command();
  const Command b = *rc::gen::oneOf(rc::gen::just(a), test::any_command());
  RC_ASSERT((a == b) == (format::canonical_json(a) == format::canonical_json(b)));
}

RC_GTEST_PROP(CanonicalJson, OfABatchReadsBackAsTheSameBatch, ()) {
  const Command batch = *test::any_batch();
  RC_ASSERT(parse_batch(format::canonical_json(batch)).value() == batch);
}

RC_GTEST_PROP(CanonicalJson, OfASingleCommandAgreesWithTheRouteOfItsOwn, ()) {
  // POST …/items and POST …/commands with one add are the same command.
  const Add add{*test::any_sku(), *rc::gen::inRange<std::int64_t>(1, 99), *test::maybe_details()};
  const Command command = Batch{{add}};
  std::string body = format::canonical_json(command);
  body = "{" + body.substr(std::string(R"([{"op":"add",)").size());
  body.pop_back();
  RC_ASSERT(parse_add(body).value() == command);
}

}  // namespace
}  // namespace cartd::rest
