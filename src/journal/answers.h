// Coroutines that wait for a group to be written: kept by the journal's threads, resumed on their own executors.
#pragma once

#include "domain/error.h"
#include "runtime/completion.h"

#include <utility>
#include <vector>

namespace cartd::journal {

/// Nobody waits when it is empty.
using Waiter = Completion<Result<void>>;
using Answered = std::pair<Waiter, Result<void>>;

/// Resumes each with its result: one trip to each executor, however many wait there.
void resume_all(std::vector<Answered> answered);

}  // namespace cartd::journal
