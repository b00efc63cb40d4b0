#include "store/mongodb/database.h"

#include "store/mongodb/schema.h"

#include <mongoc/mongoc.h>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace cartd::mongodb {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

constexpr auto look_interval = 1s;
// A server that is away is tried every half second.
constexpr auto time_to_find_server = 2s;
constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 2s;

// Whoever waited has gone by then.
std::chrono::milliseconds answer_time(std::chrono::milliseconds patience) {
  return std::max<std::chrono::milliseconds>(2 * patience, 1s);
}

void set_default(mongoc_uri_t* uri, const char* option, std::chrono::milliseconds time) {
  if (!mongoc_uri_has_option(uri, option))
    mongoc_uri_set_option_as_int32(uri, option, static_cast<std::int32_t>(time.count()));
}

/// What cartd takes for granted, and time-outs where the URL has none.
UriPtr uri_of(const Database::Options& options) {
  UriPtr uri(mongoc_uri_new_with_error(options.url.text.c_str(), nullptr));
  mongoc_uri_t* const target = uri.get();
  const auto time = answer_time(options.patience);
  set_default(target, MONGOC_URI_CONNECTTIMEOUTMS, 3s);
  set_default(target, MONGOC_URI_SOCKETTIMEOUTMS, time + options.patience);
  set_default(target, MONGOC_URI_SERVERSELECTIONTIMEOUTMS, time_to_find_server);
  if (!mongoc_uri_has_option(target, MONGOC_URI_APPNAME)) mongoc_uri_set_appname(target, "cartd");
  mongoc_write_concern_t* const write_concern = mongoc_write_concern_new();
  mongoc_write_concern_set_wmajority(write_concern, static_cast<std::int32_t>(time.count()));
  mongoc_write_concern_set_journal(write_concern, true);
  mongoc_uri_set_write_concern(target, write_concern);
  mongoc_write_concern_destroy(write_concern);
  if (mongoc_read_concern_get_level(mongoc_uri_get_read_concern(target)) == nullptr) {
    mongoc_read_concern_t* const read_concern = mongoc_read_concern_new();
    mongoc_read_concern_set_level(read_concern, MONGOC_READ_CONCERN_LEVEL_MAJORITY);
    mongoc_uri_set_read_concern(target, read_concern);
    mongoc_read_concern_destroy(read_concern);
  }
  return uri;
}

Millis clock_difference(const Document& hello) {
  const auto theirs = Fields(hello).time("localTime");
  const auto ours = std::chrono::time_point_cast<Millis>(std::chrono::system_clock::now());
  return theirs ? Millis(*theirs - ours) : Millis(0);
}

void end(const CallPtr& call) {
  if (call->calls) call->calls->done({call->number});
}

}  // namespace

Database::Database(Options options, Metrics& metrics)
    : options_(std::move(options)),
      health_(metrics, printable(options_.url)),
      operations_(metrics.counter("cartd_mongodb_operations_total", "Operations that the database was asked for.", {})),
      queue_(options_.queue_bytes) {
  start_driver();
  queue_.hold();
  for (std::size_t i = 0; i < options_.threads; ++i) threads_.emplace_back([this] { work(); });
  watcher_ = std::thread([this] { watch(); });
}

Database::~Database() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  queue_.stop();
  for (std::thread& thread : threads_) thread.join();
  watcher_.join();
}

std::string Database::wait_for_first_attempt(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, most, [this] { return has_attempted_; });
  return never_;
}

Session::Options Database::session_options() const {
  return {options_.url.database, options_.url.password, answer_time(options_.patience)};
}

void Database::submit(const CallPtr& call) {
  if (!health_.serves()) {
    call->failure = Error{Errc::unavailable, health_.why() + "; nothing was done"};
    return end(call);
  }
  if (queue_.add(call)) return;
  call->failure = Error{Errc::unavailable, "too many requests wait for the database; nothing was done"};
  end(call);
}

// --- The threads that carry operations out ---------------------------------------------------------------------------

void Database::work() {
  {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stopping_ || has_pool_; });
    if (!has_pool_) return;
  }
  Session session(*pool_, session_options());
  while (const CallPtr call = queue_.take()) {
    carry_out(session, *call);
    end(call);
  }
}

void Database::carry_out(Session& session, Call& call) {
  const auto begun = SteadyClock::now();
  auto answer = session.run(call.operation);
  operations_.add();
  if (answer) {
    call.answer = std::move(*answer);
    return;
  }
  const DriverError& error = answer.error();
  Failure failure = failure_of(is_read(call.operation), error);
  if (failure.is_unexpected) health_.unexpected(error.text);
  if (failure.is_outage) {
    health_.lost_connection(error.text);
    if (error.source == Source::connection && SteadyClock::now() - begun >= answer_time(options_.patience))
      health_.stalled();
    doubt();
  }
  call.failure = std::move(failure.error);
}

// What a thread has begun with may have been done, even while libmongoc still looks for a server; what waits in the
// queue was not. So all that follows waits there until the watcher has asked the database.
void Database::doubt() {
  {
    const std::lock_guard lock(mutex_);
    is_doubted_ = true;
    queue_.hold();
  }
  wake_.notify_all();
}

void Database::trust() {
  const std::lock_guard lock(mutex_);
  if (!is_doubted_) queue_.release();
}

// --- The watcher -----------------------------------------------------------------------------------------------------

bool Database::wait(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, most, [this] { return stopping_ || is_doubted_; });
  is_doubted_ = false;
  return !stopping_;
}

void Database::note_first_attempt(std::string never) {
  {
    const std::lock_guard lock(mutex_);
    has_attempted_ = true;
    never_ = std::move(never);
  }
  wake_.notify_all();
}

bool Database::open_pool() {
  const UriPtr uri = uri_of(options_);
  for (;;) {
    bson_error_t error{};
    pool_.reset(mongoc_client_pool_new_with_error(uri.get(), &error));
    if (pool_) break;
    // The name that mongodb+srv:// looks up is not to be had, for example.
    health_.failed("the database cannot be reached", error.message);
    note_first_attempt("");
    refuse_all();
    if (!wait(longest_pause)) return false;
  }
  mongoc_client_pool_set_error_api(pool_.get(), MONGOC_ERROR_API_VERSION_2);
  mongoc_client_pool_max_size(pool_.get(), static_cast<std::uint32_t>(options_.threads + 1));
  {
    const std::lock_guard lock(mutex_);
    has_pool_ = true;
  }
  wake_.notify_all();
  return true;
}

void Database::watch() {
  if (!open_pool()) return;
  Session session(*pool_, session_options());
  std::chrono::milliseconds pause(0);
  do {
    const bool answers = look(session);
    if (answers) trust();
    else refuse_all();
    pause = answers ? look_interval : std::clamp<std::chrono::milliseconds>(2 * pause, first_pause, longest_pause);
  } while (wait(pause));
}

bool Database::look(Session& session) {
  Document question;
  question.number("hello", 1);
  const auto hello = session.command(question, false);
  if (!hello) {
    health_.failed(reason_of(hello.error()), hello.error().text);
    note_first_attempt("");
    return false;
  }
  const Millis clock = clock_difference(*hello);
  if (const auto fault = ensure_schema(session)) {
    health_.failed(fault->why, fault->database);
    note_first_attempt(fault->is_newer ? fault->why : "");
    return false;
  }
  health_.answered(clock);
  note_first_attempt("");
  return true;
}

// Nobody needs to wait for a database that is away.
void Database::refuse_all() {
  for (const CallPtr& call : queue_.take_all()) {
    call->failure = Error{Errc::unavailable, health_.why() + "; nothing was done"};
    end(call);
  }
}

}  // namespace cartd::mongodb
