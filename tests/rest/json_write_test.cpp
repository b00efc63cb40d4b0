#include "api/rest/json.h"
#include "domain/decide.h"
#include "domain/generators.h"
#include "format/json_text.h"
#include "util/json_document.h"
#include "util/json_string.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <nlohmann/json.hpp>

#include <limits>
#include <memory>
#include <string>

namespace cartd::rest {
namespace {

using test::cart_id;
using test::money;
using test::sku;
using test::user_id;

std::string json_of(const Cart& cart, CartStatus status = {"memory", false}) {
  std::string out;
  append_json(out, cart, status);
  return out;
}

std::string json_string(std::string_view text) {
  std::string out;
  util::append_json_string(out, text);
  return out;
}

std::string json_time(std::int64_t ms) {
  std::string out;
  format::append_json_time(out, Time(Millis(ms)));
  return out;
}

std::shared_ptr<const LineDetails> shared(LineDetails details) {
  return std::make_shared<const LineDetails>(std::move(details));
}

TEST(CartJson, OfACartThatNobodyWroteToSaysSo) {
  EXPECT_EQ(json_of(Cart{cart_id("123")}),
            R"({"id":"123","version":0,"items":[],"item_count":0,"line_count":0,"totals":[],"durability":"memory",)"
            R"("degraded":false})");
}

TEST(CartJson, HoldsEverythingInTheDocumentedOrder) {
  const Time ten = std::chrono::sys_days(std::chrono::year(2026) / 11 / 22) + std::chrono::hours(10);
  Cart cart{cart_id("123")};
  cart.owner = user_id("u1");
  cart.version = 7;
  cart.lines = {{sku("SKU123"), 2, shared({"Mug", money(1299, "EUR"), R"({"colour":"blue"})", ten})},
                {sku("SKU999"), 1}};
  cart.metadata = R"({"gift":true})";
  cart.created_at = ten;
  cart.updated_at = ten + Millis(1);
  cart.expires_at = ten + std::chrono::days(7);
  EXPECT_EQ(
      json_of(cart, {"primary", true}),
      R"({"id":"123","user_id":"u1","version":7,"items":[)"
      R"({"sku":"SKU123","quantity":2,"name":"Mug","unit_price":{"amount_minor":1299,"currency":"EUR"},)"
      R"("subtotal":{"amount_minor":2598,"currency":"EUR"},"metadata":{"colour":"blue"},)"
      R"("added_at":"2026-11-22T10:00:00.000Z"},)"
      R"({"sku":"SKU999","quantity":1}],"item_count":3,"line_count":2,"totals":[{"amount_minor":2598,)"
      R"("currency":"EUR"}],)"
      R"("metadata":{"gift":true},"created_at":"2026-11-22T10:00:00.000Z","updated_at":"2026-11-22T10:00:00.001Z",)"
      R"("expires_at":"2026-11-29T10:00:00.000Z","durability":"primary","degraded":true})");
}

TEST(CartJson, WritesTotalsBeyond64Bits) {
  Cart cart{cart_id("c")};
  cart.lines = {{sku("A"), max_readable_quantity, shared({"", money(max_unit_price, "EUR"), "", {}})},
                {sku("B"), max_readable_quantity, shared({"", money(max_unit_price, "EUR"), "", {}})}};
  const std::string json = json_of(cart);
  EXPECT_NE(json.find(R"("subtotal":{"amount_minor":999999999999000000000000,"currency":"EUR"})"), std::string::npos)
      << json;
  EXPECT_NE(json.find(R"("totals":[{"amount_minor":1999999999998000000000000,"currency":"EUR"}])"), std::string::npos)
      << json;
}

TEST(CartJson, GrowsTheTextItIsGiven) {
  std::string out = "before ";
  append_json(out, UserFields{{"a", "1"}});
  append_json(out, UserFields{});
  EXPECT_EQ(out, R"(before {"a":"1"}{})");
}

TEST(JsonString, EscapesQuotesBackslashesAndControls) {
  EXPECT_EQ(json_string(""), R"("")");
  EXPECT_EQ(json_string("a\"b\\c/d"), R"("a\"b\\c/d")");
  EXPECT_EQ(json_string(std::string_view("\0\b\t\n\v\f\r\x1f \x7f", 10)),
            "\"\\u0000\\b\\t\\n\\u000b\\f\\r\\u001f \x7f\"");
  EXPECT_EQ(json_string("é€😀"), "\"é€😀\"");
}

TEST(JsonTime, IsUtcWithMilliseconds) {
  EXPECT_EQ(json_time(0), R"("1970-01-01T00:00:00.000Z")");
  EXPECT_EQ(json_time(1), R"("1970-01-01T00:00:00.001Z")");
  EXPECT_EQ(json_time(-1), R"("1969-12-31T23:59:59.999Z")");
  EXPECT_EQ(json_time(951'827'696'789), R"("2000-02-29T12:34:56.789Z")");
  EXPECT_EQ(json_time(1'763'805'600'000), R"("2025-11-22T10:00:00.000Z")");
}

TEST(JsonTime, StaysWithinTheFormatsYears) {
  EXPECT_EQ(json_time(-62'167'219'200'000), R"("0000-01-01T00:00:00.000Z")");
  EXPECT_EQ(json_time(std::numeric_limits<std::int64_t>::min()), R"("0000-01-01T00:00:00.000Z")");
  EXPECT_EQ(json_time(253'402'300'799'999), R"("9999-12-31T23:59:59.999Z")");
  EXPECT_EQ(json_time(std::numeric_limits<std::int64_t>::max()), R"("9999-12-31T23:59:59.999Z")");
}

TEST(UserJson, EscapesNamesAndValues) {
  std::string out;
  append_json(out, UserFields{{"na\"me", "Zo\u00eb\n"}, {"email", "z@example.org"}});
  EXPECT_EQ(out, "{\"email\":\"z@example.org\",\"na\\\"me\":\"Zo\u00eb\\n\"}");
}

TEST(IsJsonObject, SaysWhatMayBeMetadata) {
  EXPECT_TRUE(util::is_json_object("{}"));
  EXPECT_TRUE(util::is_json_object(R"({"a":[1]})"));
  for (const char* text : {"", "[]", "1", "null", "{", R"({"a":1,"a":2})", "{}{}"})
    EXPECT_FALSE(util::is_json_object(text)) << text;
}

RC_GTEST_PROP(CartJson, SaysWhatTheCartSays, ()) {
  CartRecord record{Cart{cart_id("c-1")}};
  Time now(Millis(1'800'000'000'000));
  std::uint64_t sequence = 0;
  const Limits limits{};
  for (const Command& command : *rc::gen::container<std::vector<Command>>(test::any_command())) {
    static_cast<void>(
        apply(record, Change{command}, ApplyContext{{1, ++sequence}, now += Millis(7), std::chrono::hours(1), limits}));
  }
  const Cart& cart = record.cart;
  const auto json = nlohmann::json::parse(json_of(cart, {"primary", false}));

  RC_ASSERT(json.at("id") == cart.id.str());
  RC_ASSERT(json.value("user_id", "") == (cart.owner ? cart.owner->str() : ""));
  RC_ASSERT(json.contains("kind") == cart.kind.has_value());
  RC_ASSERT(json.value("kind", "cart") == name_of(cart.kind));
  RC_ASSERT(json.at("version") == cart.version);
  RC_ASSERT(json.at("line_count") == cart.lines.size());
  RC_ASSERT(json.at("item_count") == item_count(cart.lines));
  RC_ASSERT(json.at("items").size() == cart.lines.size());
  RC_ASSERT(json.contains("metadata") == !cart.metadata.empty());
  RC_ASSERT(json.contains("created_at") == cart.created_at.has_value());
  for (std::size_t i = 0; i < cart.lines.size(); ++i) {
    const Line& line = cart.lines[i];
    const auto& item = json.at("items").at(i);
    RC_ASSERT(item.at("sku") == line.id.sku());
    RC_ASSERT(item.at("quantity") == line.quantity);
    RC_ASSERT(item.contains("added_at") == (line.details != nullptr));
    RC_ASSERT(item.value("name", "") == (line.details ? line.details->name : ""));
    const bool priced = line.details && line.details->unit_price;
    RC_ASSERT(item.contains("unit_price") == priced);
    RC_ASSERT(item.contains("subtotal") == priced);
    if (priced) {
      RC_ASSERT(item.at("unit_price").at("amount_minor") == line.details->unit_price->amount_minor);
      RC_ASSERT(item.at("subtotal").at("currency") == std::string(line.details->unit_price->currency.code()));
    }
  }
}

}  // namespace
}  // namespace cartd::rest
