// The outbox's core between a store and a disk that do nothing until a test says so, with a clock of its own.
#pragma once

#include "outbox/core/outbox_core.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cartd::test {

/// Records by cart, and what the process knows of them without asking.
class PassiveStore final : public StoreView {
 public:
  std::optional<Loaded> known(const CartId& id) override {
    const auto found = seen_.find(id.str());
    if (found == seen_.end()) return std::nullopt;
    return Loaded{found->second, false};
  }
  Durability durability() const override { return Durability::memory; }
  bool serves(const CartId&) const override { return is_serving; }
  std::uint64_t epoch_of(const CartId&) const override { return epoch; }
  std::uint64_t durable_checkpoint(std::uint64_t of) const override { return of == epoch ? checkpoint : 0; }

  SnapshotPtr current(const CartId& id) {
    const auto found = records.find(id.str());
    return found == records.end() ? std::make_shared<const Snapshot>(CartRecord{Cart{id}}) : found->second;
  }
  Loaded load(const CartId& id, Time now) {
    seen_[id.str()] = current(id);
    return {seen_[id.str()], true, now, {epoch, checkpoint + 1}};
  }
  /// Where `can_add` and the cart is there; else it only loads, as CartStore::add() does.
  Added add(const AddRequest& request, const Policy& policy, Time now) {
    if (!can_add) return {false, load(request.cart, now)};
    auto changed = std::make_shared<Snapshot>(*current(request.cart));
    Change change{Batch{{Add{request.line, request.quantity}}}};
    const ApplyContext context{request.command_id, now, policy.ttl.ttl_of(request.cart), policy.limits};
    const Result<Outcome> outcome = apply(changed->record, change, context);
    const bool was_added = changed->token != 0 && outcome && outcome->effect == Effect::changed;
    if (was_added) {
      changed->token = ++last_token_;
      records[request.cart.str()] = std::move(changed);
    }
    return {was_added, load(request.cart, now)};
  }
  void forget() { seen_.clear(); }
  Committed commit(const CommitRequest& request, Time now) {
    const SnapshotPtr there = current(request.cart);
    const bool is_current = there->token == request.base->token;
    if (is_current) {
      auto changed = std::make_shared<Snapshot>(*there);
      patch(changed->record, request.edits);
      changed->token = ++last_token_;
      records[request.cart.str()] = std::move(changed);
    }
    seen_[request.cart.str()] = current(request.cart);
    return {is_current, seen_[request.cart.str()], now, {epoch, checkpoint + 1}};
  }

  std::map<std::string, SnapshotPtr> records{};
  std::uint64_t epoch = 1;
  std::uint64_t checkpoint = 0;  ///< What is written now is durable with the next one.
  bool is_serving = true;
  bool can_add = false;

 private:
  std::map<std::string, SnapshotPtr> seen_{};
  Token last_token_ = 0;
};

class CoreFixture : public testing::Test {
 protected:
  using Millis = std::chrono::milliseconds;

  explicit CoreFixture(bool has_journal = false, const OutboxOptions& options = {})
      : core_(store_, Producer(7), policy_, has_journal, options) {}

  static CartId cart(const char* id = "a") { return *CartId::parse(id); }
  static Sku sku(const char* text) { return *Sku::parse(text); }
  static Change one(LineCommand command) { return Change{Batch{{std::move(command)}}}; }
  static Change add(std::int64_t quantity = 1) { return one(Add{sku("A"), quantity}); }

  RequestId submit(Change change = add(), Millis patience = Millis(200), Answer answer = Answer::full) {
    return submit_to(cart(), std::move(change), patience, answer);
  }
  RequestId submit_to(CartId id, Change change, Millis patience = Millis(200), Answer answer = Answer::full) {
    core_.submit({++last_request_, std::move(id), std::move(change), answer, now_.steady + patience, {}}, now_);
    collect();
    return last_request_;
  }
  RequestId find(Millis patience = Millis(200)) {
    core_.find(++last_request_, cart(), now_.steady + patience, now_);
    collect();
    return last_request_;
  }

  /// The store answers the oldest question.
  void answer() {
    ASSERT_FALSE(questions_.empty());
    const outbox::Action question = std::move(questions_.front());
    questions_.pop_front();
    if (const auto* load = std::get_if<outbox::LoadCart>(&question))
      core_.loaded(load->cart, store_.load(load->cart, now_.wall_ms()), now_);
    else if (const auto* read = std::get_if<outbox::ReadCart>(&question))
      core_.read(*read, store_.load(read->cart, now_.wall_ms()), now_);
    else if (const auto* add = std::get_if<outbox::AddToCart>(&question))
      core_.added(add->add.cart, store_.add(add->add, policy_, now_.wall_ms()), now_);
    else answer_commit(std::get<outbox::CommitCart>(question).commit);
    collect();
  }
  /// … all of them, and those that follow.
  void answer_all() {
    while (!questions_.empty()) answer();
  }
  /// … with an error, after doing what was asked where `does_it`.
  void fail(Errc code, bool does_it = false) {
    ASSERT_FALSE(questions_.empty());
    const outbox::Action question = std::move(questions_.front());
    questions_.pop_front();
    const Error error{code, "as the test says"};
    if (const auto* load = std::get_if<outbox::LoadCart>(&question)) {
      core_.loaded(load->cart, error, now_);
    } else if (const auto* read = std::get_if<outbox::ReadCart>(&question)) {
      core_.read(*read, error, now_);
    } else if (const auto* add = std::get_if<outbox::AddToCart>(&question)) {
      if (does_it) (void)store_.add(add->add, policy_, now_.wall_ms());
      store_.forget();
      core_.added(add->add.cart, error, now_);
    } else {
      const CommitRequest& commit = std::get<outbox::CommitCart>(question).commit;
      if (does_it) (void)store_.commit(commit, now_.wall_ms());
      core_.committed(commit.cart, error, now_);
    }
    collect();
  }

  void advance(Millis by) {
    now_.steady += by;
    now_.wall += by;
    core_.tick(now_);
    collect();
  }
  /// To when the core wants to be called next.
  void wait() {
    const auto at = core_.wake_at();
    ASSERT_TRUE(at);
    advance(std::max(Millis(0), std::chrono::ceil<Millis>(*at - now_.steady)));
  }

  /// Takes the oldest question to the disk of that kind, if there is one.
  template <class What>
  bool takes(CommandId& command_id) {
    for (auto entry = disk_.begin(); entry != disk_.end(); ++entry) {
      if (!std::holds_alternative<What>(*entry)) continue;
      if constexpr (std::is_same_v<What, outbox::Append>) command_id = std::get<What>(*entry).record.command_id;
      else command_id = std::get<What>(*entry).command_id;
      disk_.erase(entry);
      return true;
    }
    return false;
  }

  bool is_done(RequestId request) const { return changes_.contains(request) || readings_.contains(request); }
  const Result<Acknowledged>& result(RequestId request) const { return changes_.at(request); }
  Errc error(RequestId request) const { return changes_.at(request).error().code; }
  /// Of the store's record.
  std::int64_t quantity() {
    const SnapshotPtr there = store_.current(cart());
    const std::vector<Line>& lines = there->record.cart.lines;
    return lines.empty() ? 0 : lines[0].quantity;
  }
  /// The newest command of the oldest question, which is a commit.
  CommandId committing() const {
    const auto& last = std::get<outbox::CommitCart>(questions_.at(0)).commit.edits.applied_sequences.back();
    return {last.producer, last.sequence};
  }
  bool is_adding() const {
    return !questions_.empty() && std::holds_alternative<outbox::AddToCart>(questions_.front());
  }
  bool is_committing() const {
    return !questions_.empty() && std::holds_alternative<outbox::CommitCart>(questions_.front());
  }

  void collect() {
    std::vector<outbox::Action> actions;
    core_.take_actions(actions);
    for (outbox::Action& action : actions) {
      if (auto* change = std::get_if<outbox::CompleteChange>(&action)) {
        EXPECT_TRUE(changes_.emplace(change->request, std::move(change->result)).second) << "completed twice";
      } else if (auto* reading = std::get_if<outbox::CompleteRead>(&action)) {
        EXPECT_TRUE(readings_.emplace(reading->request, std::move(reading->result)).second) << "completed twice";
      } else if (auto* retry = std::get_if<outbox::CompleteRetry>(&action)) {
        EXPECT_TRUE(retries_.emplace(retry->request, retry->result).second) << "completed twice";
      } else if (auto* letter = std::get_if<outbox::KeepDeadLetter>(&action)) {
        dead_letters_.push_back(std::move(*letter));
      } else if (std::holds_alternative<outbox::LoadCart>(action) ||
                 std::holds_alternative<outbox::CommitCart>(action) ||
                 std::holds_alternative<outbox::AddToCart>(action) ||
                 std::holds_alternative<outbox::ReadCart>(action)) {
        ++asked_;
        questions_.push_back(std::move(action));
      } else if (auto* release = std::get_if<outbox::Release>(&action)) {
        for (const CommandId id : release->command_ids) released_.push_back(id);
      } else {
        disk_.push_back(std::move(action));
      }
    }
  }

  Policy policy_{};
  PassiveStore store_{};
  OutboxCore core_;
  Instant now_{SteadyTime(std::chrono::hours(1)), WallTime(std::chrono::sys_days(std::chrono::days(20'000)))};
  std::deque<outbox::Action> questions_{};  ///< To the store.
  std::deque<outbox::Action> disk_{};
  std::vector<CommandId> released_{};
  std::vector<outbox::KeepDeadLetter> dead_letters_{};
  std::map<RequestId, Result<Acknowledged>> changes_{};
  std::map<RequestId, Result<Found>> readings_{};
  std::map<RequestId, Result<void>> retries_{};
  RequestId last_request_ = 0;
  int asked_ = 0;

 private:
  void answer_commit(const CommitRequest& commit) {
    core_.committed(commit.cart, store_.commit(commit, now_.wall_ms()), now_);
  }
};

}  // namespace cartd::test
