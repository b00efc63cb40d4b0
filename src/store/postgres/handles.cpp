#include "store/postgres/handles.h"

#include <libpq-fe.h>

namespace cartd::postgres {

void Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

void Clear::operator()(pg_result* result) const { PQclear(result); }

}  // namespace cartd::postgres
