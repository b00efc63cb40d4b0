#include "domain/ids.h"

#include <gtest/gtest.h>

#include <string>
#include <unordered_set>

namespace cartd {
namespace {

template <class Id>
class Identifiers : public testing::Test {};
using IdTypes = testing::Types<CartId, UserId>;
TYPED_TEST_SUITE(Identifiers, IdTypes);

TYPED_TEST(Identifiers, TakeWhatIsSafeInARedisKey) {
  for (const char* text : {"1", "guest-1", "A.b_c:d@e~f-9", "user:42", "...", ".a", "~",
                           "gid://shop/Cart/Z2NwLXVz=", "a+b/c==", "1|2,3", "$!"}) {
    const auto id = TypeParam::parse(text);
    ASSERT_TRUE(id) << text;
    EXPECT_EQ(id->str(), text);
  }
}

TYPED_TEST(Identifiers, RefuseBracesBlanksGlobsAndOtherBytes) {
  for (const char* text : {"",      " ", "a b",  "{a}", "a}",  "*",   "a?",  "[a]",   "a\\b", "a\n",
                           "a\x7f", "é", "\xff", "a;b", "a&b", "a'b", "(a)", "a%20b", "a\"b", "a#"}) {
    const auto id = TypeParam::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, Errc::invalid);
    EXPECT_FALSE(id.error().detail.empty());
  }
  EXPECT_FALSE(TypeParam::parse(std::string_view("a\0b", 3)));
}

TYPED_TEST(Identifiers, AreNoDotSegmentsBecauseClientsRemoveThoseFromPaths) {
  for (const char* text : {".", ".."}) {
    const auto id = TypeParam::parse(text);
    ASSERT_FALSE(id) << text;
    EXPECT_EQ(id.error().code, Errc::invalid);
    EXPECT_NE(id.error().detail.find("may not be . or .."), std::string::npos) << id.error().detail;
  }
}

TYPED_TEST(Identifiers, AreAtMost128Bytes) {
  EXPECT_TRUE(TypeParam::parse(std::string(128, 'a')));
  EXPECT_FALSE(TypeParam::parse(std::string(129, 'a')));
}

TEST(SkuText, TakesAnyTextWithoutControlCharacters) {
  for (const char* text : {"A", "SKU 1/2", "{x}", "*", "é€😀", "a\"b\\c"}) EXPECT_TRUE(Sku::parse(text)) << text;
  for (const char* text : {"", "a\n", "\t", "a\x7f", "\xC2\x85", "\xff", "\xC0\xAF"})
    EXPECT_FALSE(Sku::parse(text)) << text;
  EXPECT_FALSE(Sku::parse(std::string_view("\0", 1)));
}

TEST(SkuText, IsNoDotSegmentBecauseClientsRemoveThoseFromPaths) {
  for (const char* text : {".", ".."}) {
    const auto sku = Sku::parse(text);
    ASSERT_FALSE(sku) << text;
    EXPECT_NE(sku.error().detail.find("may not be . or .."), std::string::npos) << sku.error().detail;
  }
  for (const char* text : {"...", ". ", "./", "a.."}) EXPECT_TRUE(Sku::parse(text)) << text;
}

TEST(SkuText, IsCountedInBytes) {
  std::string euros;
  for (int i = 0; i < 42; ++i) euros += "€";
  EXPECT_TRUE(Sku::parse(euros + "ab"));    // 128
  EXPECT_FALSE(Sku::parse(euros + "abc"));  // 129
}

TEST(IdempotencyKeyText, IsOneTo255PrintableCharacters) {
  for (const std::string& text : {std::string("k"), std::string(255, '!'), std::string("{\"~\"}"), std::string("a b")})
    EXPECT_TRUE(IdempotencyKey::parse(text)) << text;
  for (const std::string& text :
       {std::string(), std::string(256, 'k'), std::string("é"), std::string("\x7f"), std::string("\t")})
    EXPECT_FALSE(IdempotencyKey::parse(text)) << text;
}

TEST(Names, AreOrderedBytewiseAndHashable) {
  const Sku upper = Sku::parse("Z").value();
  const Sku lower = Sku::parse("a").value();
  const Sku accent = Sku::parse("é").value();
  EXPECT_LT(upper, lower);
  EXPECT_LT(lower, accent);
  EXPECT_EQ(std::unordered_set<Sku>({upper, lower, upper}).size(), 2U);
}

}  // namespace
}  // namespace cartd
