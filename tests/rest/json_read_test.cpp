#include "api/rest/json.h"
#include "domain/generators.h"
#include "domain/limits.h"
#include "format/canonical_command.h"
#include "format/line_options.h"

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

DetailsPatch details(std::optional<std::string> name, std::optional<Money> price = {},
                     std::optional<std::string> metadata = {}) {
  DetailsPatch patch{std::move(name), {}, std::move(metadata)};
  if (price) patch.unit_price = price;
  return patch;
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

TEST(ParseAdd, EmptyDetailsAreGivenAllTheSame) {
  EXPECT_EQ(parse_add(R"({"sku":"A","metadata":{}})").value(), one(Add{sku("A"), 1, details({}, {}, "")}));
  EXPECT_EQ(parse_add(R"({"sku":"A","name":""})").value(), one(Add{sku("A"), 1, details("")}));
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
  EXPECT_EQ(parse_add(R"({"sku":"A","name":null,"metadata":{}})").value(), one(Add{sku("A"), 1, details({}, {}, "")}));
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
  EXPECT_EQ(add.details.metadata, R"({"big":123456789012345678901234567890,"cents":1.10,"e":1E-7})");
}

TEST(ParseSet, TakesTheSkuFromThePath) {
  EXPECT_EQ(parse_set(sku("A/b"), {}, R"({"quantity":0})").value(), one(Set{sku("A/b"), 0}));
  EXPECT_EQ(parse_set(sku("A"), {}, R"({"name":"Mug","quantity":3})").value(), one(Set{sku("A"), 3, details("Mug")}));
  EXPECT_EQ(parse_set(sku("A"), {}, R"({"name":null,"quantity":3,"unit_price":null,"metadata":null})").value(),
            one(Set{sku("A"), 3}));
}

TEST(ParseSet, NeedsAQuantityAndKnowsNoSku) {
  expect_invalid(parse_set(sku("A"), {}, "{}"), "/quantity", "no quantity");
  expect_invalid(parse_set(sku("A"), {}, R"({"name":"x"})"), "/quantity", "no quantity");
  expect_invalid(parse_set(sku("A"), {}, R"({"quantity":null})"), "/quantity", "no quantity");
  expect_invalid(parse_set(sku("A"), {}, R"({"quantity":1,"sku":null})"), "/sku", "sku in the body");
  expect_invalid(parse_set(sku("A"), {}, R"({"quantity":1,"sku":"A"})"), "/sku", "sku in the body");
  expect_invalid(parse_set(sku("A"), {}, R"({"quantity":1.0})"), "/quantity", "1.0");
  expect_invalid(parse_set(sku("A"), {}, "3"), "", "no object");
}

TEST(ParseLine, IsToldApartByALabelOrByOptions) {
  const LineId red(sku("A"), LineLabel::parse("red").value());
  EXPECT_EQ(parse_add(R"({"sku":"A","line":"red"})").value(), one(Add{red, 1}));
  EXPECT_EQ(parse_add(R"({"sku":"A","line":null,"options":null})").value(), one(Add{sku("A"), 1}));
  EXPECT_EQ(parse_add(R"({"sku":"A","options":{"a":null}})").value(), one(Add{sku("A"), 1})) << "no option is left";
  const std::string options = R"({"colour":"é","n":1.50,"yes":true})";
  const LineId chosen(sku("A"), format::label_of_options(options));
  DetailsPatch patch;
  patch.options = options;
  EXPECT_EQ(parse_add(R"({"options":{"yes":true,"n":1.50,"x":null,"colour":"\u00e9"},"sku":"A"})").value(),
            one(Add{chosen, 1, patch}));
  EXPECT_EQ(parse_set(sku("A"), {}, R"({"quantity":2,"options":{"n":1.50,"colour":"é","yes":true}})").value(),
            one(Set{chosen, 2, patch}));
  EXPECT_EQ(parse_set(sku("A"), LineLabel::parse("red").value(), R"({"quantity":2})").value(), one(Set{red, 2}));
  EXPECT_EQ(parse_batch(R"([{"op":"remove","sku":"A","line":"red"},{"op":"remove_line","sku":"A","line":"red"},)"
                        R"({"op":"remove_line","sku":"A","options":{"n":1.50,"colour":"é","yes":true}}])")
                .value(),
            Command(Batch{{Remove{red, 1}, RemoveLine{red}, RemoveLine{chosen}}}));
}

TEST(ParseLine, HasTheSameLabelForEver) {
  EXPECT_EQ(format::label_of_options(R"({"colour":"red"})").str(), "ant_Sqh7U50PDEKmu7dZw8");
}

TEST(ParseLine, RefusesWhatNamesNoLine) {
  expect_invalid(parse_add(R"({"sku":"A","line":""})"), "/line", "empty");
  expect_invalid(parse_add(R"({"sku":"A","line":1})"), "/line", "number");
  expect_invalid(parse_add(R"({"sku":"A","line":"a\u001fb"})"), "/line", "the separator");
  expect_invalid(parse_add(R"({"sku":"A","line":")" + std::string(65, 'a') + R"("})"), "/line", "too long");
  EXPECT_TRUE(parse_add(R"({"sku":"A","line":")" + std::string(64, 'a') + R"("})"));
  expect_invalid(parse_add(R"({"sku":"A\u001fred"})"), "/sku", "a SKU with a label in it");
  expect_invalid(parse_add(R"({"sku":"A","line":"a","options":{"b":1}})"), "/options", "both");
  expect_invalid(parse_set(sku("A"), LineLabel::parse("a").value(), R"({"quantity":1,"options":{"b":1}})"), "/options",
                 "both");
  expect_invalid(parse_add(R"({"sku":"A","options":[]})"), "/options", "array");
  expect_invalid(parse_add(R"({"sku":"A","options":{"b/c":{}}})"), "/options/b~1c", "nested");
  expect_invalid(parse_add(R"({"sku":"A","options":{"b":[]}})"), "/options/b", "nested");
  const auto of_length = [](std::size_t bytes) {
    return R"({"sku":"A","options":{"a":")" + std::string(bytes - std::string_view(R"({"a":""})").size(), 'x') +
           R"("}})";
  };
  EXPECT_TRUE(parse_add(of_length(1024)));
  expect_invalid(parse_add(of_length(1025)), "/options", "too long");
}

TEST(ParseDescribe, IsAMergePatchOfTheDetails) {
  const LineId red(sku("A"), LineLabel::parse("red").value());
  EXPECT_EQ(parse_describe(red, R"({"name":"Mug","unit_price":{"amount_minor":1,"currency":"EUR"}})").value(),
            one(Describe{red, details("Mug", money(1, "EUR"))}));
  EXPECT_EQ(parse_describe(red, R"({"name":null,"unit_price":null,"metadata":null})").value(),
            one(Describe{red, {"", std::optional<Money>(), ""}}));
  EXPECT_EQ(parse_describe(red, R"({"metadata":{"a":null}})").value(),
            one(Describe{red, {{}, {}, R"({"a":null})", true}}));
  EXPECT_EQ(parse_describe(red, R"({"metadata":{}})").value(), one(Describe{red, {{}, {}, "{}", true}}));
  EXPECT_EQ(parse_batch(R"([{"op":"describe","sku":"A","line":"red","metadata":{"a":1}}])").value(),
            one(Describe{red, {{}, {}, R"({"a":1})", true}}));
}

TEST(ParseDescribe, RefusesEverythingElse) {
  expect_invalid(parse_describe(sku("A"), "{}"), "", "nothing");
  expect_invalid(parse_describe(sku("A"), R"({"quantity":1})"), "/quantity", "quantity");
  expect_invalid(parse_describe(sku("A"), R"({"options":{"a":1}})"), "/options", "options");
  expect_invalid(parse_describe(sku("A"), R"({"unit_price":{"amount_minor":1}})"), "/unit_price/currency", "half");
  expect_invalid(parse_describe(sku("A"), R"({"metadata":[]})"), "/metadata", "array");
  expect_invalid(parse_batch(R"([{"op":"describe","sku":"A"}])"), "/0", "nothing");
  expect_invalid(parse_batch(R"([{"op":"describe","name":"x"}])"), "/0/sku", "no SKU");
  expect_invalid(parse_batch(R"([{"op":"describe","sku":"A","name":"x","quantity":1}])"), "/0/quantity", "quantity");
}

TEST(ParseAnnotate, TakesEitherOrBoth) {
  EXPECT_EQ(parse_annotate(R"({"metadata":{"gift": true}})").value(),
            Command(Annotate{R"({"gift":true})", std::nullopt}));
  EXPECT_EQ(parse_annotate(R"({"user_id":"u1"})").value(), Command(Annotate{std::nullopt, user_id("u1")}));
  EXPECT_EQ(parse_annotate(R"({"user_id":"u1","metadata":{}})").value(), Command(Annotate{"{}", user_id("u1")}));
}

TEST(ParseAnnotate, TakesTheOwnerAwayByNull) {
  EXPECT_EQ(parse_annotate(R"({"user_id":null})").value(), Command(Annotate{std::nullopt, std::optional<UserId>()}));
}

TEST(ParseAnnotate, TakesTheMetadataAwayByNull) {
  EXPECT_EQ(parse_annotate(R"({"metadata":null})").value(), Command(Annotate{"", std::nullopt}));
  EXPECT_EQ(parse_annotate(R"({"metadata":null,"user_id":null})").value(),
            Command(Annotate{"", std::optional<UserId>()}));
}

TEST(ParseAnnotate, TakesAKind) {
  EXPECT_EQ(parse_annotate(R"({"kind":"saved"})").value(), Command(Annotate{{}, {}, kind_from("saved").value()}));
  for (const char* usual : {R"({"kind":null})", R"({"kind":"cart"})"})
    EXPECT_EQ(parse_annotate(usual).value(), Command(Annotate{{}, {}, std::optional<CartKind>()})) << usual;
  for (const char* wrong : {R"({"kind":""})", R"({"kind":"Saved"})", R"({"kind":"a b"})", R"({"kind":7})"})
    expect_invalid(parse_annotate(wrong), "/kind", wrong);
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
                       RemoveLine{sku("C")}, Clear{}, Add{sku("A"), 1, details({}, {}, "")}}}),
            R"([{"op":"set","sku":"\"é","quantity":0,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
            R"("metadata":{"a":1.0}},)"
            R"({"op":"remove","sku":"B","quantity":1},{"op":"remove_line","sku":"C"},{"op":"clear"},{"op":"add",)"
            R"("sku":"A","quantity":1,"metadata":{}}])");
  EXPECT_EQ(format::canonical_json(Annotate{R"({"a":1})", user_id("u1")}),
            R"({"op":"annotate","metadata":{"a":1},"user_id":"u1"})");
  EXPECT_EQ(format::canonical_json(Annotate{"", std::nullopt}), R"({"op":"annotate","metadata":null})");
  EXPECT_EQ(format::canonical_json(Annotate{std::nullopt, std::optional<UserId>()}),
            R"({"op":"annotate","user_id":null})");
  EXPECT_EQ(format::canonical_json(Delete{}), R"({"op":"delete"})");
  EXPECT_EQ(format::canonical_json(Touch{}), R"({"op":"touch"})");
}

TEST(CanonicalJson, DoesNotDependOnHowTheBodyWasWritten) {
  EXPECT_EQ(format::canonical_json(parse_add(R"({"sku":"A"})").value()),
            format::canonical_json(parse_add(" {\"quantity\" : 1 , \"\\u0073ku\":\"\\u0041\"}\n").value()));
}

/// `batch`, as a client may send it: options make the line, only a patch takes a price away, and it names something.
Batch as_sent(Batch batch) {
  const auto name_line = [](auto& command) {
    if (command.details.unit_price && !*command.details.unit_price) command.details.unit_price.reset();
    const std::string& options = command.details.options;
    const Sku its_sku = sku(command.line.sku());
    if (!options.empty()) command.line = LineId(its_sku, format::label_of_options(options));
  };
  for (LineCommand& command : batch.commands) {
    if (auto* add = std::get_if<Add>(&command)) name_line(*add);
    if (auto* set = std::get_if<Set>(&command)) name_line(*set);
    auto* const described = std::get_if<Describe>(&command);
    if (described && described->details == DetailsPatch{}) described->details.name = "Mug";
  }
  return batch;
}

rc::Gen<Command> any_command_sent() {
  return rc::gen::map(test::any_command(), [](Command command) {
    if (auto* batch = std::get_if<Batch>(&command)) *batch = as_sent(std::move(*batch));
    return command;
  });
}

RC_GTEST_PROP(CanonicalJson, IsEqualForEqualCommandsAndDifferentForOthers, ()) {
  const Command a = *any_command_sent();
  const Command b = *rc::gen::oneOf(rc::gen::just(a), any_command_sent());
  RC_ASSERT((a == b) == (format::canonical_json(a) == format::canonical_json(b)));
}

RC_GTEST_PROP(CanonicalJson, OfABatchReadsBackAsTheSameBatch, ()) {
  const Command batch = as_sent(*test::any_batch());
  RC_ASSERT(parse_batch(format::canonical_json(batch)).value() == batch);
}

RC_GTEST_PROP(CanonicalJson, OfASingleCommandAgreesWithTheRouteOfItsOwn, ()) {
  // POST …/items and POST …/commands with one add are the same command.
  const Add add{*test::any_line(), *rc::gen::inRange<std::int64_t>(1, 99), *test::any_details_patch()};
  const Command command = as_sent(Batch{{add}});
  std::string body = format::canonical_json(command);
  body = "{" + body.substr(std::string(R"([{"op":"add",)").size());
  body.pop_back();
  RC_ASSERT(parse_add(body).value() == command);
}

}  // namespace
}  // namespace cartd::rest
