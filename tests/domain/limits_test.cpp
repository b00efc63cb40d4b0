#include "domain/limits.h"

#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <optional>
#include <string>

namespace cartd {
namespace {

using test::cart_id;
using test::money;
using test::sku;

const Limits standard{};

std::optional<Error> fault(const Command& command, const Limits& limits = standard) {
  const auto enforce_preconditions = validate(command, limits);
  if (enforce_preconditions) return std::nullopt;
  return enforce_preconditions.error();
}

Command one(LineCommand command) { return Batch{{std::move(command)}}; }

Command with_details(DetailsPatch details) { return one(Add{sku("A"), 1, std::move(details)}); }

void expect_fault(const Command& command, Errc code, std::string_view pointer, std::string_view limit = "") {
  const auto error = fault(command);
  ASSERT_TRUE(error);
  EXPECT_EQ(error->code, code);
  EXPECT_EQ(error->pointer, pointer);
  EXPECT_EQ(error->limit, limit);
  EXPECT_FALSE(error->detail.empty());
}

TEST(Validate, AllowsQuantitiesFromOneToTheLimit) {
  EXPECT_FALSE(fault(one(Add{sku("A"), 1})));
  EXPECT_FALSE(fault(one(Add{sku("A"), 999'999})));
  EXPECT_FALSE(fault(one(Remove{sku("A"), 999'999})));
  EXPECT_FALSE(fault(one(Set{sku("A"), 0})));
  EXPECT_FALSE(fault(one(RemoveLine{sku("A")})));
  EXPECT_FALSE(fault(one(Clear{})));
}

TEST(Validate, RefusesQuantitiesOutOfRange) {
  for (const std::int64_t quantity :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1'000'000}, INT64_MAX, INT64_MIN}) {
    expect_fault(one(Add{sku("A"), quantity}), Errc::invalid, "/quantity");
    expect_fault(one(Remove{sku("A"), quantity}), Errc::invalid, "/quantity");
    if (quantity != 0) expect_fault(one(Set{sku("A"), quantity}), Errc::invalid, "/quantity");
  }
}

TEST(Validate, HonoursAConfiguredQuantity) {
  Limits small;
  small.max_quantity = 5;
  EXPECT_FALSE(fault(one(Add{sku("A"), 5}), small));
  EXPECT_TRUE(fault(one(Add{sku("A"), 6}), small));
}

TEST(Validate, NamesTheSizeThatIsExceeded) {
  EXPECT_FALSE(fault(with_details({std::string(256, 'n'), {}, std::string(4096, 'm')})));
  expect_fault(with_details({std::string(257, 'n'), {}, ""}), Errc::limit_exceeded, "/name", "name_bytes");
  expect_fault(with_details({"", {}, std::string(4097, 'm')}), Errc::limit_exceeded, "/metadata",
               "line_metadata_bytes");
  EXPECT_FALSE(fault(Annotate{std::string(16'384, 'm'), std::nullopt}));
  expect_fault(Annotate{std::string(16'385, 'm'), std::nullopt}, Errc::limit_exceeded, "/metadata",
               "cart_metadata_bytes");
}

TEST(Validate, RefusesControlCharactersAndBadUtf8InNames) {
  expect_fault(with_details({"a\nb", {}, ""}), Errc::invalid, "/name");
  expect_fault(with_details({"\xff", {}, ""}), Errc::invalid, "/name");
}

TEST(Validate, BoundsPrices) {
  EXPECT_FALSE(fault(with_details({"", money(0, "EUR"), ""})));
  EXPECT_FALSE(fault(with_details({"", money(max_unit_price, "EUR"), ""})));
  expect_fault(with_details({"", money(-1, "EUR"), ""}), Errc::invalid, "/unit_price/amount_minor");
  expect_fault(with_details({"", money(max_unit_price + 1, "EUR"), ""}), Errc::invalid, "/unit_price/amount_minor");
  expect_fault(one(Set{sku("A"), 1, DetailsPatch{"", money(-1, "EUR"), ""}}), Errc::invalid,
               "/unit_price/amount_minor");
}

TEST(Validate, PointsToTheCommandOfABatch) {
  expect_fault(Batch{{Add{sku("A"), 1}, Clear{}, Add{sku("A"), 0}}}, Errc::invalid, "/2/quantity");
  expect_fault(Batch{{Add{sku("A"), 1}, Set{sku("B"), 1, DetailsPatch{std::string(300, 'n')}}}}, Errc::limit_exceeded,
               "/1/name", "name_bytes");
}

TEST(Validate, RefusesAnEmptyBatch) { expect_fault(Batch{}, Errc::invalid, ""); }

TEST(Validate, HasNothingAgainstDeleteAndTouch) {
  EXPECT_FALSE(fault(Delete{}));
  EXPECT_FALSE(fault(Touch{}));
}

TEST(TimeToLive, IsThatOfTheLongestPrefix) {
  const TtlPolicy policy{
      std::chrono::days(7),
      {{"guest-", std::chrono::hours(1)}, {"guest-vip-", std::chrono::hours(9)}, {"g", std::chrono::hours(2)}}};
  EXPECT_EQ(policy.ttl_of(cart_id("123")), std::chrono::days(7));
  EXPECT_EQ(policy.ttl_of(cart_id("guest-1")), std::chrono::hours(1));
  EXPECT_EQ(policy.ttl_of(cart_id("guest-vip-1")), std::chrono::hours(9));
  EXPECT_EQ(policy.ttl_of(cart_id("guest")), std::chrono::hours(2));
  EXPECT_EQ(TtlPolicy{}.ttl_of(cart_id("guest-1")), std::chrono::days(7));
}

RC_GTEST_PROP(Validate, AcceptsWhatTheOtherPropertiesRunOn, ()) {
  const Command command = *test::any_command();
  RC_ASSERT(validate(command, Limits{}).has_value());
}

}  // namespace
}  // namespace cartd
