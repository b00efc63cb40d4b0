#include "store/postgres/query.h"

#include <libpq-fe.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>

namespace cartd::postgres {
namespace {

// Whoever stops waits no longer.
constexpr int look_ms = 100;

/// False when the deadline or the request to stop came first, or the connection is lost.
bool wait_for_bytes(PGconn* connection, SteadyTime deadline, const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    pollfd socket{PQsocket(connection), POLLIN, 0};
    const int ready = ::poll(&socket, 1, static_cast<int>(std::clamp<long long>(left, 0, look_ms)));
    if (ready > 0) return PQconsumeInput(connection) == 1;
    if ((ready < 0 && errno != EINTR) || left <= 0) return false;
  }
  return false;
}

}  // namespace

ResultPtr query(PGconn* connection, const std::string& sql, SteadyTime deadline, const std::stop_token& stop) {
  if (PQsendQuery(connection, sql.c_str()) != 1) return nullptr;
  ResultPtr last;
  for (;;) {
    while (PQisBusy(connection) == 1)
      if (!wait_for_bytes(connection, deadline, stop)) return nullptr;
    ResultPtr next(PQgetResult(connection));
    if (!next) return last;
    last = std::move(next);
  }
}

bool is_done(const ResultPtr& result) {
  const ExecStatusType status = PQresultStatus(result.get());
  return status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
}

std::string error_text(const ResultPtr& result) {
  const char* message = PQresultErrorField(result.get(), PG_DIAG_MESSAGE_PRIMARY);
  return message == nullptr ? "the connection was lost, or there was no answer in time" : message;
}

}  // namespace cartd::postgres
