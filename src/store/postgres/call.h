// A statement on its way to the database: what is to be carried out, for whom, and what came of it.
#pragma once

#include "domain/error.h"
#include "runtime/calls.h"
#include "store/postgres/handles.h"
#include "store/postgres/statements.h"

#include <cstddef>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::postgres {

/// Nothing is SQL's null.
struct Parameter {
  std::optional<std::string> value{};
  bool is_binary = false;
};

struct Call {
  const Statement* statement = nullptr;
  std::vector<Parameter> parameters{};
  /// Which row it writes: statements of one transaction are in the order of these, so that two cartds do not wait for
  /// each other's rows in a circle.
  std::string row{};
  std::shared_ptr<Calls> calls{};  ///< Who waits for it; null: nobody …
  Calls::Number number = 0;        ///< … and as which call.
  bool goes_alone = false;         ///< It was in a transaction that failed, for whichever of its statements.

  // The answer. The thread of the database sets it, and only then it is read.
  ResultPtr result{};
  std::optional<Error> failure{};

  /// Where it waits, while it does. The queue's own.
  std::optional<std::list<std::shared_ptr<Call>>::iterator> place{};
};

using CallPtr = std::shared_ptr<Call>;
using Group = std::vector<CallPtr>;

/// About what it takes in memory.
std::size_t bytes_of(const Call& call);

}  // namespace cartd::postgres
