#include "store/postgres/database.h"

#include "runtime/log.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace cartd::postgres {
namespace {

using namespace std::chrono_literals;

constexpr auto first_pause = 100ms;
constexpr auto longest_pause = 3s;
constexpr auto young = 1s;
constexpr auto look_interval = 100ms;
// So many rows are locked until their transaction is synced.
constexpr std::size_t most_in_group = 64;

std::chrono::milliseconds lock_timeout(std::chrono::milliseconds patience) {
  return std::max<std::chrono::milliseconds>(patience, 50ms);
}

// Whoever waited has gone by then.
std::chrono::milliseconds statement_timeout(std::chrono::milliseconds patience) {
  return std::max<std::chrono::milliseconds>(2 * patience, 1s);
}

}  // namespace

Database::Database(Options options, Metrics& metrics)
    : options_(std::move(options)),
      health_(metrics, printable(options_.url)),
      statements_(
          metrics.counter("cartd_postgres_statements_total", "Statements that the database has carried out.", {})),
      transactions_(metrics.counter("cartd_postgres_transactions_total",
                                    "Transactions of the database: groups of statements.", {})),
      queue_(options_.queue_bytes),
      wanted_(options_.sessions),
      loop_([this] {
        look_for_stalled_sessions();
        io_.run();
      }),
      connector_([this] { connect(); }) {}

Database::~Database() {
  {
    const std::lock_guard lock(mutex_);
    stop_.request_stop();
  }
  wake_.notify_all();
  connector_.join();
  io_.stop();
  loop_.join();
  sessions_.clear();
}

std::string Database::wait_for_first_attempt(std::chrono::milliseconds most) {
  std::unique_lock lock(mutex_);
  wake_.wait_for(lock, most, [this] { return has_attempted_; });
  return never_;
}

// --- The thread that connects ----------------------------------------------------------------------------------------

void Database::connect() {
  const SessionOptions session{options_.url, lock_timeout(options_.patience), statement_timeout(options_.patience)};
  std::chrono::milliseconds pause(0);
  while (wait_for_need(pause)) {
    OpenedSession opened = open_session(session, stop_.get_token());
    note_attempt(opened);
    const bool has_failed = !opened.connection || ended_young_.exchange(false);
    pause = !has_failed ? 0ms : std::clamp<std::chrono::milliseconds>(2 * pause, first_pause, longest_pause);
    if (!opened.connection) {
      boost::asio::post(io_, [this] { refuse_all(); });
      continue;
    }
    // A handler has to be copyable.
    const auto ready = std::make_shared<OpenedSession>(std::move(opened));
    boost::asio::post(io_, [this, ready] { add(std::move(*ready)); });
  }
}

bool Database::wait_for_need(std::chrono::milliseconds pause) {
  std::unique_lock lock(mutex_);
  if (wake_.wait_for(lock, pause, [this] { return stop_.stop_requested(); })) return false;
  wake_.wait(lock, [this] { return stop_.stop_requested() || wanted_ > 0; });
  return !stop_.stop_requested();
}

void Database::note_attempt(const OpenedSession& opened) {
  if (opened.connection) health_.opened(opened.is_safe);
  else health_.failed_to_open(opened.why, opened.log_text);
  {
    const std::lock_guard lock(mutex_);
    has_attempted_ = true;
    if (opened.connection) --wanted_;
    never_ = opened.schema_is_newer ? opened.why : std::string();
  }
  wake_.notify_all();
}

// --- The thread of the loop ------------------------------------------------------------------------------------------

void Database::submit(CallPtr call) {
  if (!health_.serves()) {
    call->failure = Error{Errc::unavailable, health_.why() + "; nothing was done"};
    return answer({call});
  }
  if (!queue_.add(call)) {
    call->failure = Error{Errc::unavailable, "too many requests wait for the database; nothing was done"};
    return answer({call});
  }
  if (!is_asked_.exchange(true)) boost::asio::post(io_, [this] { distribute(); });
}

void Database::distribute() {
  is_asked_ = false;
  std::vector<std::shared_ptr<SessionIo>> idle;
  for (const Open& session : sessions_)
    if (session.io->is_idle()) idle.push_back(session.io);
  for (std::size_t i = 0; i < idle.size(); ++i) {
    Group group = queue_.take(idle.size() - i, most_in_group);
    if (group.empty()) return;
    if (idle[i]->is_idle()) idle[i]->send(std::move(group));
    else queue_.put_back(group);
  }
}

void Database::add(OpenedSession opened) {
  auto session = std::make_shared<SessionIo>(
      io_, std::move(opened), [this](SessionIo& which, SessionIo::Ended how) { ended(which, std::move(how)); });
  sessions_.push_back({session, std::chrono::steady_clock::now()});
  session->start();
  distribute();
}

void Database::ended(SessionIo& session, SessionIo::Ended ended) {
  transactions_.add();
  statements_.add(static_cast<double>(ended.answered.size()));
  answer(ended.answered);
  queue_.put_back(ended.again);
  if (!ended.session_is_over) {
    if (!ended.unexpected.empty()) health_.unexpected(ended.unexpected);
  } else {
    health_.closed(ended.unexpected, ended.is_stalled);
    const auto found =
        std::find_if(sessions_.begin(), sessions_.end(), [&](const Open& open) { return open.io.get() == &session; });
    if (std::chrono::steady_clock::now() - found->since < young) ended_young_ = true;
    // It is still in one of its functions.
    boost::asio::post(io_, [kept = std::move(found->io)] {});
    sessions_.erase(found);
    {
      const std::lock_guard lock(mutex_);
      ++wanted_;
    }
    wake_.notify_all();
  }
  if (!is_asked_.exchange(true)) boost::asio::post(io_, [this] { distribute(); });
}

// Nobody needs to wait for a database that is away.
void Database::refuse_all() {
  if (!sessions_.empty()) return;
  const Group group = queue_.take_all();
  for (const CallPtr& call : group) call->failure = Error{Errc::unavailable, health_.why() + "; nothing was done"};
  answer(group);
}

void Database::look_for_stalled_sessions() {
  const auto longest = statement_timeout(options_.patience) + options_.patience;
  const Time now = std::chrono::steady_clock::now();
  std::vector<std::shared_ptr<SessionIo>> stalled;
  for (const Open& session : sessions_)
    if (const auto since = session.io->busy_since(); since && now - *since > longest) stalled.push_back(session.io);
  for (const auto& session : stalled) session->close();
  if (!stalled.empty()) try_idle_sessions();
  look_.expires_after(look_interval);
  look_.async_wait([this](boost::system::error_code ec) {
    if (!ec) look_for_stalled_sessions();
  });
}

// Where one does not answer, the others may not either; nobody should have to wait to find out.
void Database::try_idle_sessions() {
  std::vector<std::shared_ptr<SessionIo>> idle;
  for (const Open& session : sessions_)
    if (session.io->is_idle()) idle.push_back(session.io);
  for (const auto& session : idle) {
    const auto question = std::make_shared<Call>();
    question->statement = &check_database;
    session->send({question});
  }
}

void Database::answer(const Group& group) {
  std::map<std::shared_ptr<Calls>, std::vector<Calls::Number>> by_loop;
  for (const CallPtr& call : group)
    if (call->calls) by_loop[call->calls].push_back(call->number);
  for (auto& [calls, numbers] : by_loop) calls->done(std::move(numbers));
}

}  // namespace cartd::postgres
