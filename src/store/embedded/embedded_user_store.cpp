#include "store/embedded/embedded_user_store.h"

#include "format/user_fields.h"
#include "store/embedded/access.h"
#include "store/embedded/key_layout.h"

#include <utility>

namespace cartd {

using namespace embedded;

namespace {

/// A user without fields does not exist.
std::optional<std::string> bytes_of(const UserFields& fields) {
  return fields.empty() ? std::nullopt : std::optional(format::user_fields_to_bytes(fields));
}

Result<UserFields> fields_of(const std::optional<std::string>& bytes) {
  return bytes ? format::user_fields_from_bytes(*bytes) : UserFields();
}

WritePtr make_write(const UserId& id, const UserFields& fields, Expectation expected) {
  auto write = std::make_shared<Write>();
  write->key = user_key(id);
  write->expected = std::move(expected);
  write->value = bytes_of(fields);
  return write;
}

}  // namespace

EmbeddedUserStore::EmbeddedUserStore(boost::asio::any_io_executor executor, EmbeddedStore& store, const Limits& limits)
    : store_(store), limits_(limits), calls_(std::make_shared<Calls>(std::move(executor))) {}

EmbeddedUserStore::~EmbeddedUserStore() { calls_->clear(); }

boost::asio::awaitable<Result<UserFields>> EmbeddedUserStore::find(UserId id, Deadline deadline) {
  std::string key = user_key(id);
  const auto bytes = co_await read(store_, calls_, std::move(key), deadline);
  if (!bytes) co_return bytes.error();
  if (!*bytes) co_return Error{Errc::not_found, "user not found"};
  co_return fields_of(*bytes);
}

// The whole of it is replaced, so that nothing has to be compared, and damage is mended.
boost::asio::awaitable<Result<void>> EmbeddedUserStore::put(UserId id, UserFields fields, Deadline deadline) {
  WritePtr put = make_write(id, fields, Anything{});
  co_return co_await embedded::write(store_, calls_, std::move(put), deadline);
}

boost::asio::awaitable<Result<UserFields>> EmbeddedUserStore::patch(UserId id, UserPatch patch, Deadline deadline) {
  std::string key = user_key(id);
  auto bytes = co_await read(store_, calls_, std::move(key), deadline);
  if (!bytes) co_return bytes.error();
  for (;;) {
    const Result<UserFields> before = fields_of(*bytes);
    if (!before) co_return before.error();
    Result<UserFields> after = patched(*before, patch, limits_);
    if (!after) co_return after.error();
    const WritePtr write = make_write(id, *after, ValueIs{*bytes});
    const Result<void> written = co_await embedded::write(store_, calls_, write, deadline);
    if (!written) co_return written.error();
    if (write->was_as_expected) co_return after;
    if (Deadline::clock::now() >= deadline)
      co_return Error{Errc::unavailable, "other clients keep changing this user; nothing was done"};
    *bytes = std::move(write->found);
  }
}

boost::asio::awaitable<Result<bool>> EmbeddedUserStore::replace(UserId id, UserFields before, UserFields after,
                                                                Deadline deadline) {
  const WritePtr write = make_write(id, after, ValueIs{bytes_of(before)});
  const Result<void> written = co_await embedded::write(store_, calls_, write, deadline);
  if (!written) co_return written.error();
  co_return write->was_as_expected;
}

boost::asio::awaitable<Result<void>> EmbeddedUserStore::erase(UserId id, Deadline deadline) {
  WritePtr erase = make_write(id, {}, Anything{});
  co_return co_await embedded::write(store_, calls_, std::move(erase), deadline);
}

}  // namespace cartd
