// Users in this process's memory. Gone with the process; refuses what would exceed the memory bound.
#pragma once

#include "domain/limits.h"
#include "runtime/memory_budget.h"
#include "store/user_store.h"

#include <unordered_map>

namespace cartd {

class MemoryUserStore final : public UserStore {
 public:
  /// Both outlive the store.
  MemoryUserStore(const Limits& limits, MemoryBudget& budget) : limits_(limits), budget_(budget) {}
  ~MemoryUserStore() override;

  boost::asio::awaitable<Result<UserFields>> find(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> put(UserId id, UserFields fields, Deadline deadline) override;
  boost::asio::awaitable<Result<UserFields>> patch(UserId id, UserPatch patch, Deadline deadline) override;
  boost::asio::awaitable<Result<void>> erase(UserId id, Deadline deadline) override;
  boost::asio::awaitable<Result<bool>> replace(UserId id, UserFields before, UserFields after,
                                               Deadline deadline) override;
  boost::asio::awaitable<Result<UserPage>> scan(ScanRequest request) override;
  bool shows_all() const override { return false; }

 private:
  Result<void> write(const UserId& id, UserFields fields);

  const Limits& limits_;
  MemoryBudget& budget_;
  std::unordered_map<UserId, UserFields> users_;
};

}  // namespace cartd
