// libpq's objects, owned.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace cartd::postgres {

struct Finish {
  void operator()(PGconn* connection) const { PQfinish(connection); }
};
using ConnectionPtr = std::unique_ptr<PGconn, Finish>;

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};
using ResultPtr = std::unique_ptr<PGresult, Clear>;

}  // namespace cartd::postgres
