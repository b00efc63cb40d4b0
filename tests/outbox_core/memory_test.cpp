// What changes take of this process's memory, as the system counts it, beside what the core says of it.
#include "outbox_core/core_fixture.h"
#include "runtime/heap.h"
#include "support/process_memory.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace cartd {
namespace {

class MemoryTest : public test::CoreFixture {
 protected:
  MemoryTest() : CoreFixture(true) { store_.is_serving = false; }

  /// Adds to carts "<prefix>0" to "<prefix><carts - 1>" in turn, each acknowledged from the journal.
  void add_to(const std::string& prefix, int carts, int changes) {
    std::vector<outbox::Action> actions;
    for (int i = 0; i < changes; ++i) {
      core_.submit({++last_request_,
                    cart((prefix + std::to_string(i % carts)).c_str()),
                    add(),
                    Answer::version,
                    now_.steady,
                    {}},
                   now_);
      core_.take_actions(actions);
      for (const outbox::Action& action : std::exchange(actions, {}))
        if (const auto* append = std::get_if<outbox::Append>(&action))
          core_.appended(append->record.command_id, {}, now_);
      core_.take_actions(actions);
      actions.clear();
    }
  }

  void expect_true_figure(const std::string& prefix, int carts, int changes) {
    const std::size_t counted_before = core_.figures().memory;
    return_free_memory();
    const std::size_t before = test::memory_of("self", "RssAnon");
    add_to(prefix, carts, changes);
    const std::size_t in_journal = static_cast<std::size_t>(changes) * Journal::index_bytes;
    const auto counted = static_cast<double>(core_.figures().memory - counted_before - in_journal);
    const auto taken = static_cast<double>(test::memory_of("self", "RssAnon") - before);
    EXPECT_NEAR(counted, taken, 0.2 * taken) << taken / changes << " bytes a change";
  }
};

TEST_F(MemoryTest, OfChangesThatWaitIsWhatTheFigureSays) {
  if (!test::memory_is_cartds) GTEST_SKIP();
  add_to("warm", 1000, 1000);
  expect_true_figure("few", 1000, 30'000);
  expect_true_figure("many", 30'000, 30'000);
  expect_true_figure("a-name-that-is-longer-", 30'000, 30'000);
}

}  // namespace
}  // namespace cartd
