#include "store/memory/memory_user_store.h"

#include "store/footprint.h"
#include "store/memory/bucket_scan.h"

#include <utility>

namespace cartd {

MemoryUserStore::~MemoryUserStore() {
  for (const auto& [id, fields] : users_) budget_.resize(footprint(id, fields), 0);
}

boost::asio::awaitable<Result<UserFields>> MemoryUserStore::find(UserId id, Deadline) {
  const auto found = users_.find(id);
  if (found == users_.end()) co_return Error{Errc::not_found, "user not found"};
  co_return found->second;
}

boost::asio::awaitable<Result<void>> MemoryUserStore::put(UserId id, UserFields fields, Deadline) {
  co_return write(id, std::move(fields));
}

boost::asio::awaitable<Result<UserFields>> MemoryUserStore::patch(UserId id, UserPatch patch, Deadline) {
  const auto found = users_.find(id);
  Result<UserFields> after = patched(found == users_.end() ? UserFields{} : found->second, patch, limits_);
  if (!after) co_return after.error();
  if (auto replaced = write(id, *after); !replaced) co_return replaced.error();
  co_return after;
}

boost::asio::awaitable<Result<void>> MemoryUserStore::erase(UserId id, Deadline) { co_return write(id, {}); }

boost::asio::awaitable<Result<bool>> MemoryUserStore::replace(UserId id, UserFields before, UserFields after,
                                                              Deadline) {
  const auto found = users_.find(id);
  if ((found == users_.end() ? UserFields{} : found->second) != before) co_return false;
  if (auto written = write(id, std::move(after)); !written) co_return written.error();
  co_return true;
}

boost::asio::awaitable<Result<UserPage>> MemoryUserStore::scan(ScanRequest request) {
  UserPage page;
  auto next = scan_buckets(users_, request, [&](const auto& entry) {
    page.users.push_back({entry.first, entry.second});
    return footprint(entry.first, entry.second);
  });
  if (!next) co_return next.error();
  page.next = std::move(*next);
  co_return page;
}

/// A user without fields does not exist.
Result<void> MemoryUserStore::write(const UserId& id, UserFields fields) {
  const auto found = users_.find(id);
  const std::size_t before = found == users_.end() ? 0 : footprint(id, found->second);
  const std::size_t after = fields.empty() ? 0 : footprint(id, fields);
  if (after > before && !budget_.fits(after - before))
    return Error{Errc::store_full, "the memory store has reached --max-memory; nothing was changed"};
  budget_.resize(before, after);
  if (after == 0 && before != 0) users_.erase(found);
  if (after != 0) users_.insert_or_assign(id, std::move(fields));
  return {};
}

}  // namespace cartd
