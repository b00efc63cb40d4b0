#include "store/postgres/failures.h"

#include <string>

namespace cartd::postgres {
namespace {

Error unavailable(const char* why) { return {Errc::unavailable, std::string(why) + "; nothing was done"}; }

}  // namespace

// PostgreSQL documentation, appendix A.
Failure failure_of(Statement::Kind kind, std::string_view sqlstate) {
  if (sqlstate == "25006") return {unavailable("the database is read-only"), true};
  if (sqlstate == "53100") return {{Errc::store_full, "the database's disk is full; nothing was done"}};
  if (sqlstate == "55P03" || sqlstate == "57014")
    return {unavailable("the cart or user is locked, or the database is too slow")};
  if (sqlstate == "40P01" || sqlstate == "40001") return {unavailable("others change the same carts or users")};
  // The statements are gone: somebody else uses the session, such as a pool that shares it between clients.
  if (sqlstate == "26000") return {unavailable("the database's session was changed by others"), true, true};
  // A value that is there and cannot be read, such as a time at infinity.
  if ((sqlstate.starts_with("22") || sqlstate == "0A000") && kind == Statement::Kind::read)
    return {{Errc::corrupt, "the stored cart or user cannot be decoded"}};
  if (sqlstate.starts_with("22") || sqlstate.starts_with("23"))
    return {{Errc::invalid, "the database does not take a value of the cart or user"}, false, true};
  return {unavailable("the database answers an error"), true, true};
}

Error lost(Statement::Kind kind) {
  if (kind == Statement::Kind::read) return {Errc::unavailable, "the connection to the database was lost"};
  return {Errc::outcome_unknown, "the connection to the database was lost; the change may have been applied"};
}

bool ends_transaction_only(std::string_view severity) { return severity == "ERROR"; }

}  // namespace cartd::postgres
