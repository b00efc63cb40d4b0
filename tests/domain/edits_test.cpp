// Edits that are put together, as those of a group of commands are.
#include "domain/decide.h"
#include "domain/generators.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;

/// Few of all, so that a short sequence meets every bound.
Limits tight_limits() {
  Limits limits;
  limits.max_lines = 3;
  limits.max_producers = 2;
  limits.max_idempotency_keys = 2;
  return limits;
}

constexpr Millis ttl = 10h;

/// Decides random commands one after another, each on what the ones before left.
class Sequence {
 public:
  explicit Sequence(CartRecord record) : record_(std::move(record)) {}

  RecordEdits next() {
    now_ += *rc::gen::element<Millis>(0ms, 1ms, 2h, 13h, 25h);
    Change change{*test::any_command()};
    if (*rc::gen::inRange(0, 3) == 0)
      change.idempotency = Idempotency{*rc::gen::element<std::string>("k1", "k2", "k3", "k4"), "f"};
    const auto producer = *rc::gen::inRange<ProducerId>(1, 5);
    const auto sequence = std::chrono::microseconds(now_.time_since_epoch()).count() + ++count_;
    const Result<Decision> decision =
        decide(record_, change, {{producer, static_cast<std::uint64_t>(sequence)}, now_, ttl, limits_});
    if (!decision) return {};
    patch(record_, decision->edits);
    return decision->edits;
  }

  const CartRecord& record() const { return record_; }

 private:
  CartRecord record_;
  Time now_{Millis(1'800'000'000'000)};
  std::int64_t count_ = 0;
  const Limits limits_ = tight_limits();
};

/// Sequences and keys are in no order.
CartRecord in_order(CartRecord record) {
  std::sort(record.applied_sequences.begin(), record.applied_sequences.end(),
            [](const AppliedSequence& a, const AppliedSequence& b) { return a.producer < b.producer; });
  std::sort(record.keys.begin(), record.keys.end(),
            [](const RememberedKey& a, const RememberedKey& b) { return a.idempotency.key < b.idempotency.key; });
  return record;
}

std::int64_t quantity_of(const Cart& cart, const LineId& id) {
  const auto line = std::find_if(cart.lines.begin(), cart.lines.end(), [&](const Line& one) { return one.id == id; });
  return line == cart.lines.end() ? 0 : line->quantity;
}

RC_GTEST_PROP(ComposedEdits, DoWhatTheirPartsDo, ()) {
  Sequence sequence(CartRecord{Cart{test::cart_id("c")}});
  for (int before = *rc::gen::inRange(0, 5); before > 0; --before) sequence.next();

  const CartRecord base = sequence.record();
  RecordEdits composed = sequence.next();
  for (int more = *rc::gen::inRange(1, 5); more > 0; --more) compose(composed, sequence.next());

  CartRecord patched = base;
  patch(patched, composed);
  RC_ASSERT(in_order(patched) == in_order(sequence.record()));

  const Cart from = composed.starts_anew ? without_content(base.cart) : base.cart;
  for (const LineEdit& line : composed.lines) RC_ASSERT(line.seen == quantity_of(from, line.line));
  RC_CLASSIFY(composed.starts_anew, "of a cart that had expired");
  RC_CLASSIFY(composed.covers_all_lines, "that cover all lines");
}

RC_GTEST_PROP(ComposedEdits, NameEachMemberOnce, ()) {
  Sequence sequence(CartRecord{Cart{test::cart_id("c")}});
  RecordEdits composed = sequence.next();
  for (int more = *rc::gen::inRange(1, 8); more > 0; --more) compose(composed, sequence.next());

  std::vector<std::string> names;
  for (const LineEdit& line : composed.lines) names.push_back("line " + line.line.str());
  for (const AppliedSequence& last : composed.applied_sequences)
    names.push_back("sequence " + std::to_string(last.producer));
  for (const ProducerId producer : composed.dropped_producers) names.push_back("sequence " + std::to_string(producer));
  for (const RememberedKey& key : composed.keys) names.push_back("key " + key.idempotency.key);
  for (const std::string& key : composed.dropped_keys) names.push_back("key " + key);
  std::sort(names.begin(), names.end());
  RC_ASSERT(std::adjacent_find(names.begin(), names.end()) == names.end());
}

}  // namespace
}  // namespace cartd
