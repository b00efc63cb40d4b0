#include "domain/command.h"

namespace cartd {
namespace {

struct LineCommandKind {
  const char* operator()(const Add&) const { return "add"; }
  const char* operator()(const Remove&) const { return "remove"; }
  const char* operator()(const RemoveLine&) const { return "remove_line"; }
  const char* operator()(const Set&) const { return "set"; }
  const char* operator()(const Clear&) const { return "clear"; }
};

struct CommandKind {
  const char* operator()(const Batch& batch) const {
    return batch.commands.size() == 1 ? std::visit(LineCommandKind{}, batch.commands.front()) : "batch";
  }
  const char* operator()(const Annotate&) const { return "annotate"; }
  const char* operator()(const Delete&) const { return "delete"; }
  const char* operator()(const Touch&) const { return "touch"; }
};

}  // namespace

const char* kind(const Command& command) { return std::visit(CommandKind{}, command); }

}  // namespace cartd
