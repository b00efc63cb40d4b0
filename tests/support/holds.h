// Questions to servers that may be down.
#pragma once

#include <stdexcept>

namespace cartd::test {

/// What `question` says; false also when it throws because a server does not answer.
template <class Question>
bool holds(const Question& question) {
  try {
    return question();
  } catch (const std::runtime_error&) {
    return false;
  }
}

}  // namespace cartd::test
