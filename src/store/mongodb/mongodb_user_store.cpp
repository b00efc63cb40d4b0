#include "store/mongodb/mongodb_user_store.h"

#include "format/stored_user.h"
#include "store/mongodb/access.h"
#include "store/mongodb/json_values.h"
#include "store/mongodb/page.h"

#include <string>
#include <utility>

namespace cartd {

using namespace mongodb;

namespace {

constexpr std::int64_t user_layout = 1;

Document by_id(const UserId& id) {
  Document filter;
  filter.text("_id", id.str());
  return filter;
}

}  // namespace

MongodbUserStore::MongodbUserStore(boost::asio::any_io_executor executor, MongodbStore& store, const Limits& limits)
    : store_(store), limits_(limits), calls_(std::make_shared<Calls>(std::move(executor))) {}

MongodbUserStore::~MongodbUserStore() { calls_->clear(); }

Document MongodbUserStore::user(const UserId& id, const UserFields& fields) {
  Document document = by_id(id);
  document.number("layout", user_layout).number("token", static_cast<std::int64_t>(store_.next_token()));
  add_object(document, "fields", format::user_fields_to_json(fields));
  return document;
}

std::optional<MongodbUserStore::Stored> MongodbUserStore::stored_in(const Document& document) {
  const Fields read(document);
  const auto token = read.number("token");
  const auto json = object_in(read, "fields");
  if (read.number("layout") != user_layout || !token || *token == 0 || !json) return std::nullopt;
  auto fields = format::user_fields_from_json(*json);
  if (!fields) return std::nullopt;
  return Stored{std::move(*fields), static_cast<Token>(*token)};
}

boost::asio::awaitable<Result<MongodbUserStore::Stored>> MongodbUserStore::read(UserId id, Deadline deadline) {
  Operation find{Operation::Kind::find, collection::users, by_id(id)};
  const auto answer = co_await ask(store_.database(), calls_, std::move(find), deadline);
  if (!answer) co_return answer.error();
  if (answer->found.empty()) co_return Stored{};
  if (auto stored = stored_in(answer->found.front())) co_return std::move(*stored);
  store_.count_corrupt();
  co_return Error{Errc::corrupt, "the stored user cannot be decoded"};
}

boost::asio::awaitable<Result<UserFields>> MongodbUserStore::find(UserId id, Deadline deadline) {
  Result<Stored> stored = co_await read(std::move(id), deadline);
  if (!stored) co_return stored.error();
  if (stored->token == 0) co_return Error{Errc::not_found, "user not found"};
  co_return std::move(stored->fields);
}

// The whole of it is replaced, so that nothing has to be compared, and damage is mended.
boost::asio::awaitable<Result<void>> MongodbUserStore::put(UserId id, UserFields fields, Deadline deadline) {
  for (;;) {
    Operation replace{Operation::Kind::replace, collection::users, by_id(id), user(id, fields)};
    const auto answer = co_await ask(store_.database(), calls_, std::move(replace), deadline);
    if (!answer) co_return answer.error();
    // Of two that insert it at the same time, one is told so.
    if (!answer->is_duplicate) co_return Result<void>();
    if (Deadline::clock::now() >= deadline)
      co_return Error{Errc::unavailable, "other clients keep changing this user; nothing was done"};
  }
}

boost::asio::awaitable<Result<bool>> MongodbUserStore::write(UserId id, Token before, UserFields fields,
                                                             Deadline deadline) {
  if (fields.empty() && before == 0) co_return true;
  Operation operation{Operation::Kind::insert, collection::users};
  if (before != 0) {
    operation.kind = fields.empty() ? Operation::Kind::erase : Operation::Kind::update;
    operation.filter = by_id(id);
    operation.filter.number("token", static_cast<std::int64_t>(before));
  }
  if (before == 0) {
    operation.body = user(id, fields);
  } else if (!fields.empty()) {
    operation.body.document("$set", user(id, fields));
  }
  const auto answer = co_await ask(store_.database(), calls_, std::move(operation), deadline);
  if (!answer) co_return answer.error();
  co_return answer->written == 1;
}

boost::asio::awaitable<Result<UserFields>> MongodbUserStore::patch(UserId id, UserPatch patch, Deadline deadline) {
  for (;;) {
    const Result<Stored> before = co_await read(id, deadline);
    if (!before) co_return before.error();
    Result<UserFields> after = patched(before->fields, patch, limits_);
    if (!after) co_return after.error();
    const Result<bool> written = co_await write(id, before->token, *after, deadline);
    if (!written) co_return written.error();
    if (*written) co_return after;
    if (Deadline::clock::now() >= deadline)
      co_return Error{Errc::unavailable, "other clients keep changing this user; nothing was done"};
  }
}

boost::asio::awaitable<Result<bool>> MongodbUserStore::replace(UserId id, UserFields before, UserFields after,
                                                               Deadline deadline) {
  const Result<Stored> there = co_await read(id, deadline);
  if (!there) co_return there.error();
  if (there->fields != before) co_return false;
  co_return co_await write(std::move(id), there->token, std::move(after), deadline);
}

boost::asio::awaitable<Result<UserPage>> MongodbUserStore::scan(ScanRequest request) {
  Operation find = page_of(collection::users, request);
  const auto answer = co_await ask(store_.database(), calls_, std::move(find), request.deadline);
  if (!answer) co_return answer.error();
  UserPage page;
  for (const Document& document : answer->found) {
    const std::string name(Fields(document).text("_id").value_or(""));
    auto id = UserId::parse(name);
    auto stored = stored_in(document);
    if (id && stored) page.users.push_back({std::move(*id), std::move(stored->fields)});
    else page.unreadable.push_back({name, "the stored user cannot be decoded"});
    page.next = name;
  }
  co_return page;
}

boost::asio::awaitable<Result<void>> MongodbUserStore::erase(UserId id, Deadline deadline) {
  Operation operation{Operation::Kind::erase, collection::users, by_id(id)};
  const auto answer = co_await ask(store_.database(), calls_, std::move(operation), deadline);
  if (!answer) co_return answer.error();
  co_return Result<void>();
}

}  // namespace cartd
