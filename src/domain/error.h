// Errors as values. No exception crosses a module's border: every operation that can fail
// answers a Result.
#pragma once

#include <boost/system/result.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cartd {

enum class Errc {
  malformed,             ///< The bytes are not what they claim to be: not JSON, not UTF-8.
  invalid,               ///< The value is not allowed, whatever the cart holds.
  lines_differ,          ///< The cart's lines are not as the request wants them; Error::lines names them.
  nothing_to_buy,        ///< The cart has no lines.
  already_completed,     ///< The checkout has become an order.
  payment_ref_used,      ///< The payment belongs to another checkout of the cart.
  limit_exceeded,        ///< The change would break a limit; Error::limit names it.
  not_found,             ///< There is no such thing.
  version_mismatch,      ///< expected_version differs; Error::current_version is the cart's.
  idempotency_mismatch,  ///< The idempotency key was used for another command.
  in_flight,             ///< A command with the same idempotency key is still running.
  unavailable,           ///< The store cannot be reached. Surely nothing was done.
  outcome_unknown,       ///< Sent, but not answered. It may have been done.
  rolled_back,           ///< The store has lost earlier changes, which have to be sent again first. Nothing was done.
  degraded,              ///< The store is unreachable and the request needs it. Nothing was done.
  store_full,            ///< The store has no memory left for it. Nothing was done.
  outbox_full,           ///< The outbox has no memory left for it. Nothing was done.
  journal_full,          ///< The journal has no room left for it. Nothing was done.
  journal_stalled,       ///< The journal's disk does not answer. Nothing was done.
  journal_failed,        ///< The journal cannot be written any more, until the next start. Nothing was done.
  corrupt,               ///< The stored data is invalid.
};

struct LineDifference;  // domain/checkout.h

/// The name of `code` as it stands in logs and metrics, for example "limit_exceeded".
const char* to_string(Errc code);

struct Error {
  Errc code;
  /// One sentence for the caller. Never holds addresses, paths or secrets.
  std::string detail;
  /// JSON pointer (RFC 6901) of the member at fault, empty when there is none.
  std::string pointer{};
  /// The limit that would have been broken: "quantity", "lines", "metadata_bytes", …
  std::string limit{};
  /// Set with lines_differ.
  std::shared_ptr<const std::vector<LineDifference>> lines{};
  /// Set with version_mismatch.
  std::optional<std::uint64_t> current_version{};

  friend bool operator==(const Error& a, const Error& b);
};

/// `name` as one reference token of a JSON pointer, with its slash (RFC 6901, section 3).
std::string pointer_to(std::string_view name);

template <class T>
using Result = boost::system::result<T, Error>;

/// Called by Result::value() on an error: a programmer's mistake, so it throws std::logic_error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace cartd
