// Labels of lines, and patches of what lines and carts say of themselves.
#include "domain/cart_fixture.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace cartd {
namespace {

using test::money;
using test::sku;

class DescriptionOf : public test::CartFixture {};

TEST_F(DescriptionOf, ALineLeavesItsQuantityAlone) {
  effect(Add{sku("A"), 3, {"Mug", money(1299, "EUR"), R"({"a":1,"b":{"c":2}})"}});
  EXPECT_EQ(effect(patching(sku("A"), R"({"a":null,"b":{"d":3}})")), Effect::changed);
  EXPECT_EQ(quantity("A"), 3);
  EXPECT_EQ(details("A")->name, "Mug");
  EXPECT_EQ(details("A")->metadata, R"({"b":{"c":2,"d":3}})");
  EXPECT_EQ(effect(Describe{sku("A"), {"", std::optional<Money>(), {}}}), Effect::changed);
  EXPECT_EQ(details("A")->name, "");
  EXPECT_EQ(details("A")->unit_price, std::nullopt);
  EXPECT_EQ(effect(Describe{sku("A"), none()}), Effect::changed);
  EXPECT_EQ(details("A"), nullptr);
  EXPECT_EQ(quantity("A"), 3);
}

TEST_F(DescriptionOf, ALineThatStaysAsItIsChangesNothing) {
  effect(Add{sku("A"), 3, {"Mug", {}, R"({"a":1})"}});
  EXPECT_EQ(effect(Describe{sku("A"), named("Mug")}), Effect::unchanged);
  EXPECT_EQ(effect(patching(sku("A"), "{}")), Effect::unchanged);
  EXPECT_EQ(effect(patching(sku("A"), R"({"z":null})")), Effect::unchanged);
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(DescriptionOf, ALineThatIsNotThereIsRefused) {
  EXPECT_EQ(apply(Describe{sku("A"), named("Mug")}).error().code, Errc::not_found);
  effect(Add{labelled("A", "red"), 1});
  EXPECT_EQ(apply(Describe{sku("A"), named("Mug")}).error().code, Errc::not_found);
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(DescriptionOf, ALineThatHasGoneSinceItWasAcceptedDoesNothing) {
  ApplyContext context{CommandId{producer, ++sequence}, now, ttl, limits};
  context.enforce_preconditions = false;
  EXPECT_EQ(cartd::apply(record, Change{Batch{{Describe{sku("A"), named("Mug")}}}}, context).value().effect,
            Effect::unchanged);
}

TEST_F(DescriptionOf, ALineKeepsTheMetadataWithinItsLimit) {
  limits.max_line_metadata_bytes = 16;
  effect(Add{sku("A"), 1, {{}, {}, R"({"a":"12345"})"}});
  const Error error = apply(patching(sku("A"), R"({"b":"123"})")).error();
  EXPECT_EQ(error.code, Errc::limit_exceeded);
  EXPECT_EQ(error.pointer, "/metadata");
  EXPECT_EQ(error.limit, "line_metadata_bytes");
  EXPECT_EQ(details("A")->metadata, R"({"a":"12345"})");
}

class LabelsOf : public test::CartFixture {};

TEST_F(LabelsOf, LinesTellThemApart) {
  effect(Add{sku("A"), 1, named("plain")});
  effect(Add{labelled("A", "red"), 2, named("red")});
  effect(Add{labelled("A", "red"), 3});
  effect(Add{labelled("A", "blue"), 1});
  EXPECT_EQ(quantity("A"), 1);
  EXPECT_EQ(quantity("A\x1Fred"), 5);
  EXPECT_EQ(quantity("A\x1F"
                     "blue"),
            1);
  EXPECT_EQ(details("A\x1Fred")->name, "red");
  effect(Remove{labelled("A", "red"), 5});
  EXPECT_EQ(quantity("A\x1Fred"), 0);
  EXPECT_EQ(quantity("A"), 1);
  effect(RemoveLine{sku("A")});
  EXPECT_EQ(order(), std::vector<std::string>{"A\x1F"
                                              "blue"});
}

TEST_F(LabelsOf, LinesShareTheLimitOfTheirSku) {
  limits.max_quantity = 10;
  effect(Add{labelled("A", "red"), 6});
  effect(Add{sku("A"), 3});
  for (const LineCommand& command : {LineCommand(Add{sku("A"), 2}), LineCommand(Add{labelled("A", "red"), 2}),
                                     LineCommand(Add{labelled("A", "new"), 2}), LineCommand(Set{sku("A"), 5}),
                                     LineCommand(Set{labelled("A", "red"), 8})}) {
    const Error error = apply(command).error();
    EXPECT_EQ(error.code, Errc::limit_exceeded);
    EXPECT_EQ(error.limit, "quantity");
  }
  EXPECT_EQ(effect(Add{labelled("A", "red"), 1}), Effect::changed);
  EXPECT_EQ(effect(Add{sku("AB"), 10}), Effect::changed) << "another SKU that begins with the same text";
  EXPECT_EQ(effect(Command(Batch{{RemoveLine{sku("A")}, Add{labelled("A", "new"), 3}}})), Effect::changed);
}

TEST_F(LabelsOf, LinesMayBecomeFewerWhereThereAreTooMany) {
  effect(Add{sku("A"), 9});
  effect(Add{labelled("A", "red"), 9});
  limits.max_quantity = 10;
  EXPECT_EQ(effect(Set{sku("A"), 5, named("Mug")}), Effect::changed);
  EXPECT_EQ(effect(Set{sku("A"), 5}), Effect::unchanged);
  EXPECT_EQ(apply(Set{sku("A"), 6}).error().code, Errc::limit_exceeded);
  EXPECT_EQ(apply(Add{sku("A"), 1}).error().code, Errc::limit_exceeded);
}

TEST_F(LabelsOf, OtherLinesOfTheSkuAreComparedWhenTheirNumberMatters) {
  effect(Add{sku("A"), 1});
  effect(Add{labelled("A", "red"), 2});
  effect(Add{sku("B"), 1});
  const ApplyContext context{CommandId{producer, ++sequence}, now, ttl, limits};
  const Decision decision = decide(record, Change{Batch{{Add{sku("A"), 1}}}}, context).value();
  ASSERT_EQ(decision.edits.lines.size(), 2U);
  EXPECT_EQ(decision.edits.lines[1].line, labelled("A", "red"));
  EXPECT_EQ(decision.edits.lines[1].seen, 2);
  EXPECT_EQ(decision.edits.lines[1].quantity, 2);
}

class MetadataOf : public test::CartFixture {};

TEST_F(MetadataOf, ACartIsMerged) {
  effect(Annotate{R"({"coupon":"X","n":1.0})", {}});
  EXPECT_EQ(effect(Annotate{R"({"note":"ring twice"})", {}}), Effect::changed);
  EXPECT_EQ(cart().metadata, R"({"coupon":"X","n":1.0,"note":"ring twice"})");
  EXPECT_EQ(effect(Annotate{R"({"coupon":null})", {}}), Effect::changed);
  EXPECT_EQ(cart().metadata, R"({"n":1.0,"note":"ring twice"})");
  EXPECT_EQ(effect(Annotate{"{}", {}}), Effect::unchanged);
  EXPECT_EQ(effect(Annotate{"", {}}), Effect::changed);
  EXPECT_EQ(cart().metadata, "");
}

TEST_F(MetadataOf, ACartStaysWithinItsLimit) {
  limits.max_cart_metadata_bytes = 16;
  effect(Annotate{R"({"a":"12345"})", {}});
  const Error error = apply(Command(Annotate{R"({"b":"123"})", {}})).error();
  EXPECT_EQ(error.code, Errc::limit_exceeded);
  EXPECT_EQ(error.limit, "cart_metadata_bytes");
  EXPECT_EQ(cart().metadata, R"({"a":"12345"})");
}

}  // namespace
}  // namespace cartd
