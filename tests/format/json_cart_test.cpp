#include "format/json_cart.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace cartd::format {
namespace {

using testing::HasSubstr;

const CartId id = *CartId::parse("123");

Result<JsonCart> read(std::string_view text, const char* currency = "EUR") {
  return json_cart_from(text, id, *minor_unit_of(currency));
}

/// Of a cart with this one item.
std::string with_item(const std::string& item) { return R"({"cart_id":"123","user_id":"u","items":[)" + item + "]}"; }

/// Why it is corrupt.
std::string why_corrupt(std::string_view text, const char* currency = "EUR") {
  const auto cart = read(text, currency);
  if (cart) return "it was read";
  EXPECT_EQ(cart.error().code, Errc::corrupt);
  EXPECT_LT(cart.error().detail.size(), 200U);
  return cart.error().detail;
}

TEST(JsonCart, IsReadWithAllThatItHas) {
  const auto cart = read(R"({"cart_id": "123", "user_id": "ada@example.com", "items": [
    {"product_id": "MUG", "name": "M\u00fcg \"big\"", "price": 12.9, "quantity": 2,
     "metadata": {"z": 1.50, "a": [1e400, null, {"b": "\u20ac"}]}},
    {"product_id": 42, "name": "", "price": "0.29", "quantity": 1, "metadata": {}},
    {"product_id": "BARE", "quantity": 999999999999, "name": null, "price": null, "metadata": null}]})");
  ASSERT_TRUE(cart) << cart.error().detail;
  EXPECT_EQ(cart->owner, *UserId::parse("ada@example.com"));
  EXPECT_EQ(cart->metadata, "");
  ASSERT_EQ(cart->lines.size(), 3U);
  const Line& mug = cart->lines[0];
  EXPECT_EQ(mug.id.str(), "MUG");
  EXPECT_EQ(mug.quantity, 2);
  ASSERT_TRUE(mug.details);
  EXPECT_EQ(mug.details->name, "Müg \"big\"");
  EXPECT_EQ(mug.details->unit_price, (Money{1290, *Currency::parse("EUR")}));
  EXPECT_EQ(mug.details->metadata, R"({"z":1.50,"a":[1e400,null,{"b":"€"}]})");
  EXPECT_EQ(cart->lines[1].id.str(), "42");
  EXPECT_EQ(cart->lines[1].details->unit_price->amount_minor, 29);
  EXPECT_EQ(cart->lines[1].details->metadata, "");
  EXPECT_EQ(cart->lines[2], (Line{*Sku::parse("BARE"), 999'999'999'999}));
}

TEST(JsonCart, KeepsTheOrderOfItsItemsAndIsTheSameEachTime) {
  const std::string text = R"({"items":[{"product_id":"Z","name":"z","quantity":1},)"
                           R"({"product_id":"A","name":"a","quantity":1},{"product_id":"M","name":"m","quantity":1}]})";
  const auto cart = read(text);
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 3U);
  EXPECT_EQ(cart->lines[0].id.str() + cart->lines[1].id.str() + cart->lines[2].id.str(), "ZAM");
  EXPECT_EQ(cart->lines, read(text)->lines);
}

TEST(JsonCart, MayBeEmptyAndNobodys) {
  for (const char* text : {R"({"items":[]})", R"({"cart_id":123,"user_id":null,"items":[]})"}) {
    const auto cart = read(text);
    ASSERT_TRUE(cart) << text;
    EXPECT_FALSE(cart->owner);
    EXPECT_TRUE(cart->lines.empty());
  }
}

TEST(JsonCart, MembersThatAreNotKnownBecomeMetadata) {
  const auto cart = read(R"({"cart_id":"123","total":25.80,"items":[{"product_id":"A","quantity":1,"image":"a.png",)"
                         R"("metadata":{"x":1}}],"metadata":{"from":"app"},"coupon":null})");
  ASSERT_TRUE(cart) << cart.error().detail;
  EXPECT_EQ(cart->metadata, R"({"from":"app","total":25.80,"coupon":null})");
  EXPECT_EQ(cart->lines.at(0).details->metadata, R"({"x":1,"image":"a.png"})");
  EXPECT_THAT(why_corrupt(R"({"items":[{"product_id":"A","quantity":1,"x":2,"metadata":{"x":1}}]})"),
              HasSubstr("/items/0 has a member that its metadata has, too"));
}

TEST(JsonCart, ItemsOfOneProductAddUpWhereTheyAreTheSame) {
  const auto cart = read(R"({"items":[{"product_id":"A","name":"a","price":1.0,"quantity":2},)"
                         R"({"product_id":"A","price":1,"name":"a","quantity":3}]})");
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 1U);
  EXPECT_EQ(cart->lines[0].quantity, 5);
}

TEST(JsonCart, ItemsOfOneProductThatDifferGetLabels) {
  const std::string red = R"({"product_id":"A","metadata":{"colour":"red"},"quantity":1})";
  const std::string blue = R"({"product_id":"A","metadata":{"colour":"blue"},"quantity":2})";
  const std::string bare = R"({"product_id":"A","quantity":4})";
  const auto cart = read(R"({"items":[)" + red + "," + blue + "," + bare + "," + blue + "," + red + "," + bare + "]}");
  ASSERT_TRUE(cart);
  ASSERT_EQ(cart->lines.size(), 3U);
  EXPECT_EQ(cart->lines[0].id.str(), "A");
  EXPECT_EQ(cart->lines[0].quantity, 2);
  EXPECT_TRUE(cart->lines[1].id.has_label());
  EXPECT_EQ(cart->lines[1].quantity, 4);
  EXPECT_EQ(cart->lines[1].details->metadata, R"({"colour":"blue"})");
  EXPECT_TRUE(cart->lines[2].id.has_label());
  EXPECT_EQ(cart->lines[2].quantity, 8);
  EXPECT_FALSE(cart->lines[2].details);
  // A label outlives the version of cartd that made it.
  EXPECT_EQ(cart->lines[1].id.label(), "fGhyRvZRQ5z4uUmfJMPfGx");
}

TEST(JsonCart, IsCorruptWhereAValueMakesNoSense) {
  EXPECT_THAT(why_corrupt(""), HasSubstr("the JSON text is empty"));
  EXPECT_THAT(why_corrupt("[]"), HasSubstr("is not a JSON object"));
  EXPECT_THAT(why_corrupt(R"({"items":[)"), HasSubstr("ends too early"));
  EXPECT_THAT(why_corrupt("{'items':[]}"), HasSubstr("not JSON"));
  EXPECT_THAT(why_corrupt("{}"), HasSubstr("/items is not an array"));
  EXPECT_THAT(why_corrupt(R"({"items":null})"), HasSubstr("/items is not an array"));
  EXPECT_THAT(why_corrupt(R"({"items":{}})"), HasSubstr("/items is not an array"));
  EXPECT_THAT(why_corrupt(R"({"items":[],"items":[]})"), HasSubstr("duplicate"));
  EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A","quantity":1,"metadata":{"a":1,"a":2}})")),
              HasSubstr("duplicate"));
  EXPECT_THAT(why_corrupt(R"({"cart_id":"124","items":[]})"), HasSubstr("/cart_id is not the id in the key"));
  EXPECT_THAT(why_corrupt(R"({"cart_id":[],"items":[]})"), HasSubstr("/cart_id"));
  EXPECT_THAT(why_corrupt(R"({"user_id":"a b","items":[]})"), HasSubstr("/user_id is not a user id"));
  EXPECT_THAT(why_corrupt(R"({"user_id":"","items":[]})"), HasSubstr("/user_id is not a user id"));
  EXPECT_THAT(why_corrupt(R"({"user_id":true,"items":[]})"), HasSubstr("/user_id"));
  EXPECT_THAT(why_corrupt(R"({"metadata":[],"items":[]})"), HasSubstr("/metadata is not an object"));
  EXPECT_THAT(why_corrupt(with_item("null")), HasSubstr("/items/0 is not an object"));
  EXPECT_THAT(why_corrupt(with_item("1")), HasSubstr("/items/0 is not an object"));
}

TEST(JsonCart, IsCorruptWhereAQuantityIsNone) {
  for (const char* quantity : {"0", "-1", "1.5", "1.0", "1e0", R"("2")", "null", "true", "1000000000000", "1e400",
                               "99999999999999999999", "[]"})
    EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A","quantity":)" + std::string(quantity) + "}")),
                HasSubstr("/items/0/quantity"))
        << quantity;
  EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A"})")), HasSubstr("/items/0/quantity"));
  const std::string most = R"({"product_id":"A","quantity":999999999999})";
  EXPECT_THAT(why_corrupt(with_item(most + "," + most)), HasSubstr("too many pieces"));
}

TEST(JsonCart, IsCorruptWhereAPriceIsNone) {
  const auto priced = [](const std::string& price) {
    return why_corrupt(with_item(R"({"product_id":"A","quantity":1,"price":)" + price + "}"));
  };
  EXPECT_THAT(priced("19.999"), HasSubstr("/items/0/price has more decimals than EUR"));
  EXPECT_THAT(priced("-0.01"), HasSubstr("/items/0/price is negative"));
  EXPECT_THAT(priced("1e400"), HasSubstr("/items/0/price is larger"));
  EXPECT_THAT(priced("NaN"), HasSubstr("not JSON"));
  EXPECT_THAT(priced("Infinity"), HasSubstr("not JSON"));
  EXPECT_THAT(priced(R"("NaN")"), HasSubstr("/items/0/price is not a decimal number"));
  for (const char* price : {"true", "[]", "{}", R"("")", R"("12,99")"})
    EXPECT_THAT(priced(price), HasSubstr("/items/0/price is not a decimal number")) << price;
}

TEST(JsonCart, IsCorruptWhereAProductIsNoSku) {
  for (const char* product : {R"("")", R"("a\nb")", R"("a\u001fb")", R"(".")", R"("..")", "null", "1.5", "-1", "true"})
    EXPECT_THAT(why_corrupt(with_item(R"({"quantity":1,"product_id":)" + std::string(product) + "}")),
                HasSubstr("/items/0/product_id"))
        << product;
  EXPECT_THAT(why_corrupt(with_item(R"({"quantity":1,"product_id":")" + std::string(129, 'x') + "\"}")),
              HasSubstr("/items/0/product_id"));
  EXPECT_EQ(read(with_item(R"({"quantity":1,"product_id":"blue mug"})"))->lines.at(0).id.str(), "blue mug");
}

TEST(JsonCart, IsCorruptWhereAStoreCouldNotKeepATextAsItIs) {
  EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A","quantity":1,"name":"a\tb"})")), HasSubstr("/items/0/name"));
  EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A","quantity":1,"name":["a"]})")), HasSubstr("/items/0/name"));
  EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A","quantity":1,"name":")" + std::string(4097, 'x') + "\"}")),
              HasSubstr("/items/0/name is too long"));
  EXPECT_THAT(why_corrupt(with_item("{\"product_id\":\"\xC3\x28\",\"quantity\":1}")), HasSubstr("UTF-8"));
  EXPECT_THAT(why_corrupt(with_item(R"({"product_id":"A","quantity":1,"name":"\ud800"})")), HasSubstr("UTF-8"));
}

TEST(JsonCart, MetadataMayNestAsDeepAsInARequest) {
  const auto nested = [](int levels) {
    std::string text;
    for (int i = 0; i < levels; ++i) text += R"({"a":)";
    text += "1" + std::string(static_cast<std::size_t>(levels), '}');
    return with_item(R"({"product_id":"A","quantity":1,"metadata":)" + text + "}");
  };
  EXPECT_TRUE(read(nested(16)));
  EXPECT_THAT(why_corrupt(nested(17)), HasSubstr("nests deeper"));
  EXPECT_THAT(why_corrupt(nested(100'000)), HasSubstr("nests deeper"));
}

TEST(JsonCart, HasBoundsInBytesAndLines) {
  std::string items;
  for (int i = 0; i < 10'000; ++i) items += R"({"quantity":1,"name":"n","product_id":)" + std::to_string(i) + "},";
  const auto cart = read(with_item(items.substr(0, items.size() - 1)));
  ASSERT_TRUE(cart) << cart.error().detail;
  EXPECT_EQ(cart->lines.size(), 10'000U);
  EXPECT_THAT(why_corrupt(with_item(items + R"({"quantity":1,"product_id":"one more"})")), HasSubstr("more lines"));
  EXPECT_TRUE(read(with_item(items + R"({"quantity":1,"name":"n","product_id":1})"))) << "it is no other line";
  EXPECT_THAT(why_corrupt(with_item("") + std::string(max_json_cart_bytes, ' ')),
              HasSubstr("is larger than 2097152 bytes"));
}

TEST(JsonCart, IsRecognizedWhetherItCanBeReadOrNot) {
  EXPECT_TRUE(looks_like_json_cart(R"({"items":[]})"));
  EXPECT_TRUE(looks_like_json_cart(with_item(R"({"product_id":"","quantity":-1})")));
  for (const char* text : {"", "5", "[]", "{}", R"({"items":null})", R"({"items":{}})", "{", "a session"})
    EXPECT_FALSE(looks_like_json_cart(text)) << text;
}

}  // namespace
}  // namespace cartd::format
