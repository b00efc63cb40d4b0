#include "store/postgres/handles.h"

#include <fcntl.h>
#include <libpq-fe.h>
#include <unistd.h>

namespace cartd::postgres {

void Finish::operator()(pg_conn* connection) const { PQfinish(connection); }

void Clear::operator()(pg_result* result) const { PQclear(result); }

SocketCopy::SocketCopy(const pg_conn* connection) : descriptor_(::fcntl(PQsocket(connection), F_DUPFD_CLOEXEC, 0)) {}

SocketCopy::~SocketCopy() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace cartd::postgres
