#include "store/postgres/access.h"

#include <utility>

namespace cartd::postgres {

boost::asio::awaitable<Result<Rows>> ask(Database& database, std::shared_ptr<Calls> calls, const Statement& statement,
                                         std::vector<Parameter> parameters, std::string row, Deadline deadline) {
  const auto call = std::make_shared<Call>();
  call->statement = &statement;
  call->parameters = std::move(parameters);
  call->row = std::move(row);
  call->calls = calls;
  const auto submit = [&database, &call](Calls::Number number) {
    call->number = number;
    database.submit(call);
  };
  const bool in_time = co_await calls->wait(deadline, submit);
  if (!in_time && (database.withdraw(*call) || statement.kind == Statement::Kind::read))
    co_return Error{Errc::unavailable, "the database does not answer in time; nothing was done"};
  if (!in_time)
    co_return Error{Errc::outcome_unknown,
                    "the database does not answer in time; the change may have been made, or may be made later"};
  if (call->failure) co_return std::move(*call->failure);
  co_return Rows(std::move(call->result));
}

}  // namespace cartd::postgres
