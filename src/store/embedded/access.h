// How a coroutine of a loop reads and writes a key of the embedded store, in time.
#pragma once

#include "domain/error.h"
#include "runtime/calls.h"
#include "store/embedded/embedded_store.h"

#include <boost/asio/awaitable.hpp>

#include <memory>
#include <optional>
#include <string>

namespace cartd::embedded {

/// What the key holds; nothing when it holds nothing. Errc::corrupt, or Errc::unavailable. Both outlive the call.
boost::asio::awaitable<Result<std::optional<std::string>>> read(EmbeddedStore& store, std::shared_ptr<Calls> calls,
                                                                std::string key, Deadline deadline);

/// A page of entries. Errc::unavailable.
boost::asio::awaitable<Result<Range>> read_range(EmbeddedStore& store, std::shared_ptr<Calls> calls,
                                                 RangeRequest request, Deadline deadline);

/// Whether the write was done, or what it met instead: Write::was_as_expected and Write::found, once this has answered.
/// Errors as with CartStore::commit().
boost::asio::awaitable<Result<void>> write(EmbeddedStore& store, std::shared_ptr<Calls> calls, WritePtr write,
                                           Deadline deadline);

}  // namespace cartd::embedded
