#include "simulation/translation.h"

#include <functional>
#include <stdexcept>
#include <string>

namespace cartd::simulation {
namespace {

using test::Op;

/// The details' whole text is kept as the name: the simulation looks into none.
DetailsPatch details_of(const test::Operation& operation) {
  DetailsPatch details;
  details.name = operation.details;
  return details;
}

std::string digest(const std::string& text, std::size_t length) {
  std::string digits = std::to_string(std::hash<std::string>{}(text));
  digits.resize(length, '-');
  return digits;
}

std::optional<Idempotency> idempotency_of(const test::Operation& operation) {
  if (operation.key.empty()) return std::nullopt;
  const std::string command = std::string(to_string(operation.op)) + "\n" + operation.sku + "\n" +
                              std::to_string(operation.n) + "\n" + operation.details.value_or("-") + "\n" +
                              operation.owner.value_or("-") + "\n" + operation.metadata.value_or("-");
  return Idempotency{digest(operation.key, 16), digest(command, 11)};
}

std::optional<std::optional<UserId>> owner_of(const test::Operation& operation) {
  if (!operation.owner) return std::nullopt;
  if (operation.owner->empty()) return std::optional<UserId>();
  return std::optional(*UserId::parse(*operation.owner));
}

cartd::Command command_of(const test::Operation& operation) {
  switch (operation.op) {
    case Op::add: return Batch{{Add{*LineId::parse(operation.sku), operation.n, details_of(operation)}}};
    case Op::remove: return Batch{{Remove{*LineId::parse(operation.sku), operation.n}}};
    case Op::set: return Batch{{Set{*LineId::parse(operation.sku), operation.n, details_of(operation)}}};
    case Op::remove_line: return Batch{{RemoveLine{*LineId::parse(operation.sku)}}};
    case Op::describe: return Batch{{Describe{*LineId::parse(operation.sku), details_of(operation)}}};
    case Op::clear: return Batch{{Clear{}}};
    case Op::erase: return Delete{};
    case Op::annotate: return Annotate{operation.metadata, owner_of(operation)};
    default: throw std::logic_error(std::string("no change of a node: ") + to_string(operation.op));
  }
}

// As api/rest/problem.cpp has it.
int status_of(Errc code) {
  switch (code) {
    case Errc::not_found: return 404;
    case Errc::version_mismatch: return 412;
    case Errc::idempotency_mismatch: return 422;
    case Errc::outcome_unknown: return 504;
    case Errc::store_full:
    case Errc::journal_full: return 507;
    case Errc::unavailable:
    case Errc::degraded:
    case Errc::outbox_full:
    case Errc::journal_stalled:
    case Errc::journal_failed: return 503;
    default: return 500;
  }
}

void record_error(test::Exchange& exchange, const Error& error) {
  exchange.status = status_of(error.code);
  const bool is_unknown = exchange.status == 504 || exchange.status == 500;
  exchange.outcome = is_unknown ? test::Outcome::unknown : test::Outcome::refused;
  if (error.code == Errc::version_mismatch) exchange.version = error.current_version;
}

}  // namespace

Change change_of(const test::Operation& operation) {
  return {command_of(operation), operation.expected, idempotency_of(operation)};
}

test::CartView view_of(const Cart& cart, const Knowledge& knowledge) {
  test::CartView view{.version = cart.version,
                      .owner = cart.owner ? cart.owner->str() : "",
                      .metadata = cart.metadata,
                      .durability = to_string(knowledge.durability),
                      .degraded = knowledge.degraded,
                      .partial = knowledge.partial};
  for (const Line& line : cart.lines) {
    view.quantities[line.id.str()] = line.quantity;
    if (line.details) view.details[line.id.str()] = line.details->name;
  }
  return view;
}

void record_answer(test::Exchange& exchange, const Result<Acknowledged>& result) {
  if (!result) return record_error(exchange, result.error());
  exchange.outcome = test::Outcome::acknowledged;
  exchange.degraded = result->knowledge.degraded;
  exchange.status = exchange.op == Op::erase ? 204 : 200;
  if (exchange.op != Op::erase) exchange.seen = view_of(result->cart, result->knowledge);
  else if (!exchange.degraded) exchange.version = result->cart.version;
}

// A read does nothing: without an answer it is as if it had not been asked.
void record_answer(test::Exchange& exchange, const Result<Found>& result) {
  if (!result) {
    record_error(exchange, result.error());
    exchange.outcome = test::Outcome::refused;
    return;
  }
  exchange.outcome = test::Outcome::acknowledged;
  exchange.status = 200;
  exchange.degraded = result->knowledge.degraded;
  exchange.seen = view_of(result->cart, result->knowledge);
}

}  // namespace cartd::simulation
