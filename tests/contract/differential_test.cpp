// Random command sequences: every store must answer each of them as domain::apply does.
#include "contract/store_under_test.h"
#include "domain/decide.h"
#include "support/parameter_name.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <memory>
#include <ostream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace cartd {

// What a failure shows of the values it compares.
void showValue(const Cart& cart, std::ostream& os) {
  const auto ms = [](std::optional<Time> time) {
    return time ? std::to_string(time->time_since_epoch().count()) : "-";
  };
  os << 'v' << cart.version << " owner " << (cart.owner ? cart.owner->str() : "-") << " kind " << name_of(cart.kind)
     << " metadata " << cart.metadata << " created " << ms(cart.created_at) << " updated " << ms(cart.updated_at)
     << " expires " << ms(cart.expires_at);
  for (const Line& line : cart.lines)
    os << " [" << line.id.str() << " x" << line.quantity << (line.details ? " detailed]" : "]");
}

void showValue(const std::vector<AppliedSequence>& applied_sequences, std::ostream& os) {
  for (const AppliedSequence& last : applied_sequences) os << " applied " << last.producer << '-' << last.sequence;
}

void showValue(const Result<CommandAnswer>& result, std::ostream& os) {
  if (!result) {
    os << to_string(result.error().code) << " \"" << result.error().detail << "\" at \"" << result.error().pointer
       << "\"";
    return;
  }
  os << "effect " << static_cast<int>(result->outcome.effect) << ' ';
  showValue(result->cart, os);
}

namespace {

using namespace std::chrono_literals;
using test::make_store;
using test::store_kinds;
using test::StoreUnderTest;

/// Small bounds, so that a short sequence reaches all of them.
Policy tight_policy() {
  Policy policy;
  policy.limits.max_lines = 3;
  policy.limits.max_quantity = 9;
  policy.limits.max_producers = 2;
  policy.limits.max_idempotency_keys = 3;
  policy.limits.max_checkouts = 3;
  policy.limits.max_taken_transfers = 2;
  // All longer than a sequence of commands travels in time.
  policy.ttl.empty = std::chrono::days(8);
  policy.ttl.owned = std::chrono::days(9);
  return policy;
}

/// What the commands of a sequence may have.
struct Kinds {
  bool details;
  bool labels;
  bool checkouts = false;
  bool transfers = false;
};

rc::Gen<LineId> any_line(Kinds kinds) {
  const auto plain = rc::gen::element<std::string>("A", "B", "C", "käse/1 \"x\"", "v");
  const auto labelled = rc::gen::element<std::string>("A", "B", "A\x1Fred", "A\x1Fä b");
  return rc::gen::map(kinds.labels ? labelled : plain, [](const std::string& text) { return *LineId::parse(text); });
}

rc::Gen<DetailsPatch> any_details(Kinds kinds) {
  return rc::gen::exec([kinds]() -> DetailsPatch {
    DetailsPatch details;
    if (!kinds.details || *rc::gen::inRange(0, 3) == 0) return details;
    if (*rc::gen::arbitrary<bool>()) details.name = *rc::gen::element<std::string>("", "Mug", "Käse");
    if (*rc::gen::arbitrary<bool>())
      details.unit_price = Money{*rc::gen::element<std::int64_t>(0, 1299, max_unit_price), *Currency::parse("EUR")};
    else if (*rc::gen::arbitrary<bool>()) details.unit_price.emplace();
    if (*rc::gen::arbitrary<bool>()) details.metadata = *rc::gen::element<std::string>("", R"({"colour":"blue"})");
    if (*rc::gen::inRange(0, 4) == 0) details.options = R"({"size":"L"})";
    return details;
  });
}

DetailsPatch any_description() {
  DetailsPatch details = *any_details({.details = true, .labels = false});
  details.options.clear();
  details.merges_metadata = details.metadata && *rc::gen::arbitrary<bool>();
  if (details.merges_metadata) details.metadata = *rc::gen::element<std::string>(R"({"colour":null})", R"({"n":1})");
  return details;
}

rc::Gen<LineCommand> any_line_command(Kinds kinds) {
  return rc::gen::exec([kinds]() -> LineCommand {
    const LineId line = *any_line(kinds);
    const auto quantity = *rc::gen::inRange<std::int64_t>(1, 10);
    switch (*rc::gen::weightedElement<int>(
        {{6, 0}, {3, 1}, {2, 2}, {3, 3}, {1, 4}, {kinds.details ? 2U : 0U, 5}, {kinds.details ? 1U : 0U, 6}})) {
      case 0: return Add{line, quantity, *any_details(kinds)};
      case 1: return Remove{line, quantity};
      case 2: return RemoveLine{line};
      case 3: return Set{line, *rc::gen::inRange<std::int64_t>(0, 10), *any_details(kinds)};
      case 5: return Describe{line, any_description()};
      case 6: return Reprice{line, Money{*rc::gen::inRange<std::int64_t>(1, 3), *Currency::parse("EUR")}};
      default: return Clear{};
    }
  });
}

/// What was answered of checkouts; the newest of each.
using Checkouts = std::map<CheckoutId, std::shared_ptr<const Checkout>>;

rc::Gen<Command> any_command(Kinds kinds) {
  return rc::gen::exec([kinds]() -> Command {
    switch (*rc::gen::weightedElement<int>({{10, 0}, {4, 1}, {2, 2}, {1, 3}, {1, 4}})) {
      case 0: return Batch{{*any_line_command(kinds)}};
      case 1: return Batch{*rc::gen::nonEmpty(rc::gen::container<std::vector<LineCommand>>(any_line_command(kinds)))};
      case 2: {
        Annotate annotate;
        if (*rc::gen::arbitrary<bool>())
          annotate.metadata = *rc::gen::element<std::string>("", R"({"gift":true})", R"({"gift":null,"note":"hä"})");
        if (*rc::gen::arbitrary<bool>())
          annotate.owner = *rc::gen::arbitrary<bool>() ? std::optional(*UserId::parse("u1")) : std::optional<UserId>();
        if (*rc::gen::arbitrary<bool>())
          annotate.kind = kind_from(*rc::gen::element<std::string>("cart", "saved")).value();
        return annotate;
      }
      case 3: return Delete{};
      default: return Touch{};
    }
  });
}

/// The same cart twice: in the store, and as the domain alone would have it.
class Twins {
 public:
  Twins(StoreUnderTest& store, CartId id) : store_(store), model_{Cart{std::move(id)}} {}

  void let_time_pass() {
    if (*rc::gen::inRange(0, 4) == 0) {
      // Together less than the ttl, because a real Redis does not travel in time.
      const auto leap = *rc::gen::element<Millis>(1ms, 2h, 13h, 25h);
      if (travelled_ + leap < std::chrono::days(6)) {
        travelled_ += leap;
        store_.clock.advance(leap);
      }
    }
    store_.clock.advance(1us);
    if (store_.forgets_by_clock() && model_.forget_at <= now_ms(store_.clock))
      model_ = CartRecord{Cart{model_.cart.id}};
  }

  /// One command, or several as a group.
  void change() {
    const int count = *rc::gen::weightedElement<int>({{6, 1}, {2, 2}, {2, 5}});
    // A group is decided at one time, so that all of it has to fall into one millisecond here, too.
    const auto into_millisecond = store_.clock.now().time_since_epoch() % 1ms;
    if (into_millisecond + std::chrono::microseconds(count) >= 1ms) store_.clock.advance(1ms - into_millisecond);
    std::vector<ApplyRequest> requests;
    std::vector<Result<CommandAnswer>> expected;
    for (int i = 0; i < count; ++i) {
      store_.clock.advance(1us);
      requests.push_back(any_request());
      expected.push_back(expect(requests.back()));
    }
    for (std::size_t answered = 0; answered < requests.size();) {
      CommandGroup group{model_.cart.id, {}, StoreUnderTest::soon()};
      for (std::size_t i = answered; i < requests.size(); ++i) {
        const ApplyRequest& request = requests[i];
        group.commands.push_back(
            {&request.change, request.command_id, request.answer, request.required, request.enforce_preconditions});
      }
      // Some go by a process that does not know the cart, whose store may decide adds by itself.
      CartStore& carts = *rc::gen::inRange(0, 3) == 0 ? store_.unseen_carts() : store_.carts();
      GroupResult result = store_.run(execute(carts, std::move(group), store_.policy, store_.clock));
      if (result.failure) RC_FAIL(result.failure->detail);
      RC_ASSERT(!result.answers.empty());
      for (Result<CommandAnswer>& answer : result.answers) {
        RC_ASSERT(answered < requests.size());
        compare(kind(requests[answered].change.command), answer, expected[answered]);
        ++answered;
      }
      if (answered == requests.size())
        RC_ASSERT(!result.answers.back() || same(result.snapshot->record.applied_sequences, model_.applied_sequences));
    }
  }

  bool saw_refusals() const { return saw_refusals_; }

  void write_plainly() {
    const LineId id = *any_line(kinds_);
    const auto line =
        std::find_if(model_.cart.lines.begin(), model_.cart.lines.end(), [&](const Line& l) { return l.id == id; });
    const auto quantity = *rc::gen::inRange<std::int64_t>(1, 20);
    const std::string key = "cart:" + model_.cart.id.str();
    if (line == model_.cart.lines.end()) {
      // It would count towards the limit of its SKU only once the store has read the cart.
      const auto is_of_sku = [&](const Line& other) { return other.id.is_of(id.sku()); };
      if (id.has_label() || std::any_of(model_.cart.lines.begin(), model_.cart.lines.end(), is_of_sku)) return;
      if (!store_.plain({"HSET", key, id.str(), std::to_string(quantity)})) return;
      model_.cart.lines.push_back(Line{id, quantity});
      std::sort(model_.cart.lines.begin(), model_.cart.lines.end(), shown_before);
    } else if (line->details || *rc::gen::arbitrary<bool>()) {
      if (store_.plain({"HINCRBY", key, id.str(), std::to_string(quantity)})) line->quantity += quantity;
    } else {
      if (store_.plain({"HDEL", key, id.str()})) model_.cart.lines.erase(line);
    }
  }

  /// Those that the record notes are all in the store as they were answered.
  void compare_checkouts() {
    for (const auto& [id, expected] : checkouts_) {
      const bool is_noted = find_note(model_.checkouts, id) != nullptr;
      const auto found = store_.run(store_.other_carts().find_checkout(id, StoreUnderTest::soon()));
      RC_ASSERT(found.has_value());
      RC_ASSERT(!is_noted || *found != nullptr);
      // What has become an order outlives its note.
      if (*found) RC_ASSERT(**found == *expected);
    }
  }

  void compare_reading() {
    compare_checkouts();
    const Result<Shown> read = store_.run(show(store_.other_carts(), model_.cart.id, StoreUnderTest::soon()));
    RC_ASSERT(read.has_value());
    const Cart expected = visible(model_, now_ms(store_.clock));
    if (read->cart != expected || !same(read->applied_sequences, model_.applied_sequences)) {
      std::ostringstream both;
      both << "reading: the store says ";
      showValue(read->cart, both);
      showValue(read->applied_sequences, both);
      both << ", the domain ";
      showValue(expected, both);
      showValue(model_.applied_sequences, both);
      RC_FAIL(both.str());
    }
  }

 private:
  ApplyRequest any_request() {
    ApplyRequest request{model_.cart.id, any_change(), any_stamp(), Answer::full, StoreUnderTest::soon()};
    const int forerunners = *rc::gen::weightedElement<int>({{6, 0}, {2, 1}, {1, 2}});
    for (int i = 0; i < forerunners; ++i) {
      const CommandId earlier = *rc::gen::elementOf(stamps_);
      request.required.push_back({earlier.producer, earlier.sequence});
    }
    request.enforce_preconditions = *rc::gen::inRange(0, 6) != 0;
    return request;
  }

  /// What the domain makes of it.
  Result<CommandAnswer> expect(const ApplyRequest& request) {
    const Time now = now_ms(store_.clock);
    const Result<Outcome> outcome = apply(model_, request.change,
                                          {request.command_id, now, store_.policy.ttl.ttl_of(request.cart),
                                           store_.policy.limits, request.required, request.enforce_preconditions});
    saw_refusals_ |= !outcome;
    if (!outcome) return outcome.error();
    if (outcome->checkout && outcome->checkout->content)
      checkouts_[outcome->checkout->note.id] = outcome->checkout->content;
    return CommandAnswer{visible(model_, now), *outcome};
  }

  static void compare(CommandKind kind, const Result<CommandAnswer>& actual, const Result<CommandAnswer>& expected) {
    if (same(actual, expected)) return;
    std::ostringstream both;
    both << to_string(kind) << ": the store says ";
    showValue(actual, both);
    both << ", the domain ";
    showValue(expected, both);
    RC_FAIL(both.str());
  }

  static bool same(const Result<CommandAnswer>& a, const Result<CommandAnswer>& b) {
    if (!a || !b) return !a && !b && a.error() == b.error();
    return a->cart == b->cart && a->outcome.effect == b->outcome.effect &&
           a->outcome.found_expired == b->outcome.found_expired && same(a->outcome.checkout, b->outcome.checkout) &&
           are_equal(a->outcome.transfer, b->outcome.transfer) && are_equal(a->outcome.taken, b->outcome.taken);
  }

  template <class T>
  static bool are_equal(const std::shared_ptr<const T>& a, const std::shared_ptr<const T>& b) {
    return a && b ? *a == *b : a == b;
  }

  static bool same(const std::shared_ptr<const CheckoutOutcome>& a, const std::shared_ptr<const CheckoutOutcome>& b) {
    if (!a || !b) return !a && !b;
    if (a->note != b->note || !a->content != !b->content) return false;
    return !a->content || *a->content == *b->content;
  }

  static bool same(const std::vector<AppliedSequence>& a, const std::vector<AppliedSequence>& b) {
    return std::is_permutation(a.begin(), a.end(), b.begin(), b.end());
  }

  Change any_change() {
    Change change{mostly_adds_ && *rc::gen::inRange(0, 8) != 0
                      ? Command{Batch{{Add{*any_line(kinds_), *rc::gen::inRange<std::int64_t>(1, 4)}}}}
                  : kinds_.checkouts && *rc::gen::inRange(0, 3) == 0 ? any_checkout_command()
                  : kinds_.transfers && *rc::gen::inRange(0, 2) == 0 ? any_transfer_command()
                                                                     : *any_command(kinds_)};
    if (*rc::gen::inRange(0, 5) == 0)
      change.expected_version = model_.cart.version + *rc::gen::inRange<std::uint64_t>(0, 2);
    if (*rc::gen::inRange(0, 3) == 0)
      change.idempotency =
          Idempotency{*rc::gen::element<std::string>("key-1-----------", "key-2-----------", "key-3-----------",
                                                     "key-4-----------", "key-5-----------"),
                      *rc::gen::weightedElement<std::string>({{4, "fingerprin1"}, {1, "fingerprin2"}})};
    return change;
  }

  Command any_checkout_command() {
    const int which = *rc::gen::inRange(0, 4);
    if (checkouts_.empty() || which < 2) return any_beginning();
    auto one = checkouts_.begin();
    std::advance(one, *rc::gen::inRange<std::ptrdiff_t>(0, 100) % static_cast<std::ptrdiff_t>(checkouts_.size()));
    if (which == 2) return AbortCheckout{one->first};
    return CompleteCheckout{one->second, *rc::gen::element<std::string>("", "pi_1", "pi_2"),
                            *rc::gen::arbitrary<bool>()};
  }

  Command any_transfer_command() {
    const std::string id = *rc::gen::element<std::string>("guest-----------", "guest----------1", "guest----------2");
    switch (*rc::gen::inRange(0, 3)) {
      case 0: {
        BeginTransfer begin{id, *CartId::parse("other")};
        if (*rc::gen::arbitrary<bool>()) begin.lines = {{*any_line(kinds_), *rc::gen::inRange<std::int64_t>(1, 4)}};
        return begin;
      }
      case 1: return TakeTransfer{any_transfer(id)};
      default: return FinishTransfer{any_transfer(id), *rc::gen::inRange(0, 4) != 0};
    }
  }

  std::shared_ptr<const Transfer> any_transfer(const std::string& id) {
    Transfer transfer{
        id, model_.cart.id,
        *rc::gen::element(MergePolicy::sum, MergePolicy::max, MergePolicy::keep_source, MergePolicy::replace)};
    transfer.lines.push_back({*any_line(kinds_), *rc::gen::inRange<std::int64_t>(1, 6)});
    if (kinds_.details)
      transfer.lines.front().details = std::make_shared<const LineDetails>(
          LineDetails{"Cup", Money{*rc::gen::inRange<std::int64_t>(1, 3), *Currency::parse("EUR")}, {}});
    if (*rc::gen::inRange(0, 4) == 0) transfer.key = Idempotency{"key-1-----------", "fingerprin1"};
    transfer.begun_at = now_ms(store_.clock);
    transfer.forget_at = transfer.begun_at + *rc::gen::element<Millis>(1h, 48h);
    return std::make_shared<const Transfer>(std::move(transfer));
  }

  BeginCheckout any_beginning() {
    BeginCheckout begin{store_.carts().new_checkout_id(model_.cart.id)};
    begin.accepts_differences = *rc::gen::arbitrary<bool>();
    begin.metadata = *rc::gen::element<std::string>("", "", R"({"way":"post"})");
    if (*rc::gen::arbitrary<bool>()) return begin;
    Offer offer{*any_line(kinds_)};
    if (*rc::gen::arbitrary<bool>())
      offer.unit_price = Money{*rc::gen::element<std::int64_t>(0, 1298, 1300), *Currency::parse("EUR")};
    if (*rc::gen::arbitrary<bool>()) offer.available = *rc::gen::inRange<std::int64_t>(0, 4);
    begin.offers.push_back(std::move(offer));
    return begin;
  }

  /// Mostly a new command of one of a few producers, sometimes one that comes late, sometimes the repetition of an old
  /// one.
  CommandId any_stamp() {
    if (!stamps_.empty() && *rc::gen::inRange(0, 6) == 0) return *rc::gen::elementOf(stamps_);
    const ProducerId producer = *rc::gen::inRange<ProducerId>(1, 6);
    const auto now = static_cast<std::uint64_t>(store_.clock.now().time_since_epoch().count());
    stamps_.push_back({producer, *rc::gen::weightedElement<std::uint64_t>({{6, now}, {1, now - 1000}})});
    return stamps_.back();
  }

  StoreUnderTest& store_;
  CartRecord model_;
  Millis travelled_{0};
  bool saw_refusals_ = false;
  const Kinds kinds_{.details = *rc::gen::arbitrary<bool>(),
                     .labels = *rc::gen::arbitrary<bool>(),
                     .checkouts = *rc::gen::arbitrary<bool>(),
                     .transfers = *rc::gen::arbitrary<bool>()};
  Checkouts checkouts_;
  const bool mostly_adds_ = *rc::gen::arbitrary<bool>();
  std::vector<CommandId> stamps_;
};

class DifferentialTest : public testing::TestWithParam<std::string> {};

TEST_P(DifferentialTest, EveryAnswerIsTheDomains) {
  const auto store = make_store(GetParam(), tight_policy());
  int sequence = 0;
  const bool held = rc::check(GetParam() + " answers like domain::apply", [&] {
    store->clock.freeze();
    // Adds that no limit stands in the way of, or many that one does.
    store->policy.limits.max_quantity = *rc::gen::element<std::int64_t>(9, 99);
    // A name of its own for each sequence, shrunk ones included.
    Twins twins(*store, *CartId::parse("c" + std::to_string(++sequence)));
    const int steps = *rc::gen::inRange(1, 40);
    for (int i = 0; i < steps; ++i) {
      twins.let_time_pass();
      if (*rc::gen::inRange(0, 6) == 0) twins.write_plainly();
      twins.change();
      if (*rc::gen::inRange(0, 4) == 0) twins.compare_reading();
    }
    twins.compare_reading();
    RC_CLASSIFY(twins.saw_refusals(), "with refusals");
    RC_CLASSIFY(steps > 10, "more than 10 commands");
  });
  EXPECT_TRUE(held);
}

INSTANTIATE_TEST_SUITE_P(Stores, DifferentialTest, testing::ValuesIn(store_kinds()), test::parameter_name);

}  // namespace
}  // namespace cartd
