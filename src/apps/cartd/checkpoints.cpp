#include "apps/cartd/checkpoints.h"

#include "apps/cartd/config.h"
#include "runtime/log.h"
#include "runtime/scope_exit.h"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <exception>
#include <system_error>
#include <utility>

namespace cartd::app {

namespace asio = boost::asio;
namespace fs = std::filesystem;
using rest::CheckpointOutcome;
using Kind = CheckpointOutcome::Kind;

Checkpoints::Checkpoints(EmbeddedStore& store, const fs::path& data_dir)
    : store_(store), folder_(data_dir / "checkpoints") {}

Checkpoints::~Checkpoints() { worker_.join(); }

asio::awaitable<CheckpointOutcome> Checkpoints::make(std::string name) {
  if (is_making_->exchange(true)) co_return CheckpointOutcome{Kind::busy};
  // A request that is never answered, because the process ends, is destroyed after this object.
  const ScopeExit done([is_making = is_making_] { *is_making = false; });
  const asio::any_io_executor loop = co_await asio::this_coro::executor;
  auto on_worker = asio::bind_executor(worker_.get_executor(), asio::use_awaitable);
  auto on_loop = asio::bind_executor(loop, asio::use_awaitable);
  co_await asio::post(std::move(on_worker));
  CheckpointOutcome outcome = try_now(name);
  co_await asio::post(std::move(on_loop));
  co_return outcome;
}

// An exception must not take the request along on the worker's thread.
CheckpointOutcome Checkpoints::try_now(const std::string& name) {
  try {
    return make_now(name);
  } catch (const std::exception& defect) {
    log(LogLevel::error, "a checkpoint failed unexpectedly", {{"what", defect.what()}});
    return {Kind::failed, "see cartd's log"};
  }
}

// On the worker.
CheckpointOutcome Checkpoints::make_now(const std::string& name) {
  const fs::path target = folder_ / name;
  std::error_code failed;
  fs::create_directory(folder_, failed);
  if (!failed) fs::permissions(folder_, fs::perms::owner_all, failed);
  const bool is_new = !failed && fs::create_directory(target, failed);
  if (!failed && !is_new) return {Kind::exists};
  if (!failed) fs::permissions(target, fs::perms::owner_all, failed);
  std::string why = failed ? failed.message() : store_.checkpoint(carts_in(target));
  if (why.empty()) {
    log(LogLevel::info, "checkpoint made", {{"folder", target.string()}});
    return {Kind::made};
  }
  const bool is_full = failed == std::errc::no_space_on_device || why.find("No space left") != std::string::npos ||
                       why.find("no space") != std::string::npos;
  log(LogLevel::error, "a checkpoint cannot be made", {{"folder", target.string()}, {"why", why}});
  if (is_new) fs::remove_all(target, failed);
  return {is_full ? Kind::full : Kind::failed, failed ? failed.message() : "see cartd's log"};
}

}  // namespace cartd::app
