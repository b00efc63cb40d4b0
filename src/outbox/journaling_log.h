// Tells the operator when changes begin to be acknowledged from the journal, or from memory, and when the store has
// them all.
//
// Threads: thread-safe. Times are handed in. An outbox is known by its address.
#pragma once

#include <chrono>
#include <cstddef>
#include <mutex>
#include <optional>
#include <set>

namespace cartd {

class JournalingLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Where changes wait while the store is away.
  enum class Place { journal, memory };

  explicit JournalingLog(Place place = Place::journal) : place_(place) {}

  /// A change was acknowledged without the store. The first one is a line in the log, at most one in 10 s.
  void accepted(const void* outbox, Time now);
  /// So many changes of an earlier process are in the journal: a line in the log when the store has them.
  void recovered(const void* outbox, std::size_t changes, Time now);
  /// The store has a change that was acknowledged before.
  void delivered(Time now);
  /// One of the changes became a dead letter.
  void dead_lettered();

  /// True from accepted() or recovered() until published() says that `outbox` owes the store nothing.
  bool waits_for(const void* outbox) const;
  void published(const void* outbox, bool owes);
  /// To be called often. A line when nothing was owed for a second; and that of accepted() where it had to wait.
  void look(Time now);

 private:
  /// Until the store has all there was.
  struct Episode {
    Time since;
    std::size_t changes = 0;
    std::size_t dead_letters = 0;
    bool accepting = false;
    bool begin_told = false;
    bool recovered = false;
    std::optional<Time> first_delivery{};
    Time last_delivery{};
    std::optional<Time> over_since{};
  };

  Episode& episode(const void* outbox, Time now);
  bool is_begin_due(Time now);
  std::optional<Episode> take_ended(Time now);

  void tell_begin() const;

  const Place place_;
  mutable std::mutex mutex_;
  std::optional<Episode> episode_{};
  std::set<const void*> owing_{};
  std::optional<Time> last_begin_{};
};

}  // namespace cartd
