#include "store/mongodb/access.h"

#include <utility>

namespace cartd::mongodb {

boost::asio::awaitable<Result<Answer>> ask(Database& database, std::shared_ptr<Calls> calls, Operation operation,
                                           Deadline deadline) {
  const auto call = std::make_shared<Call>(std::move(operation));
  call->calls = calls;
  const auto submit = [&database, &call](Calls::Number number) {
    call->number = number;
    database.submit(call);
  };
  const bool in_time = co_await calls->wait(deadline, submit);
  if (!in_time && (database.withdraw(*call) || is_read(call->operation)))
    co_return Error{Errc::unavailable, "the database does not answer in time; nothing was done"};
  if (!in_time)
    co_return Error{Errc::outcome_unknown,
                    "the database does not answer in time; the change may have been made, or may be made later"};
  if (call->failure) co_return std::move(*call->failure);
  co_return std::move(call->answer);
}

void ask_in_passing(Database& database, Operation operation) {
  database.submit(std::make_shared<Call>(std::move(operation)));
}

}  // namespace cartd::mongodb
