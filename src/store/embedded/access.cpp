#include "store/embedded/access.h"

#include <utility>

namespace cartd::embedded {
namespace {

Result<std::optional<std::string>> value_of(Lookup lookup) {
  switch (lookup.kind) {
    case Lookup::Kind::found: return std::optional(std::move(lookup.value));
    case Lookup::Kind::absent: return std::optional<std::string>();
    case Lookup::Kind::damaged: return Error{Errc::corrupt, "what is stored is damaged"};
    case Lookup::Kind::not_in_memory:
    case Lookup::Kind::failed: break;
  }
  return Error{Errc::unavailable, "the store's disk cannot be read"};
}

}  // namespace

boost::asio::awaitable<Result<std::optional<std::string>>> read(EmbeddedStore& store, std::shared_ptr<Calls> calls,
                                                                std::string key, Deadline deadline) {
  Lookup lookup = store.database().get(key, Reach::memory);
  if (lookup.kind != Lookup::Kind::not_in_memory) co_return value_of(std::move(lookup));
  const auto read = std::make_shared<Read>();
  read->key = std::move(key);
  read->calls = calls;
  const auto submit = [&store, &read](Calls::Number number) {
    read->number = number;
    store.readers().submit(read);
  };
  const bool in_time = co_await calls->wait(deadline, submit);
  if (in_time) co_return value_of(std::move(read->lookup));
  store.readers().withdraw(*read);
  co_return Error{Errc::unavailable, "the store's disk does not answer in time"};
}

boost::asio::awaitable<Result<Range>> read_range(EmbeddedStore& store, std::shared_ptr<Calls> calls,
                                                 RangeRequest request, Deadline deadline) {
  const auto read = std::make_shared<Read>();
  read->range_request = std::move(request);
  read->calls = calls;
  const auto submit = [&store, &read](Calls::Number number) {
    read->number = number;
    store.readers().submit(read);
  };
  const bool in_time = co_await calls->wait(deadline, submit);
  if (in_time && read->range.why.empty()) co_return std::move(read->range);
  if (in_time) co_return Error{Errc::unavailable, "the store's disk cannot be read"};
  store.readers().withdraw(*read);
  co_return Error{Errc::unavailable, "the store's disk does not answer in time"};
}

boost::asio::awaitable<Result<void>> write(EmbeddedStore& store, std::shared_ptr<Calls> calls, WritePtr write,
                                           Deadline deadline) {
  if (store.writer().state() == DiskState::stalled) {
    store.writer().note_late();
    co_return Error{Errc::unavailable, "the store's disk does not answer; nothing was done"};
  }
  write->calls = calls;
  const auto submit = [&store, &write](Calls::Number number) {
    write->number = number;
    store.writer().submit(write);
  };
  const bool in_time = co_await calls->wait(deadline, submit);
  if (!in_time) store.writer().note_late();
  if (!in_time && store.writer().withdraw(*write))
    co_return Error{Errc::unavailable, "the store's disk does not answer in time; nothing was done"};
  if (!in_time)
    co_return Error{Errc::outcome_unknown,
                    "the store's disk does not answer in time; the change may have been made, or may be made later"};
  if (write->failure) co_return *write->failure;
  co_return Result<void>();
}

}  // namespace cartd::embedded
