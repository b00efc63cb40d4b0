#include "format/line_details.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace cartd::format {
namespace {

using nlohmann::json;
using namespace std::string_literals;

constexpr std::size_t prefix_bytes = 10;

const std::string prefix = "\x95\xCF\x00\x00\x01\x9A\xAA\xBB\xCC\xDD"s;

bool corrupt(std::string_view bytes) {
  const auto details = line_details_from_msgpack(bytes);
  return !details && details.error().code == Errc::corrupt;
}

/// The prefix and four elements, each as the library writes it.
std::string packed(const std::vector<json>& elements) {
  std::string bytes = prefix;
  for (const json& element : elements) json::to_msgpack(element, bytes);
  return bytes;
}

TEST(LineDetailsMsgpack, IsTheDocumentedArray) {
  const std::string bytes =
      to_msgpack({"Mug", test::money(1299, "EUR"), R"({"a":1})", Time(Millis(1'763'805'600'000))});
  EXPECT_EQ(json::from_msgpack(bytes), json::array({1'763'805'600'000, "Mug", 1299, "EUR", R"({"a":1})"}));
  EXPECT_EQ(json::from_msgpack(to_msgpack({})), json::array({0, nullptr, nullptr, nullptr, nullptr}));
}

TEST(LineDetailsMsgpack, BeginsWithTenFixedBytesWhateverTheTime) {
  for (const std::int64_t ms : {std::int64_t{0}, std::int64_t{1}, std::int64_t{127}, std::int64_t{2'500'000'000},
                                std::int64_t{1'763'805'600'000}, std::numeric_limits<std::int64_t>::max()}) {
    const std::string bytes = to_msgpack({"x", {}, "", Time(Millis(ms))});
    EXPECT_EQ(bytes.substr(0, 2), "\x95\xCF"s);
    std::uint64_t written = 0;
    for (std::size_t i = 2; i < prefix_bytes; ++i) written = written << 8 | static_cast<unsigned char>(bytes[i]);
    EXPECT_EQ(written, static_cast<std::uint64_t>(ms));
    EXPECT_EQ(line_details_from_msgpack(bytes).value().added_at, Time(Millis(ms)));
  }
}

TEST(LineDetailsMsgpack, LetsTheTenBytesBeReplaced) {
  const LineDetails first{"Mug", test::money(5, "JPY"), "", Time(Millis(1))};
  LineDetails second = first;
  second.added_at = Time(Millis(1'763'805'600'000));
  EXPECT_EQ(to_msgpack(second).substr(0, prefix_bytes) + to_msgpack(first).substr(prefix_bytes), to_msgpack(second));
}

TEST(LineDetailsMsgpack, WritesTimesBefore1970As1970) {
  EXPECT_EQ(line_details_from_msgpack(to_msgpack({"x", {}, "", Time(Millis(-5))})).value().added_at, Time(Millis(0)));
}

TEST(LineDetailsMsgpack, TakesEveryWidthOfAnInteger) {
  for (const std::int64_t amount : {0, 127, 128, 255, 256, 65'535, 65'536})
    EXPECT_EQ(line_details_from_msgpack(packed({nullptr, amount, "EUR", nullptr})).value().unit_price,
              test::money(amount, "EUR"));
  EXPECT_EQ(line_details_from_msgpack(packed({nullptr, max_unit_price, "EUR", nullptr})).value().unit_price,
            test::money(max_unit_price, "EUR"));
}

TEST(LineDetailsMsgpack, RefusesWhatLineDetailsCannotBe) {
  EXPECT_FALSE(corrupt(packed({"n", 1, "EUR", "{}"})));
  const std::vector<std::vector<json>> cases{
      {1, 1, "EUR", "{}"},                  // name: a number
      {true, 1, "EUR", "{}"},               // a boolean
      {"\x01", 1, "EUR", "{}"},             // a control character
      {"\xFF", 1, "EUR", "{}"},             // not UTF-8
      {json::binary({1}), 1, "EUR", "{}"},  // bytes
      {json::array(), 1, "EUR", "{}"},      //
      {json::object(), 1, "EUR", "{}"},     //
      {"n", 1.0, "EUR", "{}"},              // amount: floating point
      {"n", "1", "EUR", "{}"},              // text
      {"n", -1, "EUR", "{}"},               // negative
      {"n", max_unit_price + 1, "EUR", "{}"},
      {"n", UINT64_MAX, "EUR", "{}"},
      {"n", nullptr, "EUR", "{}"},  // a currency without an amount
      {"n", 1, nullptr, "{}"},      // an amount without a currency
      {"n", 1, "eur", "{}"},        //
      {"n", 1, "EURO", "{}"},       //
      {"n", 1, 978, "{}"},          //
      {"n", 1, "EUR", "[]"},        // metadata: not an object
      {"n", 1, "EUR", "{"},         // not JSON
      {"n", 1, "EUR", ""},          //
      {"n", 1, "EUR", json::object()},
      {"n", 1, "EUR"},                 // too few
      {"n", 1, "EUR", "{}", nullptr},  // too many
      {"n", 1, "EUR", "{}", "trailing"},
  };
  for (const auto& elements : cases)
    EXPECT_TRUE(corrupt(packed(elements))) << json(elements).dump(-1, ' ', true, json::error_handler_t::replace);
}

TEST(LineDetailsMsgpack, RefusesAnotherBeginning) {
  const std::string rest = packed({nullptr, nullptr, nullptr, nullptr}).substr(prefix_bytes);
  EXPECT_FALSE(corrupt(prefix + rest));
  EXPECT_TRUE(corrupt(""));
  EXPECT_TRUE(corrupt("\x95"));
  EXPECT_TRUE(corrupt("\x95\xCF"));
  EXPECT_TRUE(corrupt("\x95\x07"s + rest));                                  // a shorter integer
  EXPECT_TRUE(corrupt("\x94"s + prefix.substr(1) + rest.substr(1)));         // four elements
  EXPECT_TRUE(corrupt("\xDC\x00\x05"s + prefix.substr(1) + rest));           // another form of five elements
  EXPECT_TRUE(corrupt("\x95\xD3"s + prefix.substr(2) + rest));               // a signed integer
  EXPECT_TRUE(corrupt("\x95\xCF\x80\x00\x00\x00\x00\x00\x00\x00"s + rest));  // beyond int64
  EXPECT_FALSE(corrupt("\x95\xCF\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"s + rest));
}

TEST(LineDetailsMsgpack, WithstandsHugeLengthsAndDeepNesting) {
  EXPECT_TRUE(corrupt(prefix + "\xDB\xFF\xFF\xFF\xFFx"s));         // a text of 4 GiB
  EXPECT_TRUE(corrupt(prefix + "\xC6\xFF\xFF\xFF\xFFx"s));         // bytes of 4 GiB
  EXPECT_TRUE(corrupt(prefix + "\xDD\xFF\xFF\xFF\xFF\xC0"s));      // an array of 2^32
  EXPECT_TRUE(corrupt(prefix + "\xDF\xFF\xFF\xFF\xFF\xC0\xC0"s));  // a map of 2^32
  EXPECT_TRUE(corrupt(prefix + std::string(10'000'000, '\x91')));  // nesting
  EXPECT_TRUE(corrupt(std::string(10'000'000, '\x95')));           //
  EXPECT_TRUE(corrupt("\x95\xCF\x00"s));                           // cut off
}

TEST(LineDetailsMsgpack, RefusesEveryCutOffText) {
  const std::string bytes = to_msgpack({"Mug", test::money(1299, "EUR"), R"({"a":1})", Time(Millis(7))});
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_TRUE(corrupt(std::string_view(bytes).substr(0, size))) << size;
}

RC_GTEST_PROP(LineDetailsMsgpack, ReadsBackWhatItWrote, ()) {
  LineDetails details = *test::any_details();
  details.added_at = Time(Millis(*rc::gen::nonNegative<std::int64_t>()));
  RC_ASSERT(line_details_from_msgpack(to_msgpack(details)).value() == details);
}

RC_GTEST_PROP(LineDetailsMsgpack, ReadsOnlyWhatItCouldHaveWritten, ()) {
  // One byte changed: refused, or details that are written and read as the same again.
  LineDetails details = *test::any_details();
  details.added_at = Time(Millis(*rc::gen::inRange<std::int64_t>(0, 2'000'000'000'000)));
  std::string bytes = to_msgpack(details);
  bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::arbitrary<char>();
  const auto read = line_details_from_msgpack(bytes);
  if (read) RC_ASSERT(line_details_from_msgpack(to_msgpack(*read)).value() == *read);
  else RC_ASSERT(read.error().code == Errc::corrupt);
}

}  // namespace
}  // namespace cartd::format
