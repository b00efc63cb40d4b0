#include "store/postgres/postgres_user_store.h"

#include "format/stored_user.h"
#include "store/postgres/access.h"
#include "store/postgres/parameters.h"

#include <string>
#include <utility>
#include <vector>

namespace cartd {

using namespace postgres;

namespace {

constexpr std::int64_t user_layout = 1;

std::string user_row(const UserId& id) { return "u" + id.str(); }

Error undecodable() { return {Errc::corrupt, "the stored user cannot be decoded"}; }

}  // namespace

PostgresUserStore::PostgresUserStore(boost::asio::any_io_executor executor, PostgresStore& store, const Limits& limits)
    : store_(store), limits_(limits), calls_(std::make_shared<Calls>(std::move(executor))) {}

PostgresUserStore::~PostgresUserStore() { calls_->clear(); }

boost::asio::awaitable<Result<PostgresUserStore::Stored>> PostgresUserStore::read(UserId id, Deadline deadline) {
  std::vector<Parameter> parameters{text(id.str())};
  const auto rows = co_await ask(store_.database(), calls_, find_user, std::move(parameters), std::string(), deadline);
  if (!rows) co_return rows.error();
  if (rows->count() == 0) co_return Stored{};
  const auto token = rows->number(0, 1);
  const auto json = rows->text(0, 2);
  if (rows->number(0, 0) != user_layout || !token || *token == 0 || !json) co_return undecodable();
  auto fields = format::user_fields_from_json(*json);
  if (!fields) co_return fields.error();
  co_return Stored{std::move(*fields), static_cast<Token>(*token)};
}

boost::asio::awaitable<Result<UserFields>> PostgresUserStore::find(UserId id, Deadline deadline) {
  Result<Stored> stored = co_await read(std::move(id), deadline);
  if (!stored) co_return stored.error();
  if (stored->token == 0) co_return Error{Errc::not_found, "user not found"};
  co_return std::move(stored->fields);
}

// The whole of it is replaced, so that nothing has to be compared, and damage is mended.
boost::asio::awaitable<Result<void>> PostgresUserStore::put(UserId id, UserFields fields, Deadline deadline) {
  std::vector<Parameter> parameters{text(id.str()), number(user_layout), number(store_.next_token()),
                                    text(format::user_fields_to_json(fields))};
  const auto rows = co_await ask(store_.database(), calls_, put_user, std::move(parameters), user_row(id), deadline);
  if (!rows) co_return rows.error();
  co_return Result<void>();
}

boost::asio::awaitable<Result<bool>> PostgresUserStore::write_over(UserId id, Token before, UserFields fields,
                                                                   Deadline deadline) {
  if (fields.empty() && before == 0) co_return true;
  std::vector<Parameter> parameters{text(id.str())};
  const Statement* statement = &erase_known_user;
  if (!fields.empty()) {
    statement = before == 0 ? &put_new_user : &put_known_user;
    parameters.push_back(number(user_layout));
    parameters.push_back(number(store_.next_token()));
    parameters.push_back(text(format::user_fields_to_json(fields)));
  }
  parameters.push_back(number(before));
  const auto rows = co_await ask(store_.database(), calls_, *statement, std::move(parameters), user_row(id), deadline);
  if (!rows) co_return rows.error();
  co_return rows->written() == 1;
}

boost::asio::awaitable<Result<UserFields>> PostgresUserStore::patch(UserId id, UserPatch patch, Deadline deadline) {
  for (;;) {
    const Result<Stored> before = co_await read(id, deadline);
    if (!before) co_return before.error();
    Result<UserFields> after = patched(before->fields, patch, limits_);
    if (!after) co_return after.error();
    const Result<bool> written = co_await write_over(id, before->token, *after, deadline);
    if (!written) co_return written.error();
    if (*written) co_return after;
    if (Deadline::clock::now() >= deadline)
      co_return Error{Errc::unavailable, "other clients keep changing this user; nothing was done"};
  }
}

boost::asio::awaitable<Result<bool>> PostgresUserStore::replace(UserId id, UserFields before, UserFields after,
                                                                Deadline deadline) {
  const Result<Stored> stored = co_await read(id, deadline);
  if (!stored) co_return stored.error();
  if (stored->fields != before) co_return false;
  co_return co_await write_over(std::move(id), stored->token, std::move(after), deadline);
}

boost::asio::awaitable<Result<void>> PostgresUserStore::erase(UserId id, Deadline deadline) {
  std::vector<Parameter> parameters{text(id.str())};
  const auto rows = co_await ask(store_.database(), calls_, erase_user, std::move(parameters), user_row(id), deadline);
  if (!rows) co_return rows.error();
  co_return Result<void>();
}

}  // namespace cartd
