#include "store/postgres/schema.h"

#include "runtime/log.h"
#include "util/decimal.h"

#include <libpq-fe.h>
#include <optional>

namespace cartd::postgres {
namespace {

// An index over many carts takes that long. A server that is gone is noticed by the connection's keepalive.
constexpr std::chrono::hours time_to_migrate(12);

// What brings the schema from version i to i + 1. Never changed once it was released.
constexpr const char* migrations[schema_version] = {
    R"(
CREATE TABLE cartd.carts (
  id text COLLATE "C" PRIMARY KEY,
  layout int2 NOT NULL,
  token int8 NOT NULL,
  version int8 NOT NULL,
  owner text,
  metadata text,
  created_at timestamptz,
  updated_at timestamptz,
  expires_at timestamptz,
  forget_at timestamptz NOT NULL,
  forget_on date NOT NULL GENERATED ALWAYS AS ((forget_at AT TIME ZONE 'UTC')::date) STORED,
  lines jsonb NOT NULL,
  replay bytea NOT NULL
) WITH (fillfactor = 75);
CREATE INDEX carts_forget_on ON cartd.carts (forget_on);
CREATE TABLE cartd.checkouts (
  id text COLLATE "C" PRIMARY KEY,
  layout int2 NOT NULL,
  cart text NOT NULL,
  owner text,
  completed_at timestamptz,
  payment_ref text,
  forget_at timestamptz NOT NULL,
  forget_on date NOT NULL GENERATED ALWAYS AS ((forget_at AT TIME ZONE 'UTC')::date) STORED,
  lines jsonb NOT NULL,
  content bytea NOT NULL
);
CREATE INDEX checkouts_forget_on ON cartd.checkouts (forget_on);
CREATE TABLE cartd.users (
  id text COLLATE "C" PRIMARY KEY,
  layout int2 NOT NULL,
  token int8 NOT NULL,
  fields jsonb NOT NULL
) WITH (fillfactor = 75);
)",
    // None of the indexed columns changes with a cart's lines, so that most writes leave these indexes alone, too.
    R"(
ALTER TABLE cartd.carts ADD COLUMN kind text;
CREATE INDEX carts_owner ON cartd.carts (owner, created_at DESC, id) WHERE owner IS NOT NULL;
CREATE INDEX carts_owner_kind ON cartd.carts (owner, coalesce(kind, ''), created_at DESC, id) WHERE owner IS NOT NULL;
)",
};

// Whoever may not make a schema can be given one.
constexpr const char* first_tables =
    "DO $$ BEGIN IF to_regnamespace('cartd') IS NULL THEN CREATE SCHEMA cartd; END IF; END $$;"
    "CREATE TABLE cartd.schema_version (version int4 NOT NULL); INSERT INTO cartd.schema_version VALUES (0)";

// Of cartd's schema: any number that nobody else locks.
constexpr const char* take_lock = "SELECT pg_advisory_lock(7163378142660011)";
constexpr const char* leave_lock = "SELECT pg_advisory_unlock(7163378142660011)";

// Otherwise the server would hold the lock until it is done with the work of a cartd that has ended.
constexpr const char* notice_lost_clients = "SET client_connection_check_interval = '5s'";

class Schema {
 public:
  Schema(PGconn* connection, SteadyTime deadline, const std::stop_token& stop)
      : connection_(connection), deadline_(deadline), stop_(stop) {}

  SchemaFault ensure();

 private:
  /// Nothing: it cannot be read, and `fault_` says why. 0: there is none.
  std::optional<int> version();
  /// False: `fault_` says why.
  bool run(const std::string& sql);
  SchemaFault migrate();
  SchemaFault refused() const {
    return {SchemaFault::Kind::refused, "the tables of cartd cannot be read or made in the database", fault_};
  }

  PGconn* connection_;
  SteadyTime deadline_;
  const std::stop_token& stop_;
  std::string fault_{};
};

bool Schema::run(const std::string& sql) {
  const ResultPtr result = query(connection_, sql, deadline_, stop_);
  if (is_done(result)) return true;
  fault_ = error_text(result);
  return false;
}

std::optional<int> Schema::version() {
  const ResultPtr table =
      query(connection_, "SELECT to_regclass('cartd.schema_version') IS NOT NULL", deadline_, stop_);
  if (is_done(table) && std::string_view(PQgetvalue(table.get(), 0, 0)) != "t") return 0;
  const ResultPtr version = query(connection_, "SELECT version FROM cartd.schema_version", deadline_, stop_);
  if (!is_done(version)) {
    fault_ = error_text(version);
    return std::nullopt;
  }
  fault_ = "the table cartd.schema_version does not hold one number";
  return PQntuples(version.get()) == 1 ? util::parse_number<int>(PQgetvalue(version.get(), 0, 0)) : std::nullopt;
}

SchemaFault newer(int version) {
  return {SchemaFault::Kind::newer, "the database's schema cartd has version " + std::to_string(version) +
                                        ", of a later cartd; this one knows version " + std::to_string(schema_version)};
}

// Under the lock.
SchemaFault Schema::migrate() {
  if (!run("BEGIN")) return refused();
  // Another cartd may have been faster.
  const std::optional<int> found = version();
  if (!found) return refused();
  if (*found > schema_version) return newer(*found);
  if (*found == 0 && !run(first_tables)) return refused();
  for (int i = *found; i < schema_version; ++i)
    if (!run(migrations[i])) return refused();
  const bool is_noted =
      run("UPDATE cartd.schema_version SET version = " + std::to_string(schema_version)) && run("COMMIT");
  return is_noted ? SchemaFault{} : refused();
}

SchemaFault Schema::ensure() {
  const std::optional<int> found = version();
  if (!found) return refused();
  if (*found == schema_version) return {};
  if (*found > schema_version) return newer(*found);
  // Before the transaction begins: only what begins afterwards sees all that others did under the lock. A session that
  // fails is closed, which ends both.
  deadline_ = std::chrono::steady_clock::now() + time_to_migrate;
  if (*found != 0)
    log(LogLevel::warn, "bringing the database's schema up to date; with many carts that takes a while",
        {{"from", *found}, {"to", schema_version}});
  // Servers before PostgreSQL 14 do not know it, and go on with what a cartd that has ended asked of them.
  run(notice_lost_clients);
  if (!run(take_lock)) return refused();
  SchemaFault fault = migrate();
  if (fault.kind == SchemaFault::Kind::none && !run(leave_lock)) return refused();
  return fault;
}

}  // namespace

SchemaFault ensure_schema(PGconn* connection, SteadyTime deadline, const std::stop_token& stop) {
  return Schema(connection, deadline, stop).ensure();
}

}  // namespace cartd::postgres
