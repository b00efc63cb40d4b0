// The outbox before a store that fails on command.
#include "outbox/outbox.h"

#include "support/reactor_thread.h"
#include "support/temp_dir.h"
#include "support/wait_until.h"

#include <gtest/gtest.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace cartd {
namespace {

using namespace std::chrono_literals;
using test::ReactorThread;

/// Answers each attempt as the script says, and keeps what it was sent.
class ScriptedStore final : public CartStore {
 public:
  std::optional<Loaded> known(const CartId& id) override { return Loaded{record_of(id), false}; }
  boost::asio::awaitable<Result<Loaded>> load(CartId id, Deadline) override {
    co_return Loaded{record_of(id), true, {}, {epoch, 1}};
  }

  boost::asio::awaitable<Result<Committed>> commit(CommitRequest request) override {
    attempts.push_back(stamp_of(request));
    dropped = request.edits.dropped_producers;
    if (std::exchange(throws_once, false)) throw std::runtime_error("a defect of the store");
    if (refuses_at_once) co_return Error{Errc::unavailable, "no connection"};
    under_way.push_back(request.cart.str());
    if (std::count(under_way.begin(), under_way.end(), request.cart.str()) > 1) overlapped = true;
    boost::asio::steady_timer turn(co_await boost::asio::this_coro::executor, 2ms);
    co_await turn.async_wait(boost::asio::use_awaitable);
    std::erase(under_way, request.cart.str());
    if (script.empty()) {
      if (shows_marks) applied_sequences = request.edits.applied_sequences;
      co_return Committed{true, record_of(request.cart), {}, {epoch, 1}};
    }
    const Errc failure = script.front();
    if (script.size() > 1 || !last_for_ever) script.pop_front();
    co_return Error{failure, "as the script says"};
  }

  boost::asio::awaitable<Result<std::shared_ptr<const Checkout>>> find_checkout(CheckoutId, Deadline) override {
    co_return std::shared_ptr<const Checkout>();
  }
  boost::asio::awaitable<StoreState> check(Deadline) override { co_return StoreState{true, ""}; }
  Durability durability() const override { return Durability::memory; }
  std::uint64_t epoch_of(const CartId&) const override { return epoch; }
  std::uint64_t durable_checkpoint(std::uint64_t) const override { return 0; }

  static CommandId stamp_of(const CommitRequest& request) {
    return {request.edits.applied_sequences.back().producer, request.edits.applied_sequences.back().sequence};
  }
  /// An empty cart with these applied sequences.
  SnapshotPtr record_of(const CartId& id) const {
    return std::make_shared<const Snapshot>(CartRecord{Cart{id}, applied_sequences});
  }

  std::uint64_t epoch = 1;
  std::vector<AppliedSequence> applied_sequences;  ///< Of every cart.
  bool shows_marks = true;
  bool refuses_at_once = false;
  bool throws_once = false;
  std::deque<Errc> script;
  bool last_for_ever = false;
  std::vector<CommandId> attempts;
  std::vector<ProducerId> dropped;  ///< By the newest attempt.
  std::vector<std::string> under_way;
  bool overlapped = false;
};

/// The machine's clock, off by as much as a test wants.
class WrongClock final : public Clock {
 public:
  std::chrono::sys_time<std::chrono::microseconds> now() const override { return machine_.now() + offset.load(); }

  std::atomic<std::chrono::microseconds> offset{0us};

 private:
  SystemClock machine_;
};

class OutboxTest : public testing::Test {
 protected:
  Result<Acknowledged> submit(const char* cart, std::chrono::milliseconds patience = 20s) {
    return loop_.run(outbox_.submit(*CartId::parse(cart), add(), Answer::full, Deadline::clock::now() + patience));
  }
  static Change add() { return Change{Batch{{Add{*Sku::parse("A"), 1}}}}; }

  WrongClock clock_;
  Policy policy_;
  Metrics metrics_;
  MemoryBudget memory_{std::size_t{1} << 20};
  OutboxMetrics figures_{metrics_, std::size_t{1} << 20};
  ScriptedStore store_;
  ReactorThread loop_;
  Outbox outbox_{loop_.executor(), store_, Producer(7), policy_, clock_, nullptr, memory_, figures_, {}};
};

TEST_F(OutboxTest, AnUnknownOutcomeIsSentAgainWithTheSameCommandId) {
  store_.script = {Errc::outcome_unknown, Errc::unavailable, Errc::outcome_unknown};
  EXPECT_TRUE(submit("a"));
  ASSERT_EQ(store_.attempts.size(), 4u);
  for (const CommandId& command_id : store_.attempts) EXPECT_EQ(command_id, store_.attempts.front());
}

TEST_F(OutboxTest, AStoreThatThrowsLeavesTheOutcomeUnknown) {
  store_.throws_once = true;
  EXPECT_TRUE(submit("a"));
  EXPECT_EQ(store_.attempts.size(), 2u) << "what may have been done goes again";
}

TEST_F(OutboxTest, AStoreThatIsAwayIsReportedAtOnce) {
  store_.script = {Errc::unavailable};
  EXPECT_EQ(submit("a").error().code, Errc::unavailable);
  EXPECT_EQ(store_.attempts.size(), 1u);
}

TEST_F(OutboxTest, AnOutcomeThatStaysUnknownIsReportedAsThatByTheDeadline) {
  store_.script = {Errc::outcome_unknown};
  store_.last_for_ever = true;
  EXPECT_EQ(submit("a", 60ms).error().code, Errc::outcome_unknown);
  EXPECT_GT(store_.attempts.size(), 1u);
}

TEST_F(OutboxTest, AnUnknownOutcomeStaysUnknownWhenTheStoreGoesDown) {
  store_.script = {Errc::outcome_unknown, Errc::unavailable};
  store_.last_for_ever = true;
  EXPECT_EQ(submit("a", 60ms).error().code, Errc::outcome_unknown);
}

TEST_F(OutboxTest, ARefusalIsFinal) {
  store_.script = {Errc::limit_exceeded};
  EXPECT_EQ(submit("a").error().code, Errc::limit_exceeded);
  EXPECT_EQ(store_.attempts.size(), 1u);
}

TEST_F(OutboxTest, ChangesOfOneCartGoOneAfterAnotherInTheirOrder) {
  std::vector<std::function<Result<Acknowledged>()>> pending;
  for (int i = 0; i < 20; ++i)
    pending.push_back(
        loop_.start(outbox_.submit(*CartId::parse("a"), add(), Answer::full, Deadline::clock::now() + 20s)));
  for (auto& result : pending) EXPECT_TRUE(result());
  EXPECT_FALSE(store_.overlapped);
  EXPECT_LT(store_.attempts.size(), 10u) << "what waits goes together";
  for (std::size_t i = 1; i < store_.attempts.size(); ++i)
    EXPECT_LT(store_.attempts[i - 1].sequence, store_.attempts[i].sequence);
  EXPECT_EQ(figures_.pending.value(), 0);
}

TEST_F(OutboxTest, ACartThatIsStuckDoesNotHoldUpAnother) {
  store_.script = {Errc::outcome_unknown};
  store_.last_for_ever = true;
  auto stuck = loop_.start(outbox_.submit(*CartId::parse("a"), add(), Answer::full, Deadline::clock::now() + 20s));
  auto also = loop_.start(outbox_.submit(*CartId::parse("b"), add(), Answer::full, Deadline::clock::now() + 50ms));
  EXPECT_EQ(also().error().code, Errc::outcome_unknown);
  EXPECT_EQ(figures_.pending.value(), 1);
  loop_.call([&] {
    store_.script.clear();
    return true;
  });
  EXPECT_TRUE(stuck());
}

TEST_F(OutboxTest, AReaderWaitsForWhatTheStoreTurnsOutToHaveLost) {
  ASSERT_TRUE(submit("a"));
  loop_.call([&] {
    store_.applied_sequences.clear();
    return true;
  });
  const auto found = loop_.run(outbox_.find(*CartId::parse("a"), Deadline::clock::now() + 20s));
  ASSERT_TRUE(found);
  ASSERT_EQ(store_.attempts.size(), 2u);
  EXPECT_EQ(store_.attempts[1], store_.attempts[0]);
  EXPECT_EQ(store_.applied_sequences.size(), 1u);
}

TEST_F(OutboxTest, AServerThatRefusesWithoutAWaitDoesNotHoldUpTheLoop) {
  ASSERT_TRUE(submit("a"));
  outbox_.start();
  loop_.call([&] {
    store_.refuses_at_once = true;
    store_.epoch = 2;
    store_.applied_sequences.clear();
    return true;
  });
  EXPECT_TRUE(test::wait_until([&] { return loop_.call([&] { return store_.attempts.size() > 2; }); }));
  loop_.call([&] {
    store_.refuses_at_once = false;
    return true;
  });
  EXPECT_TRUE(test::wait_until([&] { return loop_.call([&] { return figures_.pending.value() == 0; }); }));
  loop_.call([&] {
    outbox_.stop();
    return true;
  });
}

TEST_F(OutboxTest, AServerThatRefusesIsAskedOnceATurn) {
  OutboxOptions one_turn;
  one_turn.tick = 1h;
  Outbox outbox(loop_.executor(), store_, Producer(8), policy_, clock_, nullptr, memory_, figures_, one_turn);
  const auto added = loop_.run(outbox.submit(*CartId::parse("a"), add(), Answer::full, Deadline::clock::now() + 20s));
  ASSERT_TRUE(added);
  loop_.call([&] {
    store_.refuses_at_once = true;
    store_.epoch = 2;
    store_.applied_sequences.clear();
    return true;
  });
  outbox.start();
  ASSERT_TRUE(test::wait_until([&] { return loop_.call([&] { return store_.attempts.size() > 1; }); }));
  EXPECT_EQ(loop_.call([&] { return store_.attempts.size(); }), 2u);
  loop_.call([&] {
    outbox.stop();
    return true;
  });
}

class JournaledOutboxTest : public OutboxTest {
 protected:
  JournaledOutboxTest() { open(); }
  ~JournaledOutboxTest() override {
    close();
    loop_.stop();
  }

  void open() {
    auto opened = Journal::open({folder_.path() / "journal", 1 << 20});
    if (!opened) throw std::runtime_error(opened.error());
    journal_ = std::move(*opened);
    journaled_ = std::make_unique<Outbox>(loop_.executor(), store_, Producer(9), policy_, clock_, journal_.get(),
                                          memory_, figures_, OutboxOptions{});
  }
  void close() {
    loop_.call([&] {
      journaled_->stop();
      return true;
    });
  }
  /// As the next process does. Nothing is under way.
  void restart() {
    close();
    loop_.call([&] {
      journaled_.reset();
      return true;
    });
    journal_.reset();
    open();
  }

  /// Puts it into the journal as an earlier process would have that died before the store's answer came.
  JournalRecord left_behind(std::chrono::microseconds age) {
    const auto at = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch() - age);
    JournalRecord record{{1, static_cast<std::uint64_t>(at.count())}, *CartId::parse("a"), add(), false};
    EXPECT_TRUE(loop_.run(journal_->append(record)));
    return record;
  }

  const test::TempDir folder_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<Outbox> journaled_;
};

TEST_F(JournaledOutboxTest, TheAgeOfTheOldestPendingChangeIsTrueHoweverManyWait) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch());
  std::vector<JournalRecord> records;
  for (int i = 0; i < 500; ++i) {
    const auto age = i == 250 ? std::chrono::microseconds(1h) : std::chrono::microseconds(1min);
    const CommandId command_id{1 + static_cast<ProducerId>(i), static_cast<std::uint64_t>((now - age).count())};
    records.push_back({command_id, *CartId::parse("cart-" + std::to_string(i)), add(), true});
  }
  store_.refuses_at_once = true;
  journaled_->recover(std::move(records));
  journaled_->start();
  const auto age_is_known = [&] { return figures_.oldest_pending() >= 59min; };
  ASSERT_TRUE(test::wait_until(age_is_known));
  // Whichever carts are tried meanwhile.
  std::size_t attempts = 0;
  ASSERT_TRUE(test::wait_until([&] {
    EXPECT_TRUE(age_is_known());
    attempts = loop_.call([&] { return store_.attempts.size(); });
    return attempts > 20;
  }));
  loop_.call([&] {
    store_.refuses_at_once = false;
    return true;
  });
  EXPECT_TRUE(test::wait_until([&] { return figures_.oldest_pending() == 0ms; }));
}

TEST_F(JournaledOutboxTest, AnEarlierProcessesChangesAreSentUnlessTooOld) {
  const JournalRecord old = left_behind(policy_.limits.replay_horizon);
  const JournalRecord recent = left_behind(policy_.limits.replay_horizon - 1h);
  journaled_->recover({old, recent});
  journaled_->start();
  ASSERT_TRUE(test::wait_until([&] { return loop_.call([&] { return !store_.attempts.empty(); }); }));
  EXPECT_EQ(loop_.call([&] { return store_.attempts; }), std::vector<CommandId>{recent.command_id});
  ASSERT_TRUE(test::wait_until([&] { return journal_->figures().dead_letters == 1; }));
  EXPECT_EQ(loop_.run(journal_->dead_letters(std::nullopt, 1)).value()[0].record.command_id, old.command_id);
}

TEST_F(JournaledOutboxTest, AnswersReachCartsThatNoRequestIsAbout) {
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_.now().time_since_epoch());
  std::vector<JournalRecord> records;
  for (ProducerId producer = 1; producer <= 3; ++producer)
    records.push_back({{producer, static_cast<std::uint64_t>(now.count())},
                       *CartId::parse("cart-" + std::to_string(producer)),
                       add(),
                       true});
  journaled_->recover(records);
  journaled_->start();
  EXPECT_TRUE(test::wait_until([&] { return loop_.call([&] { return figures_.pending.value() == 0; }); }));
  EXPECT_EQ(loop_.call([&] { return store_.attempts.size(); }), 3U);
}

TEST_F(JournaledOutboxTest, AWrongClockMakesNoDeadLetterOfWhatThisProcessTookOn) {
  for (const auto jump : {std::chrono::hours(240), -std::chrono::hours(240)}) {
    for (const bool wrong_at_first : {true, false}) {
      clock_.offset = wrong_at_first ? -jump : 0us;
      loop_.call([&] {
        store_.script = {Errc::unavailable};
        store_.last_for_ever = true;
        return true;
      });
      const auto added =
          loop_.run(journaled_->submit(*CartId::parse("a"), add(), Answer::full, Deadline::clock::now() + 200ms));
      ASSERT_TRUE(added) << added.error().detail;
      EXPECT_EQ(added->knowledge.durability, Durability::journal);
      clock_.offset = wrong_at_first ? 0us : jump;
      loop_.call([&] {
        store_.script.clear();
        return true;
      });
      journaled_->start();
      ASSERT_TRUE(test::wait_until([&] { return loop_.call([&] { return figures_.pending.value() == 0; }); }));
    }
  }
  EXPECT_EQ(journal_->figures().dead_letters, 0U);
}

TEST_F(JournaledOutboxTest, AStoreThatNeverShowsWhatItTookIsNotAskedWithoutAPause) {
  store_.shows_marks = false;
  for (int i = 0; i < 2; ++i) {
    const auto added =
        loop_.run(journaled_->submit(*CartId::parse("a"), add(), Answer::full, Deadline::clock::now() + 200ms));
    ASSERT_TRUE(added) << added.error().detail;
  }
  const std::size_t attempts = loop_.call([&] { return store_.attempts.size(); });
  EXPECT_LT(attempts, 40U);
  const auto found = loop_.run(journaled_->find(*CartId::parse("a"), Deadline::clock::now() + 200ms));
  EXPECT_TRUE(found);
}

TEST_F(JournaledOutboxTest, ASingleCorruptAnswerIsRetried) {
  const JournalRecord recent = left_behind(1h);
  loop_.call([&] {
    store_.script = {Errc::corrupt, Errc::corrupt, Errc::outcome_unknown, Errc::corrupt};
    return true;
  });
  JournalRecord accepted = recent;
  accepted.accepted = true;
  journaled_->recover({accepted});
  journaled_->start();
  ASSERT_TRUE(test::wait_until(
      [&] { return loop_.call([&] { return store_.script.empty() && figures_.pending.value() == 0; }); }));
  EXPECT_EQ(loop_.call([&] { return store_.attempts.size(); }), 5U);
  EXPECT_EQ(journal_->figures().dead_letters, 0U);
}

TEST_F(JournaledOutboxTest, TheSequenceOfADeadProducerLeavesACartThatIsChanged) {
  const JournalRecord gone = left_behind(2h);
  ASSERT_TRUE(loop_.run(journal_->release_now(gone.command_id)));
  restart();
  loop_.call([&] {
    store_.applied_sequences = {{gone.command_id.producer, gone.command_id.sequence}, {2, 5}};
    return true;
  });
  const auto dropped = [&] {
    journaled_->start();
    const auto added =
        loop_.run(journaled_->submit(*CartId::parse("a"), add(), Answer::full, Deadline::clock::now() + 20s));
    EXPECT_TRUE(added);
    return loop_.call([&] { return store_.dropped; });
  };
  EXPECT_EQ(dropped(), std::vector<ProducerId>{}) << "what its process sent may still arrive";
  restart();
  loop_.call([&] {
    store_.applied_sequences = {{gone.command_id.producer, gone.command_id.sequence}, {2, 5}};
    return true;
  });
  clock_.offset = Journal::producer_fence + 1min;
  EXPECT_EQ(dropped(), std::vector<ProducerId>{gone.command_id.producer});
}

TEST_F(JournaledOutboxTest, ARetriedDeadLetterGoesInAProducerOfItsOwn) {
  journal_->keep_dead_letter(left_behind(1h), "the key holds something else", now_ms(clock_));
  ASSERT_TRUE(test::wait_until([&] { return journal_->figures().dead_letters == 1; }));
  ASSERT_TRUE(loop_.run(journaled_->retry(loop_.run(journal_->dead_letters(std::nullopt, 1)).value()[0])));
  journaled_->start();
  ASSERT_TRUE(test::wait_until([&] { return loop_.call([&] { return !store_.attempts.empty(); }); }));
  const CommandId sent = loop_.call([&] { return store_.attempts[0]; });
  EXPECT_NE(sent.producer, 9u);
  EXPECT_NE(sent.producer, 1u);
}

}  // namespace
}  // namespace cartd
