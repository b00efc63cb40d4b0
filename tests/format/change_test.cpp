#include "format/change.h"
#include "domain/generators.h"
#include "format/line_details.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace cartd::format {
namespace {

using nlohmann::json;
using namespace std::string_literals;

bool same(const Change& a, const Change& b) {
  return a.command == b.command && a.expected_version == b.expected_version && a.idempotency == b.idempotency;
}

std::string packed(const json& value) {
  std::string bytes;
  json::to_msgpack(value, bytes);
  return bytes;
}

/// A change around `command`, as it should stand.
std::string with_command(const json& command) { return packed(json::array({nullptr, nullptr, nullptr, command})); }
std::string with_line(const json& line) { return with_command(json::array({"batch", json::array({line})})); }

bool corrupt(std::string_view bytes) {
  const auto change = change_from_msgpack(bytes);
  return !change && change.error().code == Errc::corrupt;
}

json binary(const std::string& bytes) { return json::binary({bytes.begin(), bytes.end()}); }

const Idempotency idempotency{"abcdefghABCD-_09", "abcdefgh-_0"};

rc::Gen<Change> any_change() {
  const auto version = rc::gen::oneOf(
      rc::gen::just(std::optional<std::uint64_t>()),
      rc::gen::map(rc::gen::arbitrary<std::uint64_t>(), [](std::uint64_t v) { return std::optional(v); }));
  return rc::gen::map(rc::gen::tuple(test::any_command(), version, rc::gen::arbitrary<bool>()),
                      [](const std::tuple<Command, std::optional<std::uint64_t>, bool>& parts) {
                        Change change{std::get<0>(parts), std::get<1>(parts)};
                        if (std::get<2>(parts)) change.idempotency = idempotency;
                        return change;
                      });
}

RC_GTEST_PROP(ChangeMsgpack, ReadsBackWhatItWrote, ()) {
  const Change change = *any_change();
  RC_ASSERT(same(change_from_msgpack(to_msgpack(change)).value(), change));
}

RC_GTEST_PROP(ChangeMsgpack, IsWrittenInTheShortestForms, ()) {
  Change change = *any_change();
  if (*rc::gen::arbitrary<bool>()) {
    const auto length = *rc::gen::element<std::size_t>(20, 31, 32, 255, 256, 65'535, 65'536);
    change.command = Annotate{std::string(length, 'x')};
  }
  const std::string bytes = to_msgpack(change);
  RC_ASSERT(packed(json::from_msgpack(bytes)) == bytes);
}

RC_GTEST_PROP(ChangeMsgpack, ReadsOnlyWhatItCouldHaveWritten, ()) {
  // One byte changed: refused, or a change that is written and read as the same again.
  std::string bytes = to_msgpack(*any_change());
  bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  const auto read = change_from_msgpack(bytes);
  if (read) RC_ASSERT(same(change_from_msgpack(to_msgpack(*read)).value(), *read));
  else RC_ASSERT(read.error().code == Errc::corrupt);
}

RC_GTEST_PROP(ChangeMsgpack, RefusesWhatIsCutOffOrGoesOn, ()) {
  const std::string bytes = to_msgpack(*any_change());
  for (std::size_t size = 0; size < bytes.size(); ++size) RC_ASSERT(corrupt(std::string_view(bytes).substr(0, size)));
  RC_ASSERT(corrupt(bytes + '\xC0'));
  RC_ASSERT(corrupt(bytes + bytes));
}

TEST(ChangeMsgpack, IsTheDocumentedArray) {
  const DetailsPatch details{"Mug", test::money(1299, "EUR"), R"({"a":1})", false, R"({"size":"L"})"};
  const DetailsPatch patch{"", std::optional<Money>(), R"({"a":null})", true};
  const LineId red = *LineId::parse("C\x1Fred");
  const Batch batch{{Add{test::sku("A"), 2, details}, Set{test::sku("B"), 0}, Remove{red, 3}, RemoveLine{red},
                     Describe{red, patch}, Clear{}}};
  const json all = json::array({"Mug", json::array({1299, "EUR"}), R"({"a":1})", R"({"size":"L"})"});
  const json removed = json::array({"", json::array(), json::array({R"({"a":null})"}), nullptr});
  const json commands = json::array({json::array({"add", "A", 2, all}), json::array({"set", "B", 0, nullptr}),
                                     json::array({"remove", "C\x1Fred", 3}), json::array({"remove_line", "C\x1Fred"}),
                                     json::array({"describe", "C\x1Fred", removed}), json::array({"clear"})});
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{batch, 7, idempotency})),
            json::array({7, idempotency.key, idempotency.fingerprint, json::array({"batch", commands})}));
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{Annotate{"{}", std::nullopt}})),
            json::array({nullptr, nullptr, nullptr, json::array({"annotate", "{}", nullptr})}));
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{Annotate{std::nullopt, std::optional<UserId>()}})),
            json::array({nullptr, nullptr, nullptr, json::array({"annotate", nullptr, ""})}));
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{Annotate{{}, {}, kind_from("saved").value()}})),
            json::array({nullptr, nullptr, nullptr, json::array({"annotate", nullptr, nullptr, "saved"})}));
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{Annotate{{}, {}, std::optional<CartKind>()}})),
            json::array({nullptr, nullptr, nullptr, json::array({"annotate", nullptr, nullptr, ""})}));
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{Delete{}})),
            json::array({nullptr, nullptr, nullptr, json::array({"delete"})}));
  EXPECT_EQ(json::from_msgpack(to_msgpack(Change{Touch{}})),
            json::array({nullptr, nullptr, nullptr, json::array({"touch"})}));
}

TEST(ChangeMsgpack, RefusesAKindThatIsNone) {
  for (const json& kind : {json("A"), json(7), json(nullptr), json(std::string(33, 'a'))})
    EXPECT_TRUE(corrupt(with_command(json::array({"annotate", nullptr, nullptr, kind})))) << kind;
}

TEST(ChangeMsgpack, KeepsQuantitiesThatOnlyOtherLimitsAllow) {
  const Change change{Batch{{Add{test::sku("A"), max_readable_quantity}}}, UINT64_MAX};
  EXPECT_TRUE(same(change_from_msgpack(to_msgpack(change)).value(), change));
}

TEST(ChangeMsgpack, RefusesACommandThatIsNone) {
  EXPECT_FALSE(corrupt(with_command(json::array({"touch"}))));
  for (const json& command : {
           json(),
           json("touch"),
           json(1),
           json::object(),
           json::array(),
           json::array({1}),
           json::array({nullptr}),
           json::array({"rename"}),
           json::array({"Touch"}),
           json::array({"touch", nullptr}),
           json::array({"delete", 1}),
           json::array({json::array({"touch"})}),
           json::array({"batch"}),
           json::array({"batch", nullptr}),
           json::array({"batch", json::array()}),
           json::array({"batch", json::array({"clear"})}),
           json::array({"batch", json::array({json::array({"touch"})})}),
           json::array({"annotate"}),
           json::array({"annotate", "{}"}),
           json::array({"annotate", "{}", nullptr, nullptr}),
           json::array({"annotate", "[]", nullptr}),
           json::array({"annotate", "{", nullptr}),
           json::array({"annotate", 1, nullptr}),
           json::array({"annotate", nullptr, "a b"}),
           json::array({"annotate", nullptr, 1}),
       })
    EXPECT_TRUE(corrupt(with_command(command))) << command;
}

TEST(ChangeMsgpack, ReadsDetailsOfVersion1AsReplacingTheLines) {
  const json details = binary(to_msgpack(LineDetails{"Mug", test::money(1299, "EUR"), ""}));
  const auto read = change_from_msgpack(with_line(json::array({"add", "A", 1, details})));
  ASSERT_TRUE(read);
  EXPECT_EQ(read->command, Command(Batch{{Add{test::sku("A"), 1, {"Mug", test::money(1299, "EUR"), ""}}}}));
}

TEST(ChangeMsgpack, RefusesDetailsThatAreNone) {
  const auto with_details = [](const json& details) { return with_line(json::array({"describe", "A", details})); };
  const json nothing = json::array({nullptr, nullptr, nullptr, nullptr});
  EXPECT_FALSE(corrupt(with_details(nothing)));
  const auto with = [&](std::size_t place, const json& element) {
    json details = nothing;
    details[place] = element;
    return with_details(details);
  };
  EXPECT_FALSE(corrupt(with(1, json::array({5, "EUR"}))));
  EXPECT_FALSE(corrupt(with(2, json::array({"{}"}))));
  EXPECT_FALSE(corrupt(with(3, R"({"size":"L"})")));
  EXPECT_TRUE(corrupt(with_details(nullptr)));
  EXPECT_TRUE(corrupt(with_details(json::array())));
  EXPECT_TRUE(corrupt(with(0, "a\nb")));
  EXPECT_TRUE(corrupt(with(0, 1)));
  for (const json& price : {json(5), json::array({5}), json::array({5, "EUR", 1}), json::array({-1, "EUR"}),
                            json::array({5, "euro"}), json::array({max_unit_price + 1, "EUR"}), json::array({nullptr})})
    EXPECT_TRUE(corrupt(with(1, price))) << price;
  for (const json& metadata : {json("[]"), json(1), json::array(), json::array({nullptr}), json::array({"[]"}),
                               json::array({"{}", "{}"}), json::array({json::array({"{}"})})})
    EXPECT_TRUE(corrupt(with(2, metadata))) << metadata;
  for (const char* options : {"", "{}", "[]", R"({"b":1,"a":1})", R"({"a": 1})", R"({"a":{}})", R"({"a":null})"})
    EXPECT_TRUE(corrupt(with(3, options))) << options;
}

TEST(ChangeMsgpack, RefusesALineCommandThatIsNone) {
  const json details = binary(to_msgpack(LineDetails{"Mug", {}, ""}));
  json subtyped = details;
  subtyped.get_binary().set_subtype(7);
  EXPECT_FALSE(corrupt(with_line(json::array({"add", "A", 1, details}))));
  EXPECT_FALSE(corrupt(with_line(json::array({"set", "A", 0, details}))));
  EXPECT_FALSE(corrupt(with_line(json::array({"remove", "A", 1}))));
  for (const json& line : {
           json(),
           json::array(),
           json::array({"clear", 1}),
           json::array({"add"}),
           json::array({"add", "A"}),
           json::array({"add", "A", 1}),
           json::array({"add", "A", 1, nullptr, nullptr}),
           json::array({"add", "", 1, nullptr}),
           json::array({"add", "\x01", 1, nullptr}),
           json::array({"add", "\xFF", 1, nullptr}),
           json::array({"add", std::string(129, 'a'), 1, nullptr}),
           json::array({"add", 1, 1, nullptr}),
           json::array({"add", "A", 0, nullptr}),
           json::array({"add", "A", -1, nullptr}),
           json::array({"add", "A", 1.0, nullptr}),
           json::array({"add", "A", "1", nullptr}),
           json::array({"add", "A", true, nullptr}),
           json::array({"add", "A", max_readable_quantity + 1, nullptr}),
           json::array({"add", "A", UINT64_MAX, nullptr}),
           json::array({"add", "A", 1, "Mug"}),
           json::array({"add", "A", 1, binary("")}),
           json::array({"add", "A", 1, binary("\x95\xCF")}),
           json::array({"add", "A", 1, subtyped}),
           json::array({"set", "A", -1, nullptr}),
           json::array({"set", "A", 0}),
           json::array({"remove", "A", 0}),
           json::array({"remove", "A"}),
           json::array({"remove", "A", 1, nullptr}),
           json::array({"remove_line"}),
           json::array({"remove_line", "A", 1}),
           json::array({"remove_line", nullptr}),
           json::array({"increase", "A", 1, nullptr}),
       })
    EXPECT_TRUE(corrupt(with_line(line))) << line.dump(-1, ' ', true, json::error_handler_t::replace);
}

TEST(ChangeMsgpack, RefusesConditionsThatAreNone) {
  const json touch = json::array({"touch"});
  EXPECT_FALSE(corrupt(packed(json::array({0, idempotency.key, idempotency.fingerprint, touch}))));
  for (const json& change : {
           json(),
           touch,
           json::array(),
           json::array({nullptr, nullptr, nullptr}),
           json::array({nullptr, nullptr, nullptr, touch, nullptr}),
           json::array({-1, nullptr, nullptr, touch}),
           json::array({"1", nullptr, nullptr, touch}),
           json::array({nullptr, idempotency.key, nullptr, touch}),
           json::array({nullptr, nullptr, idempotency.fingerprint, touch}),
           json::array({nullptr, idempotency.key + "a", idempotency.fingerprint, touch}),
           json::array({nullptr, idempotency.key, "short", touch}),
           json::array({nullptr, "abcdefghABCD+/09", idempotency.fingerprint, touch}),
           json::array({nullptr, 1, 2, touch}),
       })
    EXPECT_TRUE(corrupt(packed(change))) << change;
}

TEST(ChangeMsgpack, WithstandsHugeLengthsAndDeepNesting) {
  const std::string prefix = "\x94\xC0\xC0\xC0"s;
  EXPECT_FALSE(corrupt(prefix + packed(json::array({"touch"}))));
  EXPECT_TRUE(corrupt(prefix + "\xDB\xFF\xFF\xFF\xFFx"s));                        // a text of 4 GiB
  EXPECT_TRUE(corrupt(prefix + "\xC6\xFF\xFF\xFF\xFFx"s));                        // bytes of 4 GiB
  EXPECT_TRUE(corrupt(prefix + "\x92\xA5"s + "batch\xDD\xFF\xFF\xFF\xFF\xC0"s));  // a batch of 2^32
  EXPECT_TRUE(corrupt(prefix + "\xDF\xFF\xFF\xFF\xFF\xC0\xC0"s));                 // a map of 2^32
  EXPECT_TRUE(corrupt(std::string(10'000'000, '\x91')));                          // nesting
  EXPECT_TRUE(corrupt(std::string(10'000'000, '\x94')));                          //
}

}  // namespace
}  // namespace cartd::format
