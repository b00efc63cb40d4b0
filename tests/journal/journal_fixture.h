// A journal in a folder of the test's own, and records to put into it.
#pragma once

#include "journal/journal.h"

#include "domain/generators.h"
#include "support/reactor_thread.h"
#include "support/temp_dir.h"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cartd::test {

constexpr std::uint64_t plenty = std::uint64_t{1} << 40;
/// For a disk that is only slow because others use it, too.
constexpr std::chrono::milliseconds patient = std::chrono::minutes(1);

inline JournalRecord record(std::uint64_t sequence, ProducerId producer = 1, bool accepted = false) {
  Batch batch{{Add{sku("SKU-" + std::to_string(sequence)), 1}}};
  return {CommandId{producer, sequence}, cart_id("cart-" + std::to_string(sequence % 10)), Change{std::move(batch)},
          accepted};
}

inline bool same(const JournalRecord& a, const JournalRecord& b) {
  return a.command_id == b.command_id && a.cart == b.cart && a.change.command == b.change.command &&
         a.accepted == b.accepted && a.change.expected_version == b.change.expected_version &&
         a.change.idempotency == b.change.idempotency;
}

inline std::vector<CommandId> command_ids_of(const std::vector<JournalRecord>& records) {
  std::vector<CommandId> command_ids;
  for (const auto& one : records) command_ids.push_back(one.command_id);
  return command_ids;
}

class JournalTest : public testing::Test {
 protected:
  /// Opens the folder's journal, again if it was open.
  void open(std::uint64_t max_bytes = plenty) {
    journal_.reset();
    auto opened = Journal::open({folder_, max_bytes, patient});
    ASSERT_TRUE(opened) << opened.error();
    journal_ = std::move(*opened);
  }
  /// Why it cannot be opened; empty when it can.
  std::string refusal() {
    journal_.reset();
    const auto opened = Journal::open({folder_, plenty});
    return opened ? "" : opened.error();
  }

  Result<void> append(std::uint64_t sequence, ProducerId producer = 1) {
    return loop_.run(journal_->append(record(sequence, producer)));
  }
  Result<void> accept(std::uint64_t sequence) { return loop_.run(journal_->accept({1, sequence})); }

  std::vector<DeadLetter> dead_letters() {
    auto letters = loop_.run(journal_->dead_letters(std::nullopt, plenty));
    EXPECT_TRUE(letters) << letters.error().detail;
    return letters ? std::move(*letters) : std::vector<DeadLetter>();
  }

  /// What a next process would find, command id by command id.
  std::vector<CommandId> left() {
    open();
    return journal_ ? command_ids_of(journal_->take_recovered()) : std::vector<CommandId>();
  }

  TempDir parent_;
  std::filesystem::path folder_ = parent_.path() / "journal";
  // Before the journal: a loop outlives what resumes on it.
  ReactorThread loop_;
  std::unique_ptr<Journal> journal_;
};

}  // namespace cartd::test
