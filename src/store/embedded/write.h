// A write to one key, on its way to the thread that writes: what the key must still hold, and what it is to hold.
#pragma once

#include "domain/error.h"
#include "domain/time.h"
#include "runtime/calls.h"
#include "store/cart_store.h"
#include "store/embedded/work_queue.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace cartd::embedded {

/// The key holds a record with this token; 0: none, or one that is forgotten at `now`.
struct TokenIs {
  Token token;
  Time now;
};

/// The key holds this value; nothing: none.
struct ValueIs {
  std::optional<std::string> value;
};

/// Another key, and what it is to hold once the key that is compared is written; nothing: it goes.
struct Beside {
  std::string key;
  std::optional<std::string> value;
};

/// Whatever it holds.
struct Anything {};

using Expectation = std::variant<Anything, TokenIs, ValueIs>;

enum class Verdict { as_expected, otherwise, undecodable };

/// False where judge() answers without a look at the value.
inline bool has_to_be_read(const Expectation& expected) { return !std::holds_alternative<Anything>(expected); }

/// The same of a record that is in memory; null: there is none.
Verdict judge(const TokenIs& expected, const Snapshot* found);

/// What `found`, the key's value, means for the expectation. Pure.
Verdict judge(const Expectation& expected, std::optional<std::string_view> found);

struct Write : WorkQueue<Write>::Queued {
  std::string key;
  Expectation expected;
  std::optional<std::string> value;  ///< Nothing: the key goes.
  SnapshotPtr snapshot{};            ///< The record that `value` is, if it is one.
  std::vector<Beside> beside{};      ///< Written in the same step.

  std::shared_ptr<Calls> calls{};  ///< Who waits for it …
  Calls::Number number = 0;        ///< … and as which call.

  // The answer. The thread that writes sets it, and only then it is read.
  bool was_as_expected = false;
  std::optional<std::string> found{};  ///< What the key holds instead …
  SnapshotPtr found_in_memory{};       ///< … or this, if it is not null.
  std::optional<Error> failure{};
};

using WritePtr = std::shared_ptr<Write>;

}  // namespace cartd::embedded
