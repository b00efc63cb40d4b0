#include "store/mongodb/failures.h"

#include <algorithm>
#include <iterator>

namespace cartd::mongodb {
namespace {

// MongoDB's src/mongo/base/error_codes.yml.
namespace code {
constexpr std::uint32_t unauthorized = 13;
constexpr std::uint32_t authentication_failed = 18;
constexpr std::uint32_t max_time_expired = 50;
constexpr std::uint32_t too_large = 10334;
constexpr std::uint32_t out_of_disk_space = 14031;
}  // namespace code

/// The server does not take writes, and did not begin with this one.
constexpr std::uint32_t not_primary[] = {10058, 10107, 13435, 13436};
/// It gave up on its way, or lost another server that it had asked.
constexpr std::uint32_t interrupted[] = {6, 7, 89, 91, 189, 262, 9001, 11600, 11602};
/// What it answers before it has written anything: bad values, rules that operators gave the collection, conflicts, no
/// such command, no rights.
constexpr std::uint32_t refusals[] = {2, 9, 13, 18, 20, 26, 59, 72, 112, 121, 166, 11000, 17280, 17419};

template <std::size_t N>
bool is_among(std::uint32_t value, const std::uint32_t (&codes)[N]) {
  return std::find(std::begin(codes), std::end(codes), value) != std::end(codes);
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

Error surely_not(const std::string& why) { return {Errc::unavailable, why + "; nothing was done"}; }

Error perhaps(bool is_read, const std::string& why) {
  if (is_read) return {Errc::unavailable, why};
  return {Errc::outcome_unknown, why + "; the change may have been applied"};
}

Failure failure_by_server(bool is_read, const DriverError& error) {
  if (is_among(error.code, not_primary)) return {surely_not("the database has no primary server"), true};
  if (error.code == code::max_time_expired) return {perhaps(is_read, "the database is too slow")};
  if (is_among(error.code, interrupted)) return {perhaps(is_read, "the database is starting or stopping"), true};
  if (error.code == code::out_of_disk_space)
    return {{Errc::store_full, "the database's disk is full; nothing was done"}};
  if (error.code == code::too_large || error.code == 17280 || error.code == 17419)
    return {{Errc::invalid, "the cart or user is larger than the database takes"}};
  if (error.code == code::unauthorized || error.code == code::authentication_failed)
    return {surely_not("the database refuses the user"), true, true};
  if (is_among(error.code, refusals) && !is_read)
    return {{Errc::invalid, "the database does not take a value of the cart or user"}, false, true};
  return {perhaps(is_read, "the database answers an error"), false, true};
}

}  // namespace

Failure failure_of(bool is_read, const DriverError& error) {
  switch (error.source) {
    case Source::not_sent: return {surely_not(reason_of(error)), true};
    case Source::connection: return {perhaps(is_read, "the connection to the database was lost"), true};
    case Source::server: return failure_by_server(is_read, error);
    case Source::unconfirmed: return {perhaps(false, "the database could not confirm the change in time"), false, true};
    case Source::client: return {{Errc::invalid, "the cart or user cannot be written to the database"}, false, true};
  }
  return {perhaps(is_read, "the database answers an error")};
}

std::string reason_of(const DriverError& error) {
  const std::string_view text = error.text;
  if (error.code == code::unauthorized) return "the database refuses the user";
  if (has(text, "uthentication") || has(text, "auth error") || has(text, "mechanism") || has(text, "SCRAM"))
    return "the database refuses the login";
  if (has(text, "TLS") || has(text, "SSL") || has(text, "certificate")) return "TLS to the database fails";
  if (error.source == Source::server) return "the database answers an error";
  return "the database cannot be reached";
}

}  // namespace cartd::mongodb
