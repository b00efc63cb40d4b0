#include "store/postgres/session.h"

#include "store/postgres/query.h"
#include "store/postgres/schema.h"
#include "store/postgres/statements.h"

#include <libpq-fe.h>

#include <algorithm>
#include <utility>
#include <vector>

namespace cartd::postgres {
namespace {

// What the URL may say otherwise. A server that does not answer is noticed, and so is a machine that is gone.
constexpr std::pair<const char*, const char*> standard_parameters[] = {
    {"connect_timeout", "3"},     {"tcp_user_timeout", "10000"}, {"keepalives_idle", "15"},
    {"keepalives_interval", "5"}, {"keepalives_count", "3"},     {"application_name", "cartd"},
};

constexpr std::chrono::seconds time_to_set_up(3);

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

/// The reason in words that hold nothing of the message, which names addresses and users.
std::string reason_of(std::string_view message) {
  if (contains(message, "password") || contains(message, "authentication") || contains(message, "pg_hba") ||
      contains(message, "role"))
    return "the database refuses the login";
  if (contains(message, "database \"")) return "the server has no such database";
  if (contains(message, "starting up") || contains(message, "shutting down") || contains(message, "recovery"))
    return "the database is starting or stopping";
  if (contains(message, "too many") || contains(message, "remaining connection"))
    return "the database has no free connections";
  if (contains(message, "SSL") || contains(message, "certificate")) return "TLS to the database fails";
  if (contains(message, "FATAL")) return "the database refuses the connection";
  return "the database cannot be reached";
}

/// One line without the password, should any library repeat it.
std::string cleaned(std::string text, const std::string& password) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  while (text.ends_with(' ')) text.pop_back();
  if (!password.empty())
    for (auto at = text.find(password); at != std::string::npos; at = text.find(password, at))
      text.replace(at, password.size(), "***");
  return text;
}

ConnectionPtr connect(const DatabaseUrl& url) {
  std::vector<const char*> names;
  std::vector<const char*> values;
  const auto add = [&](const char* name, const char* value) {
    names.push_back(name);
    values.push_back(value);
  };
  for (const auto& [name, value] : url.parameters) add(name.c_str(), value.c_str());
  for (const auto& [name, value] : standard_parameters)
    if (url.parameter(name).empty()) add(name, value);
  add("client_encoding", "UTF8");
  names.push_back(nullptr);
  values.push_back(nullptr);
  return ConnectionPtr(PQconnectdbParams(names.data(), values.data(), 0));
}

std::string settings(const SessionOptions& options) {
  // A commit that was acknowledged is on a disk, whatever is usual for this user or database. A page of an index is
  // read in its order: a bitmap would need all that an owner has.
  return "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off';"
         "SET default_transaction_isolation = 'read committed'; SET jit = off; SET enable_bitmapscan = off; SET "
         "statement_timeout = " +
         std::to_string(options.statement_timeout.count()) +
         "; SET lock_timeout = " + std::to_string(options.lock_timeout.count());
}

std::string preparation() {
  std::string sql;
  for (const Statement* statement : all_statements)
    sql += std::string("PREPARE ") + statement->name + " AS " + statement->sql + ";";
  return sql;
}

/// Whether the server syncs what it acknowledges.
bool is_safe(PGconn* connection, SteadyTime deadline) {
  const ResultPtr result = query(connection, "SELECT current_setting('fsync')", deadline);
  return !is_done(result) || std::string_view(PQgetvalue(result.get(), 0, 0)) == "on";
}

void ignore_notices(void*, const PGresult*) {}

}  // namespace

OpenedSession open_session(const SessionOptions& options, const std::stop_token& stop) {
  OpenedSession opened;
  opened.connection = connect(options.url);
  PGconn* const connection = opened.connection.get();
  const std::string password = options.url.parameter("password");
  const auto fail = [&](std::string why, std::string text) {
    opened.connection.reset();
    opened.why = std::move(why);
    opened.log_text = cleaned(std::move(text), password);
  };
  if (PQstatus(connection) != CONNECTION_OK) {
    const std::string message = PQerrorMessage(connection);
    fail(reason_of(message), message);
    return opened;
  }
  PQsetNoticeReceiver(connection, ignore_notices, nullptr);
  SteadyTime deadline = std::chrono::steady_clock::now() + time_to_set_up;
  const SchemaFault fault = ensure_schema(connection, deadline, stop);
  if (fault.kind != SchemaFault::Kind::none) {
    fail(fault.why, fault.database);
    opened.schema_is_newer = fault.kind == SchemaFault::Kind::newer;
    return opened;
  }
  // Behind the schema, which may take longer than a statement should.
  deadline = std::chrono::steady_clock::now() + time_to_set_up;
  for (const std::string& sql : {settings(options), preparation()}) {
    if (const ResultPtr result = query(connection, sql, deadline); !is_done(result)) {
      fail("the database does not take cartd's settings and statements", error_text(result));
      return opened;
    }
  }
  opened.is_safe = is_safe(connection, deadline);
  if (PQsetnonblocking(connection, 1) != 0 || PQenterPipelineMode(connection) != 1)
    fail("the database cannot be used", PQerrorMessage(connection));
  if (!opened.connection) return opened;
  opened.socket = SocketCopy(connection);
  if (!opened.socket) fail("cartd has no file descriptor left for the database", "fcntl: F_DUPFD_CLOEXEC");
  return opened;
}

}  // namespace cartd::postgres
