// What each command does to the lines of a cart.
#include "domain/cart_fixture.h"

namespace cartd {
namespace {

using test::money;
using test::sku;
using test::user_id;

using AddTo = test::CartFixture;
using RemoveFrom = test::CartFixture;
using SetIn = test::CartFixture;
using ClearOf = test::CartFixture;
using AnnotateOf = test::CartFixture;
using BatchOn = test::CartFixture;
using DetailsOf = test::CartFixture;

TEST_F(AddTo, CreatesTheCartAndTheLine) {
  EXPECT_EQ(effect(Add{sku("A"), 2}), Effect::changed);
  EXPECT_EQ(quantity("A"), 2);
  EXPECT_EQ(cart().version, 1U);
  EXPECT_EQ(cart().created_at, now);
  EXPECT_EQ(cart().updated_at, now);
  EXPECT_EQ(cart().expires_at, now + ttl);
}

TEST_F(AddTo, AddsToTheLineThatIsThere) {
  effect(Add{sku("A"), 2});
  const Time created = now;
  now += Millis(5);
  EXPECT_EQ(effect(Add{sku("A"), 3}), Effect::changed);
  EXPECT_EQ(quantity("A"), 5);
  EXPECT_EQ(cart().lines.size(), 1U);
  EXPECT_EQ(cart().version, 2U);
  EXPECT_EQ(cart().created_at, created);
  EXPECT_EQ(cart().updated_at, now);
}

TEST_F(AddTo, StopsAtTheLargestQuantity) {
  effect(Set{sku("A"), 999'998});
  EXPECT_EQ(effect(Add{sku("A"), 1}), Effect::changed);
  const auto refused = apply(Add{sku("A"), 1});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
  EXPECT_EQ(refused.error().limit, "quantity");
  EXPECT_EQ(refused.error().pointer, "/quantity");
  EXPECT_EQ(quantity("A"), 999'999);
  EXPECT_EQ(cart().version, 2U);
}

TEST_F(AddTo, StopsAtTheMostLines) {
  limits.max_lines = 2;
  effect(Add{sku("A"), 1});
  effect(Set{sku("B"), 1});
  for (const LineCommand& command : {LineCommand(Add{sku("C"), 1}), LineCommand(Set{sku("C"), 1})}) {
    const auto refused = apply(command);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
    EXPECT_EQ(refused.error().limit, "lines");
  }
  EXPECT_EQ(effect(Add{sku("A"), 1}), Effect::changed) << "a line that is there needs no room";
  EXPECT_EQ(effect(Set{sku("C"), 0}), Effect::unchanged);
  effect(RemoveLine{sku("A")});
  EXPECT_EQ(effect(Add{sku("C"), 1}), Effect::changed);
}

TEST_F(AddTo, RefusesMoreInALineThatAnotherWriterMadeTooLong) {
  record.cart.lines = {Line{sku("A"), 5'000'000}};
  EXPECT_EQ(apply(Add{sku("A"), 1}).error().limit, "quantity");
  EXPECT_EQ(effect(Remove{sku("A"), 1}), Effect::changed);
  EXPECT_EQ(quantity("A"), 4'999'999);
  EXPECT_EQ(effect(Set{sku("A"), 3}), Effect::changed);
}

TEST_F(RemoveFrom, NeverGoesBelowZero) {
  effect(Add{sku("A"), 5});
  EXPECT_EQ(effect(Remove{sku("A"), 2}), Effect::changed);
  EXPECT_EQ(quantity("A"), 3);
  EXPECT_EQ(effect(Remove{sku("A"), 999}), Effect::changed);
  EXPECT_TRUE(cart().lines.empty());
}

TEST_F(RemoveFrom, LetsALineOfNothingGo) {
  effect(Add{sku("A"), 5});
  effect(Remove{sku("A"), 5});
  EXPECT_TRUE(cart().lines.empty());
  EXPECT_TRUE(exists(cart()));
  EXPECT_EQ(cart().version, 2U);
}

TEST_F(RemoveFrom, LeavesAMissingLineMissing) {
  effect(Add{sku("A"), 5});
  EXPECT_EQ(effect(Remove{sku("B"), 1}), Effect::unchanged);
  EXPECT_EQ(effect(RemoveLine{sku("B")}), Effect::unchanged);
  EXPECT_EQ(cart().version, 1U);
  EXPECT_EQ(order(), std::vector<std::string>{"A"});
}

TEST_F(RemoveFrom, KeepsTheDetailsOfWhatIsLeft) {
  effect(Add{sku("A"), 5, named("Mug")});
  effect(Remove{sku("A"), 1});
  ASSERT_NE(details("A"), nullptr);
  EXPECT_EQ(details("A")->name, "Mug");
}

TEST_F(RemoveFrom, TakesAWholeLineWhateverItsQuantity) {
  effect(Add{sku("A"), 5, named("Mug")});
  effect(Add{sku("B"), 1});
  EXPECT_EQ(effect(RemoveLine{sku("A")}), Effect::changed);
  EXPECT_EQ(order(), std::vector<std::string>{"B"});
}

TEST_F(RemoveFrom, CreatesNoCart) {
  for (const LineCommand& command : {LineCommand(Remove{sku("A"), 1}), LineCommand(RemoveLine{sku("A")}),
                                     LineCommand(Set{sku("A"), 0}), LineCommand(Clear{})}) {
    EXPECT_EQ(effect(command), Effect::unchanged);
    EXPECT_EQ(cart(), Cart{test::cart_id("c1")});
    EXPECT_TRUE(record.applied_sequences.empty());
  }
}

TEST_F(SetIn, ReplacesTheQuantity) {
  EXPECT_EQ(effect(Set{sku("A"), 4}), Effect::changed);
  EXPECT_EQ(effect(Set{sku("A"), 2}), Effect::changed);
  EXPECT_EQ(quantity("A"), 2);
  EXPECT_EQ(cart().version, 2U);
}

TEST_F(SetIn, ChangesNothingWhenNothingDiffers) {
  effect(Set{sku("A"), 2, named("Mug")});
  EXPECT_EQ(effect(Set{sku("A"), 2}), Effect::unchanged);
  EXPECT_EQ(effect(Set{sku("A"), 2, named("Mug")}), Effect::unchanged);
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(SetIn, TakesTheLineAwayAtZero) {
  effect(Set{sku("A"), 2, named("Mug")});
  EXPECT_EQ(effect(Set{sku("A"), 0, named("Mug")}), Effect::changed);
  EXPECT_TRUE(cart().lines.empty());
  EXPECT_EQ(effect(Set{sku("A"), 0}), Effect::unchanged);
}

TEST_F(ClearOf, KeepsTheCartItsOwnerItsMetadataAndItsVersion) {
  effect(Add{sku("A"), 2, named("Mug")});
  effect(Annotate{R"({"gift":true})", user_id("u1")});
  const auto created = cart().created_at;
  now += Millis(5);
  EXPECT_EQ(effect(Clear{}), Effect::changed);
  EXPECT_TRUE(cart().lines.empty());
  EXPECT_EQ(cart().version, 3U);
  EXPECT_EQ(cart().owner, user_id("u1"));
  EXPECT_EQ(cart().metadata, R"({"gift":true})");
  EXPECT_EQ(cart().created_at, created);
  EXPECT_TRUE(exists(cart()));
  EXPECT_EQ(effect(Clear{}), Effect::unchanged);
}

TEST_F(AnnotateOf, CreatesACartWithoutLines) {
  EXPECT_EQ(effect(Annotate{std::nullopt, user_id("u1")}), Effect::changed);
  EXPECT_TRUE(exists(cart()));
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(AnnotateOf, ChangesOnlyWhatIsGiven) {
  effect(Annotate{R"({"a":1})", user_id("u1")});
  EXPECT_EQ(effect(Annotate{R"({"b":2})", std::nullopt}), Effect::changed);
  EXPECT_EQ(cart().metadata, R"({"a":1,"b":2})");
  EXPECT_EQ(cart().owner, user_id("u1"));
  EXPECT_EQ(effect(Annotate{std::nullopt, std::optional<UserId>()}), Effect::changed);
  EXPECT_EQ(cart().owner, std::nullopt);
  EXPECT_EQ(cart().metadata, R"({"a":1,"b":2})");
  EXPECT_EQ(effect(Annotate{"", std::nullopt}), Effect::changed);
  EXPECT_EQ(cart().metadata, "");
}

TEST_F(AnnotateOf, SetsAKindAndTheUsualOneAgain) {
  const auto kind = [](const char* name) { return Annotate{{}, {}, kind_from(name).value()}; };
  EXPECT_EQ(effect(kind("saved")), Effect::changed);
  EXPECT_EQ(cart().kind, CartKind::parse("saved").value());
  EXPECT_EQ(effect(kind("saved")), Effect::unchanged);
  EXPECT_EQ(effect(Annotate{std::nullopt, user_id("u1")}), Effect::changed);
  EXPECT_EQ(cart().kind, CartKind::parse("saved").value()) << "an owner says nothing of it";
  EXPECT_EQ(effect(kind("cart")), Effect::changed);
  EXPECT_FALSE(cart().kind);
  EXPECT_EQ(effect(kind("wishlist")), Effect::changed);
  EXPECT_EQ(effect(Delete{}), Effect::changed);
  EXPECT_FALSE(cart().kind);
}

TEST_F(AnnotateOf, ChangesNothingWhenNothingDiffers) {
  effect(Annotate{R"({"a":1})", user_id("u1")});
  EXPECT_EQ(effect(Annotate{R"({"a":1})", user_id("u1")}), Effect::unchanged);
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(AnnotateOf, CreatesNothingOutOfNothing) {
  EXPECT_EQ(effect(Annotate{"", std::optional<UserId>()}), Effect::unchanged);
  EXPECT_FALSE(exists(cart()));
}

TEST_F(BatchOn, TheCartIsOneChangeInOrder) {
  const Command batch =
      Batch{{Add{sku("A"), 2}, Add{sku("B"), 1}, Remove{sku("A"), 1}, Set{sku("B"), 7}, RemoveLine{sku("C")}}};
  EXPECT_EQ(effect(batch), Effect::changed);
  EXPECT_EQ(quantity("A"), 1);
  EXPECT_EQ(quantity("B"), 7);
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(BatchOn, TheCartIsRefusedWhole) {
  effect(Add{sku("A"), 2});
  const Cart before = cart();
  const auto refused = apply(Command(Batch{{Add{sku("B"), 1}, Clear{}, Set{sku("A"), 999'999}, Add{sku("A"), 1}}}));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::limit_exceeded);
  EXPECT_EQ(refused.error().pointer, "/3/quantity");
  EXPECT_EQ(refused.error().limit, "quantity");
  EXPECT_EQ(cart(), before);
}

TEST_F(BatchOn, TheCartMayMakeRoomForItself) {
  limits.max_lines = 1;
  effect(Add{sku("A"), 2});
  EXPECT_EQ(effect(Command(Batch{{RemoveLine{sku("A")}, Add{sku("B"), 1}}})), Effect::changed);
  EXPECT_EQ(apply(Command(Batch{{Add{sku("C"), 1}, RemoveLine{sku("B")}}})).error().pointer, "/0/sku");
}

TEST_F(BatchOn, TheCartChangesNothingWhenNoCommandDoes) {
  effect(Add{sku("A"), 2});
  EXPECT_EQ(effect(Command(Batch{{Set{sku("A"), 2}, Remove{sku("B"), 1}}})), Effect::unchanged);
  EXPECT_EQ(cart().version, 1U);
}

TEST_F(DetailsOf, ALineChangeWhereACommandNamesThemAndNowhereElse) {
  effect(Add{sku("A"), 1, {"Mug", money(1299, "EUR"), R"({"a":1})"}});
  effect(Add{sku("A"), 1});
  EXPECT_EQ(details("A")->name, "Mug");
  effect(Add{sku("A"), 1, named("Cup")});
  EXPECT_EQ(details("A")->name, "Cup");
  EXPECT_EQ(details("A")->unit_price, money(1299, "EUR"));
  EXPECT_EQ(details("A")->metadata, R"({"a":1})");
  effect(Set{sku("A"), 1, {{}, money(999, "EUR"), R"({"b":2})"}});
  EXPECT_EQ(details("A")->name, "Cup");
  EXPECT_EQ(details("A")->unit_price, money(999, "EUR"));
  EXPECT_EQ(details("A")->metadata, R"({"b":2})") << "merged only by Describe";
}

TEST_F(DetailsOf, ALineGoWhenNothingIsLeftOfThem) {
  effect(Add{sku("A"), 1, named("Mug")});
  EXPECT_EQ(effect(Set{sku("A"), 1, none()}), Effect::changed);
  EXPECT_EQ(details("A"), nullptr);
  EXPECT_EQ(effect(Set{sku("A"), 1, none()}), Effect::unchanged);
}

TEST_F(DetailsOf, ALineKeepTheTimeOfTheFirst) {
  effect(Add{sku("A"), 1});
  now += Millis(10);
  const Time first = now;
  effect(Add{sku("A"), 1, named("Mug")});
  EXPECT_EQ(details("A")->added_at, first);
  now += Millis(10);
  effect(Set{sku("A"), 9, named("Cup")});
  EXPECT_EQ(details("A")->added_at, first);
  effect(Set{sku("A"), 9, none()});
  now += Millis(10);
  effect(Set{sku("A"), 9, named("Cup")});
  EXPECT_EQ(details("A")->added_at, now) << "a bare line begins anew";
}

TEST_F(DetailsOf, ALineThatLeftAndCameBackAreNew) {
  effect(Add{sku("A"), 1, named("Mug")});
  effect(RemoveLine{sku("A")});
  now += Millis(10);
  effect(Add{sku("A"), 1});
  EXPECT_EQ(details("A"), nullptr);
  effect(Add{sku("A"), 1, named("Mug")});
  EXPECT_EQ(details("A")->added_at, now);
}

TEST_F(DetailsOf, LinesDecideTheOrder) {
  effect(Add{sku("Z"), 1});
  effect(Add{sku("Y"), 1});
  effect(Add{sku("X"), 1, named("x")});
  now += Millis(10);
  effect(Add{sku("A"), 1, named("a")});
  effect(Add{sku("B"), 1, named("b")});
  EXPECT_EQ(order(), (std::vector<std::string>{"X", "A", "B", "Y", "Z"}));
  now += Millis(10);
  effect(Add{sku("Z"), 1, named("z")});
  EXPECT_EQ(order(), (std::vector<std::string>{"X", "A", "B", "Z", "Y"}));
  effect(Set{sku("A"), 5, none()});
  EXPECT_EQ(order(), (std::vector<std::string>{"X", "B", "Z", "A", "Y"}));
  effect(Set{sku("X"), 5, named("new name")});
  EXPECT_EQ(order(), (std::vector<std::string>{"X", "B", "Z", "A", "Y"}));
}

}  // namespace
}  // namespace cartd
