// libpq's objects, owned. Its header is left to those that use them.
#pragma once

#include <memory>

// libpq's own names for PGconn and PGresult.
struct pg_conn;
struct pg_result;

namespace cartd::postgres {

struct Finish {
  void operator()(pg_conn* connection) const;
};
using ConnectionPtr = std::unique_ptr<pg_conn, Finish>;

struct Clear {
  void operator()(pg_result* result) const;
};
using ResultPtr = std::unique_ptr<pg_result, Clear>;

}  // namespace cartd::postgres
