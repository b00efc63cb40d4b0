#include "domain/command.h"

namespace cartd {
namespace {

struct LineCommandKind {
  CommandKind operator()(const Add&) const { return CommandKind::add; }
  CommandKind operator()(const Remove&) const { return CommandKind::remove; }
  CommandKind operator()(const RemoveLine&) const { return CommandKind::remove_line; }
  CommandKind operator()(const Set&) const { return CommandKind::set; }
  CommandKind operator()(const Describe&) const { return CommandKind::describe; }
  CommandKind operator()(const Reprice&) const { return CommandKind::reprice; }
  CommandKind operator()(const Clear&) const { return CommandKind::clear; }
};

struct KindOfCommand {
  CommandKind operator()(const Batch& batch) const {
    return batch.commands.size() == 1 ? std::visit(LineCommandKind{}, batch.commands.front()) : CommandKind::batch;
  }
  CommandKind operator()(const Annotate&) const { return CommandKind::annotate; }
  CommandKind operator()(const Delete&) const { return CommandKind::delete_cart; }
  CommandKind operator()(const Touch&) const { return CommandKind::touch; }
  CommandKind operator()(const BeginCheckout&) const { return CommandKind::begin_checkout; }
  CommandKind operator()(const CompleteCheckout&) const { return CommandKind::complete_checkout; }
  CommandKind operator()(const AbortCheckout&) const { return CommandKind::abort_checkout; }
  CommandKind operator()(const BeginTransfer&) const { return CommandKind::begin_transfer; }
  CommandKind operator()(const TakeTransfer&) const { return CommandKind::take_transfer; }
  CommandKind operator()(const FinishTransfer&) const { return CommandKind::finish_transfer; }
};

struct NeedsStore {
  bool operator()(const Batch&) const { return false; }
  bool operator()(const Annotate&) const { return false; }
  bool operator()(const Delete&) const { return false; }
  bool operator()(const Touch&) const { return false; }
  bool operator()(const auto&) const { return true; }
};

}  // namespace

bool operator==(const CompleteCheckout& a, const CompleteCheckout& b) {
  return *a.checkout == *b.checkout && a.payment_ref == b.payment_ref && a.is_strict == b.is_strict;
}

bool operator==(const TakeTransfer& a, const TakeTransfer& b) { return *a.transfer == *b.transfer; }

bool operator==(const FinishTransfer& a, const FinishTransfer& b) {
  return *a.transfer == *b.transfer && a.was_taken == b.was_taken;
}

bool needs_store(const Command& command) { return std::visit(NeedsStore{}, command); }

bool is_judged_by_store(const Change& change) {
  return change.expected_version.has_value() || needs_store(change.command);
}

CommandKind kind(const Command& command) { return std::visit(KindOfCommand{}, command); }

const char* to_string(CommandKind kind) {
  switch (kind) {
    case CommandKind::add: return "add";
    case CommandKind::remove: return "remove";
    case CommandKind::remove_line: return "remove_line";
    case CommandKind::set: return "set";
    case CommandKind::describe: return "describe";
    case CommandKind::reprice: return "reprice";
    case CommandKind::clear: return "clear";
    case CommandKind::batch: return "batch";
    case CommandKind::annotate: return "annotate";
    case CommandKind::delete_cart: return "delete";
    case CommandKind::touch: return "touch";
    case CommandKind::begin_checkout: return "begin_checkout";
    case CommandKind::complete_checkout: return "complete_checkout";
    case CommandKind::abort_checkout: return "abort_checkout";
    case CommandKind::begin_transfer: return "begin_transfer";
    case CommandKind::take_transfer: return "take_transfer";
    case CommandKind::finish_transfer: return "finish_transfer";
  }
  return "unknown";
}

}  // namespace cartd
