// One call of OutboxCore::submit(), until it is answered.
#pragma once

#include "domain/command.h"
#include "domain/command_id.h"
#include "outbox/core/actions.h"
#include "store/execute.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <string>

namespace cartd::outbox {

struct CommandIdHash {
  std::size_t operator()(const CommandId& command_id) const noexcept {
    return std::hash<std::uint64_t>{}(command_id.sequence ^ (command_id.producer << 16));
  }
};

struct Request {
  /// The event that it waits for.
  enum class Phase {
    store,                ///< The store's answer, its deadline, or the news that the store is away.
    disk_to_answer,       ///< The store has answered; the disk has to have it too.
    disk_to_acknowledge,  ///< The store is away; when the disk has it, it is acknowledged. Its answer may still come.
    accept,               ///< It was judged by the store and was applied: the journal is to note that.
    append,               ///< The journal is to have what it came to while the store is away.
    disk_to_take_back,    ///< It leaves nothing in the store: when the disk has it, it has to leave that again …
    release,              ///< … and is leaving it.
  };
  enum class Disk { none, writing, done };

  RequestId id;
  CartId cart;
  Answer answer;
  Deadline deadline;
  bool is_conditional;  ///< As is_judged_by_store() says.
  Phase phase = Phase::store;
  Disk disk = Disk::none;  ///< Where its record is, made before it was sent.
  Result<void> written{};  ///< With Disk::done.
  std::optional<Result<CommandAnswer>> store_answer{};
  bool left_no_trace = false;  ///< The store answered, and could not tell it from a change that never came.
  /// In which epoch an attempt at it may have been done; 0: in more than one, or one that is not known.
  std::optional<std::uint64_t> unclear_epoch{};
  std::optional<std::string> why_away{};           ///< The store is away: what the attempt was answered.
  std::optional<Acknowledged> kept{};              ///< Phase::append: the answer when it is on disk.
  std::optional<CommandId> first_id{};             ///< The record of which Phase::append took the place.
  std::optional<Result<Acknowledged>> withheld{};  ///< Phase::disk_to_take_back and Phase::release: the answer.
};

/// One call of OutboxCore::retry().
struct Retry {
  RequestId id;
  CartId cart;
  Change change;
  bool is_answered = false;  ///< The deadline came first.
};

}  // namespace cartd::outbox
