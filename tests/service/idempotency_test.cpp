#include "service/idempotency.h"

#include <gtest/gtest.h>

namespace cartd {
namespace {

Command add(std::int64_t quantity) { return Batch{{Add{*Sku::parse("A"), quantity}}}; }
IdempotencyKey key(const char* text) { return *IdempotencyKey::parse(text); }

TEST(IdempotencyTest, DigestsStayTheSameInEveryVersion) {
  const Idempotency known = idempotency_of(key("order-1"), add(2));
  // printf order-1 | openssl sha256 -binary | base64, the first 16 characters.
  EXPECT_EQ(known.key, "C6_iIVbSaYwUO4YE");
  EXPECT_EQ(known.key.size(), 16u);
  EXPECT_EQ(known.fingerprint.size(), 11u);
}

TEST(IdempotencyTest, TheSameCommandHasTheSameFingerprintUnderAnyKey) {
  EXPECT_EQ(idempotency_of(key("a"), add(2)).fingerprint, idempotency_of(key("b"), add(2)).fingerprint);
  EXPECT_NE(idempotency_of(key("a"), add(2)).key, idempotency_of(key("b"), add(2)).key);
}

TEST(IdempotencyTest, AnotherCommandHasAnotherFingerprint) {
  EXPECT_NE(idempotency_of(key("a"), add(2)).fingerprint, idempotency_of(key("a"), add(3)).fingerprint);
}

}  // namespace
}  // namespace cartd
