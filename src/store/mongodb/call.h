// An operation on its way to the database: for whom, and what came of it.
#pragma once

#include "domain/error.h"
#include "runtime/calls.h"
#include "store/mongodb/operation.h"

#include <list>
#include <memory>
#include <optional>

namespace cartd::mongodb {

struct Call {
  explicit Call(Operation its_operation) : operation(std::move(its_operation)) {}

  Operation operation;
  std::shared_ptr<Calls> calls{};  ///< Who waits for it; null: nobody …
  Calls::Number number = 0;        ///< … and as which call.

  // The answer. A thread of the database sets it, and only then it is read.
  Answer answer{};
  std::optional<Error> failure{};

  /// Where it waits, while it does. The queue's own.
  std::optional<std::list<std::shared_ptr<Call>>::iterator> place{};
};

using CallPtr = std::shared_ptr<Call>;

}  // namespace cartd::mongodb
