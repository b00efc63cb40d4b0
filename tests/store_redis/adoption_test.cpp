// Carts of another service, JSON texts where a cart's hash belongs: read, and replaced by their first command.
#include "store_redis/adoption_fixture.h"
#include "support/parameter_name.h"

#include <algorithm>

namespace cartd::test {
namespace {

TEST_P(Adoption, ReadingShowsTheCartAndWritesNothing) {
  auto store = carts();
  set(json());
  plain({"PEXPIRE", "cart:123", "3600000"});
  const auto cart = find(store);
  ASSERT_TRUE(cart) << cart.error().detail;
  EXPECT_EQ(cart->version, 0U);
  EXPECT_EQ(cart->owner, *UserId::parse("ada"));
  ASSERT_EQ(cart->lines.size(), 2U);
  EXPECT_EQ(cart->lines[0].id.str(), "MUG");
  EXPECT_EQ(cart->lines[0].quantity, 2);
  EXPECT_EQ(cart->lines[0].details->unit_price, (Money{1290, *Currency::parse("EUR")}));
  EXPECT_EQ(cart->lines[0].details->metadata, R"({"gift":true})");
  ASSERT_TRUE(cart->expires_at);
  const auto left = *cart->expires_at - now_ms(clock_);
  EXPECT_GT(left, 50min);
  EXPECT_LE(left, 60min);
  EXPECT_EQ(find(store)->lines, cart->lines);
  EXPECT_EQ(text(), json());
  EXPECT_EQ(plain({"EXISTS", "{cart:123}:meta"}).integer, 0);
  EXPECT_TRUE(events_.empty());
  plain({"PERSIST", "cart:123"});
  EXPECT_FALSE(find(store)->expires_at) << "its first command gives it one";
}

TEST_P(Adoption, TheFirstCommandPutsHashesInItsPlace) {
  auto store = carts();
  set(json());
  const auto applied = apply(store, add(mug, 3));
  ASSERT_TRUE(applied) << applied.error().detail;
  EXPECT_EQ(applied->cart.version, 1U);
  EXPECT_EQ(quantity_of(applied->cart, "MUG"), 5);
  EXPECT_EQ(quantity_of(applied->cart, "CUP"), 1);
  EXPECT_EQ(type(), "hash");
  EXPECT_EQ(field("cart:123", "MUG"), "5");
  EXPECT_EQ(field("cart:123", "CUP"), "1");
  EXPECT_EQ(plain({"HLEN", "cart:123"}).integer, 2);
  EXPECT_EQ(field("{cart:123}:meta", "o"), "ada");
  EXPECT_TRUE(field("{cart:123}:meta", "l:MUG"));
  EXPECT_GT(plain({"PTTL", "cart:123"}).integer, 6 * 86'400'000LL);
  EXPECT_EQ(events_, std::vector<std::string>{"adopted 123"});
  auto other = other_carts();
  EXPECT_EQ(*find(other), applied->cart) << "as another process sees it";
  ASSERT_TRUE(apply(store, add(mug, 1))) << "from the cache";
  EXPECT_EQ(field("cart:123", "MUG"), "6");
}

TEST_P(Adoption, EveryCommandMayBeTheFirst) {
  DetailsPatch details;
  details.name = "Blue mug";
  Annotate annotate;
  annotate.metadata = R"({"note":"x"})";
  annotate.owner = std::optional<UserId>();
  const std::vector<Command> commands{add(mug, 1),
                                      add(pen, 2),
                                      Batch{{Add{LineId(mug, *LineLabel::parse("red")), 2}, Add{pen, 1}}},
                                      Batch{{Set{mug, 7, details}}},
                                      Batch{{Set{mug, 0}}},
                                      Batch{{Remove{mug, 1}}},
                                      Batch{{RemoveLine{mug}}},
                                      Batch{{Describe{mug, details}}},
                                      Batch{{Clear{}}},
                                      Batch{{Reprice{mug, Money{5, *Currency::parse("EUR")}}}},
                                      annotate,
                                      Delete{},
                                      Touch{}};
  for (std::size_t i = 0; i < commands.size(); ++i) {
    SCOPED_TRACE(i);
    auto store = carts();
    plain({"DEL", "cart:123"});
    plain({"DEL", "{cart:123}:meta"});
    set(json());
    const auto loaded = run(store.load(id_, soon()));
    ASSERT_TRUE(loaded);
    const ApplyRequest one = request(commands[i], id_);
    CartRecord expected = loaded->snapshot->record;
    const ApplyContext context{one.command_id, now_ms(clock_), policy_.ttl.ttl_of(id_), policy_.limits};
    ASSERT_TRUE(cartd::apply(expected, one.change, context));
    const auto applied = run(execute(store, one, policy_, clock_));
    ASSERT_TRUE(applied) << applied.error().detail;
    EXPECT_NE(type(), "string");
    auto other = other_carts();
    const auto cart = find(other);
    ASSERT_TRUE(cart) << cart.error().detail;
    EXPECT_EQ(cart->lines, expected.cart.lines);
    EXPECT_EQ(cart->owner, expected.cart.owner);
    EXPECT_EQ(cart->metadata, expected.cart.metadata);
    EXPECT_EQ(cart->version, expected.cart.version);
    EXPECT_EQ(applied->cart.lines, cart->lines);
    ASSERT_TRUE(apply(store, add(pen, 1)));
    EXPECT_EQ(quantity_of(*find(other), "PEN"), quantity_of(expected.cart, "PEN") + 1);
  }
}

TEST_P(Adoption, ACartWithoutItemsIsDeletedToo) {
  auto store = carts();
  set(R"({"cart_id":"123","user_id":"ada","items":[],"coupon":"VIP"})");
  ASSERT_TRUE(apply(store, Delete{}));
  EXPECT_NE(type(), "string");
  const auto applied = apply(store, add(pen, 1));
  ASSERT_TRUE(applied) << applied.error().detail;
  EXPECT_FALSE(applied->cart.owner);
  EXPECT_EQ(applied->cart.metadata, "");
}

TEST_P(Adoption, ACommitOnATextThatHasChangedIsDecidedAgain) {
  auto store = carts();
  set(json(2));
  const auto loaded = run(store.load(id_, soon()));
  ASSERT_TRUE(loaded);
  const ApplyRequest one = request(add(mug, 1), id_);
  const ApplyContext context{one.command_id, now_ms(clock_), policy_.ttl.ttl_of(id_), policy_.limits};
  const auto decision = decide(loaded->snapshot->record, one.change, context);
  ASSERT_TRUE(decision);
  for (const std::string& now : {json(9), json(2) + " ", json(2).substr(1), std::string()}) {
    if (now.empty()) plain({"DEL", "cart:123"});
    else set(now);
    CommitRequest commit{id_, loaded->snapshot, decision->edits, true, soon()};
    const auto committed = run(store.commit(std::move(commit)));
    if (now == json(2).substr(1)) {
      ASSERT_FALSE(committed);
      EXPECT_EQ(committed.error().code, Errc::corrupt);
      EXPECT_EQ(text(), now);
      continue;
    }
    ASSERT_TRUE(committed) << committed.error().detail;
    EXPECT_FALSE(committed->was_current);
    const std::int64_t mugs = now.empty() ? 0 : now == json(9) ? 9 : 2;
    EXPECT_EQ(quantity_of(committed->snapshot->record.cart, "MUG"), mugs);
    EXPECT_EQ(plain({"EXISTS", "{cart:123}:meta"}).integer, 0);
  }
}

TEST_P(Adoption, OfTwoProcessesTheSecondGoesOnFromTheFirst) {
  auto store = carts();
  auto other = other_carts();
  set(json());
  const auto seen = run(other.load(id_, soon()));
  ASSERT_TRUE(apply(store, add(mug, 1)));
  const ApplyRequest one = request(add(mug, 1), id_);
  const ApplyContext context{one.command_id, now_ms(clock_), policy_.ttl.ttl_of(id_), policy_.limits};
  CommitRequest commit{id_, seen->snapshot, decide(seen->snapshot->record, one.change, context)->edits, true, soon()};
  const auto committed = run(other.commit(std::move(commit)));
  ASSERT_TRUE(committed);
  EXPECT_FALSE(committed->was_current);
  EXPECT_EQ(quantity_of(committed->snapshot->record.cart, "MUG"), 3);
  EXPECT_EQ(events_, std::vector<std::string>{"adopted 123"});
}

// An older service goes on writing: its newest text is the cart, from which cartd goes on. Nothing is doubled.
TEST_P(Adoption, ATextOverACartIsAdoptedAgain) {
  auto store = carts();
  set(json());
  DetailsPatch details;
  details.name = "Pen";
  ASSERT_TRUE(apply(store, Batch{{Add{pen, 4, details}}}));
  ASSERT_TRUE(apply(store, add(mug, 1)));
  const std::vector<Command> commands{add(mug, 1), add(Sku(*Sku::parse("NEW")), 1), Batch{{Set{pen, 2}}}, Touch{},
                                      Annotate{}};
  std::uint64_t version = 2;
  for (const Command& command : commands) {
    SCOPED_TRACE(version);
    set(json(6));
    const auto cart = find(store);
    ASSERT_TRUE(cart) << cart.error().detail;
    EXPECT_EQ(cart->version, version);
    EXPECT_EQ(quantity_of(*cart, "MUG"), 6);
    EXPECT_EQ(quantity_of(*cart, "PEN"), 0) << "that is not in the text";
    ASSERT_TRUE(apply(store, add(mug, 1)));
    set(json(8));
    const ApplyRequest one = request(command, id_);
    const auto applied = run(execute(store, one, policy_, clock_));  // On what the store remembers.
    ASSERT_TRUE(applied) << applied.error().detail;
    EXPECT_GE(quantity_of(applied->cart, "MUG"), 8);
    EXPECT_EQ(type(), "hash");
    const auto repeated = run(execute(store, one, policy_, clock_));
    ASSERT_TRUE(repeated);
    EXPECT_EQ(repeated->outcome.effect, Effect::duplicate);
    version = applied->cart.version;
    auto other = other_carts();
    EXPECT_EQ(*find(other), applied->cart);
  }
  EXPECT_FALSE(field("{cart:123}:meta", "l:NEW"));
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "adopted 123"), 1);
  EXPECT_EQ(std::count(events_.begin(), events_.end(), "again 123"), static_cast<std::ptrdiff_t>(2 * commands.size()));
  ASSERT_TRUE(apply(store, Delete{}));
  set(json(3));
  EXPECT_EQ(find(store)->version, version + 1);
  EXPECT_EQ(quantity_of(apply(store, add(mug, 1))->cart, "MUG"), 4);
}

TEST_P(Adoption, ACommandThatLooksAtNoLineNoticesTheText) {
  auto store = carts();
  set(json());
  ASSERT_TRUE(apply(store, add(mug, 1)));
  set(json(6));
  Annotate annotate;
  annotate.metadata = R"({"note":"x"})";
  ApplyRequest one = request(annotate, id_);
  one.answer = Answer::version;
  ASSERT_TRUE(run(execute(store, one, policy_, clock_)));
  EXPECT_EQ(type(), "hash");
  EXPECT_EQ(quantity_of(*find(store), "MUG"), 6);
  EXPECT_EQ(find(store)->metadata, R"({"note":"x"})");
}

INSTANTIATE_TEST_SUITE_P(Servers, Adoption, testing::ValuesIn(adoption_deployments()), parameter_name);

}  // namespace
}  // namespace cartd::test
