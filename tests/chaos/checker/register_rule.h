// What a value can be that each write replaces as a whole: a cart's owner, its metadata, the details of a line that
// never goes away. Any client may write, through any cartd. Pure.
#pragma once

#include "chaos/checker/checker.h"
#include "chaos/checker/command.h"
#include "chaos/checker/line_rules.h"

#include <set>
#include <string>
#include <vector>

namespace cartd::test {

/// The last write stays. Which of several is the last is known where one was acknowledged before the other was begun,
/// through the same cartd and no other, or in a store that rolls nothing back. An unknown write may come at any time
/// after its beginning.
class Register {
 public:
  /// Empty at first.
  explicit Register(CheckOptions options) : options_(options) {}

  /// `command` outlives the register.
  void add(const Command& command, std::string value);

  /// The values that may be seen.
  std::set<std::string> at(const Observation& observation) const;

 private:
  struct Write {
    const Command* command;
    std::string value;
  };

  bool shows(const Command& command, const Observation& observation) const;

  const CheckOptions options_;
  std::vector<Write> writes_;
};

}  // namespace cartd::test
