#include "format/kept_json.h"

#include "domain/kept_carts.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace cartd::format {
namespace {

const Time now(Millis(1'795'341'600'123));

Result<ReadCart> read(const std::string& text) {
  const auto document = util::JsonDocument::parse(text);
  if (!document) return Error{Errc::malformed, document.error()};
  return kept_cart_from(document->root());
}

std::string written(const KeptCart& kept) {
  std::string text;
  append_kept_json(text, kept);
  return text;
}

std::string why(const std::string& text) {
  const auto cart = read(text);
  return cart ? "" : cart.error().detail;
}

RC_GTEST_PROP(KeptJson, ComesBackAsItWas, ()) {
  const KeptCart kept = *test::any_kept_cart(test::cart_id("123"), now);
  const auto again = read(written(kept));
  RC_ASSERT(again.has_value());
  RC_ASSERT(is_same(again->kept, kept));
  RC_ASSERT(again->kept.record.forget_at == kept.record.forget_at);
  RC_ASSERT(again->digest == digest_of(kept));
  RC_ASSERT(written(again->kept) == written(kept));
}

RC_GTEST_PROP(KeptJson, TwoCartsHaveOneDigestJustWhenTheyAreTheSame, ()) {
  const KeptCart one = *test::any_kept_cart(test::cart_id("123"), now);
  const KeptCart other = *test::any_kept_cart(test::cart_id("123"), now);
  RC_ASSERT((digest_of(one) == digest_of(other)) == is_same(one, other));
}

RC_GTEST_PROP(KeptJson, WhatWasChangedOnTheWayIsNoticed, ()) {
  const KeptCart kept = *test::any_kept_cart(test::cart_id("123"), now);
  std::string text = written(kept);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const char before = text[at];
  text[at] = *rc::gen::element('0', 'x', '"', '}', ',', ' ', '\x00', '\xff');
  RC_PRE(text[at] != before);
  const auto again = read(text);
  RC_ASSERT((!again || digest_of(again->kept) == digest_of(kept)));
}

// Files and other cartds hold it against theirs.
TEST(KeptJson, ADigestIsTheSameForEver) {
  KeptCart kept{CartRecord{Cart{test::cart_id("123")}}};
  kept.record.cart.version = 7;
  kept.record.cart.lines = {{test::sku("SKU123"), 2}};
  kept.record.cart.created_at = kept.record.cart.updated_at = now;
  kept.record.applied_sequences = {{1, 2}};
  EXPECT_EQ(digest_of(kept), "3ec4db837167c8d3552aab1dfd3506bb");
  EXPECT_EQ(digest_of(test::user_id("anna"), {{"name", "Anna"}}), "81e69aaee5778b57562608bdda255d1f");
}

TEST(KeptJson, AKindChangesTheDigestAndTheUsualOneDoesNot) {
  KeptCart kept{CartRecord{Cart{test::cart_id("123")}}};
  const std::string before = digest_of(kept);
  kept.record.cart.kind = kind_from("cart").value();
  EXPECT_EQ(digest_of(kept), before);
  kept.record.cart.kind = kind_from("saved").value();
  EXPECT_NE(digest_of(kept), before);
}

TEST(KeptJson, TimesOfACartOfPlainClientsDoNotCount) {
  KeptCart kept{CartRecord{Cart{test::cart_id("123")}}};
  kept.record.cart.lines = {{test::sku("A"), 2}};
  const std::string before = digest_of(kept);
  give_times(kept, now, std::chrono::hours(1), std::chrono::hours(24));
  EXPECT_TRUE(kept.record.cart.expires_at);
  EXPECT_EQ(digest_of(kept), before);
}

TEST(KeptJson, WhatIsWrongIsSaid) {
  EXPECT_EQ(why(R"({"v":1,"id":"123"})"), "");
  EXPECT_EQ(why("7"), "a cart must be an object");
  EXPECT_EQ(why(R"({"id":"123"})"), "the member v must be the version, 1");
  EXPECT_EQ(why(R"({"v":"1","id":"123"})"), "the member v must be the version, 1");
  EXPECT_EQ(why(R"({"v":2,"id":"123"})"), "version 2 is of a later cartd; this one reads version 1");
  EXPECT_NE(why(R"({"v":1,"id":"{}"})"), "");
  EXPECT_NE(why(R"({"v":1})"), "");
  for (const char* member : {R"("version":-1)",
                             R"("version":9007199254740992)",
                             R"("version":1.0)",
                             R"("created_at":"now")",
                             R"("expires_at":-1)",
                             R"("forget_at":253402300800000)",
                             R"("owner":"{}")",
                             R"("kind":"A")",
                             R"("kind":7)",
                             R"("metadata":{})",
                             R"("metadata":"[]")",
                             R"("lines":{})",
                             R"("lines":[{"sku":"A"}])",
                             R"("lines":[{"sku":"A","quantity":0}])",
                             R"("replay":"!")",
                             R"("replay":"AA")",
                             R"("replay":7)",
                             R"("checkouts":[7])",
                             R"("checkouts":["AA"])",
                             R"("digest":"0")",
                             R"("replaces":7)",
                             R"("other":1)"}) {
    const std::string text = R"({"v":1,"id":"123",)" + std::string(member) + "}";
    const std::string name = text.substr(19, text.find(':', 19) - 19 - 1);
    EXPECT_EQ(why(text), "the member " + name + " is none that can be read") << text;
  }
}

TEST(KeptJson, ACheckoutOfAnotherCartIsRefused) {
  KeptCart kept{CartRecord{Cart{test::cart_id("123")}}};
  Checkout checkout{CheckoutId::parse("abcdefghijklmnop").value(), test::cart_id("124")};
  checkout.lines = {{test::sku("A"), 1}};
  kept.checkouts = {std::make_shared<const Checkout>(checkout)};
  EXPECT_EQ(why(written(kept)), "the member checkouts is none that can be read");
}

TEST(KeptJson, AUserComesBackAsItWas) {
  const UserFields fields{{"name", "Ada"}, {"zero", std::string("a\0b", 3)}};
  std::string text;
  append_kept_json(text, test::user_id("ada"), fields);
  const auto document = util::JsonDocument::parse(text);
  const auto user = kept_user_from(document->root());
  ASSERT_TRUE(user);
  EXPECT_EQ(user->fields, fields);
  EXPECT_EQ(user->digest, digest_of(test::user_id("ada"), fields));
}

}  // namespace
}  // namespace cartd::format
