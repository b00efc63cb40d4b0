#include "domain/error.h"

#include "domain/checkout.h"

#include <stdexcept>
#include <tuple>

namespace cartd {

const char* to_string(Errc code) {
  switch (code) {
    case Errc::malformed: return "malformed";
    case Errc::invalid: return "invalid";
    case Errc::lines_differ: return "lines_differ";
    case Errc::nothing_to_buy: return "nothing_to_buy";
    case Errc::already_completed: return "already_completed";
    case Errc::payment_ref_used: return "payment_ref_used";
    case Errc::limit_exceeded: return "limit_exceeded";
    case Errc::not_found: return "not_found";
    case Errc::version_mismatch: return "version_mismatch";
    case Errc::idempotency_mismatch: return "idempotency_mismatch";
    case Errc::in_flight: return "in_flight";
    case Errc::unavailable: return "unavailable";
    case Errc::outcome_unknown: return "outcome_unknown";
    case Errc::rolled_back: return "rolled_back";
    case Errc::degraded: return "degraded";
    case Errc::store_full: return "store_full";
    case Errc::outbox_full: return "outbox_full";
    case Errc::journal_full: return "journal_full";
    case Errc::journal_stalled: return "journal_stalled";
    case Errc::journal_failed: return "journal_failed";
    case Errc::corrupt: return "corrupt";
  }
  return "unknown";
}

bool operator==(const Error& a, const Error& b) {
  const auto rest = [](const Error& error) {
    return std::tie(error.code, error.detail, error.pointer, error.limit, error.current_version);
  };
  if (rest(a) != rest(b) || !a.lines != !b.lines) return false;
  return !a.lines || *a.lines == *b.lines;
}

std::string pointer_to(std::string_view name) {
  std::string token = "/";
  for (const char c : name) {
    if (c == '~') token += "~0";
    else if (c == '/') token += "~1";
    else token += c;
  }
  return token;
}

void throw_exception_from_error(const Error& error, const boost::source_location&) {
  throw std::logic_error(std::string("unchecked result: ") + to_string(error.code) + ": " + error.detail);
}

}  // namespace cartd
