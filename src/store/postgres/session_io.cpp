#include "store/postgres/session_io.h"

#include "store/postgres/failures.h"

#include <libpq-fe.h>

#include <utility>

namespace cartd::postgres {
namespace {

std::string_view field(const ResultPtr& result, int which) {
  const char* text = PQresultErrorField(result.get(), which);
  return text == nullptr ? std::string_view() : std::string_view(text);
}

bool send_statement(PGconn* connection, const Call& call) {
  std::vector<const char*> values;
  std::vector<int> lengths;
  std::vector<int> formats;
  for (const Parameter& parameter : call.parameters) {
    values.push_back(parameter.value ? parameter.value->c_str() : nullptr);
    lengths.push_back(parameter.value ? static_cast<int>(parameter.value->size()) : 0);
    formats.push_back(parameter.is_binary ? 1 : 0);
  }
  constexpr int binary_results = 1;
  return PQsendQueryPrepared(connection, call.statement->name, static_cast<int>(values.size()), values.data(),
                             lengths.data(), formats.data(), binary_results) == 1;
}

}  // namespace

SessionIo::SessionIo(boost::asio::io_context& io, OpenedSession session, OnEnd on_end)
    : socket_(io, session.socket.release()), connection_(std::move(session.connection)), on_end_(std::move(on_end)) {}

std::optional<std::chrono::steady_clock::time_point> SessionIo::busy_since() const {
  return group_.empty() ? std::nullopt : std::optional(sent_at_);
}

void SessionIo::send(Group group) {
  group_ = std::move(group);
  answers_ = 0;
  failed_.reset();
  error_.reset();
  sent_at_ = std::chrono::steady_clock::now();
  PGconn* const connection = connection_.get();
  for (const CallPtr& call : group_)
    if (!send_statement(connection, *call)) return lose(PQerrorMessage(connection));
  if (PQpipelineSync(connection) != 1) return lose(PQerrorMessage(connection));
  flush();
}

void SessionIo::close() { lose("it did not answer", true); }

void SessionIo::flush() {
  const int left = PQflush(connection_.get());
  if (left < 0) return lose(PQerrorMessage(connection_.get()));
  if (left > 0) wait_to_write();
}

void SessionIo::wait_to_write() {
  if (std::exchange(is_writing_, true)) return;
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_write,
                     [weak = weak_from_this()](boost::system::error_code ec) {
                       const auto self = weak.lock();
                       if (!self || ec || self->is_over_) return;
                       self->is_writing_ = false;
                       self->flush();
                     });
}

void SessionIo::wait_to_read() {
  socket_.async_wait(boost::asio::posix::descriptor_base::wait_read,
                     [weak = weak_from_this()](boost::system::error_code ec) {
                       const auto self = weak.lock();
                       if (!self || ec || self->is_over_) return;
                       self->read();
                     });
}

void SessionIo::read() {
  if (PQconsumeInput(connection_.get()) != 1) return lose(PQerrorMessage(connection_.get()));
  // libpq sends the rest of what is to be sent only when it is asked to.
  flush();
  while (!is_over_ && read_result()) continue;
  if (!is_over_) wait_to_read();
}

bool SessionIo::read_result() {
  if (group_.empty() || PQisBusy(connection_.get()) == 1) {
    if (PQstatus(connection_.get()) == CONNECTION_BAD) lose(PQerrorMessage(connection_.get()));
    return false;
  }
  ResultPtr result(PQgetResult(connection_.get()));
  if (PQstatus(connection_.get()) == CONNECTION_BAD) {
    lose(PQerrorMessage(connection_.get()));
    return false;
  }
  if (result) {
    take(std::move(result));
  } else if (answers_ < group_.size()) {
    ++answers_;
  } else {
    lose("it answers something else than was asked");
    return false;
  }
  return true;
}

void SessionIo::take(ResultPtr result) {
  switch (PQresultStatus(result.get())) {
    case PGRES_PIPELINE_SYNC: return end_group();
    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
      if (answers_ >= group_.size()) return lose("it answers more than was asked");
      group_[answers_]->result = std::move(result);
      return;
    case PGRES_PIPELINE_ABORTED: return;
    case PGRES_FATAL_ERROR:
      if (!ends_transaction_only(field(result, PG_DIAG_SEVERITY_NONLOCALIZED)))
        return lose(PQresultErrorMessage(result.get()));
      if (!failed_) {
        failed_ = answers_;
        error_ = std::move(result);
      }
      return;
    default: return lose("it answers something else than was asked");
  }
}

// Only now is the transaction committed, or not.
void SessionIo::end_group() {
  Ended ended;
  Group group = std::move(group_);
  group_.clear();
  if (!failed_) {
    ended.answered = std::move(group);
    return on_end_(*this, std::move(ended));
  }
  Failure failure = failure_of(group.front()->statement->kind, field(error_, PG_DIAG_SQLSTATE));
  if (failure.is_unexpected && group.size() == 1) ended.unexpected = field(error_, PG_DIAG_MESSAGE_PRIMARY);
  for (CallPtr& call : group) {
    call->result.reset();
    // The others need not suffer for the one, and none of them is done.
    if (group.size() > 1) {
      call->goes_alone = true;
      ended.again.push_back(call);
    } else {
      call->failure = std::move(failure.error);
      ended.answered.push_back(call);
    }
  }
  if (failure.session_is_useless) {
    is_over_ = true;
    stop_watching();
    ended.session_is_over = true;
  }
  on_end_(*this, std::move(ended));
}

void SessionIo::stop_watching() {
  boost::system::error_code ignored;
  socket_.close(ignored);
}

void SessionIo::lose(std::string why, bool is_stalled) {
  if (std::exchange(is_over_, true)) return;
  stop_watching();
  Ended ended;
  ended.session_is_over = true;
  ended.is_stalled = is_stalled;
  ended.unexpected = std::move(why);
  for (const CallPtr& call : group_) {
    call->result.reset();
    call->failure = lost(call->statement->kind);
  }
  ended.answered = std::move(group_);
  group_.clear();
  on_end_(*this, std::move(ended));
}

}  // namespace cartd::postgres
