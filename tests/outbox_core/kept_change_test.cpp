#include "outbox/core/kept_change.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace cartd {
namespace {

class KeptChangeTest : public testing::Test {
 protected:
  static Sku sku(const std::string& text) { return *Sku::parse(text); }

  const Change plain_add_{Batch{{Add{sku("A"), 1}}}};
};

TEST_F(KeptChangeTest, IsTheSameWhenItIsUnpacked) {
  const DetailsPatch details{"Mug", std::optional<Money>(), R"({"a":1})", false, R"({"size":"L"})"};
  const Idempotency idempotency{"key-------------", "fingerprint"};
  for (const Change& change :
       {plain_add_, Change{Batch{{Set{sku("a long stock keeping unit"), 3, details}, Clear{}}}, 7, idempotency},
        Change{Annotate{R"({"m":2})", std::optional<UserId>()}}, Change{Delete{}}, Change{Touch{}}}) {
    KeptChange kept(change);
    kept.pack();
    kept.pack();
    for (const Change& unpacked : {kept.copy(), kept.value()}) {
      EXPECT_EQ(unpacked.command, change.command);
      EXPECT_EQ(unpacked.expected_version, change.expected_version);
      EXPECT_EQ(unpacked.idempotency, change.idempotency);
    }
  }
}

TEST_F(KeptChangeTest, TakesLittleWhilePacked) {
  KeptChange kept(plain_add_);
  const std::size_t whole = kept.bytes();
  kept.pack();
  EXPECT_LE(kept.bytes(), 32U);
  (void)kept.copy();
  EXPECT_LE(kept.bytes(), 32U);
  (void)kept.value();
  EXPECT_EQ(kept.bytes(), whole);
}

}  // namespace
}  // namespace cartd
