#include "http/session.h"

#include "http/fields.h"
#include "http/sessions.h"
#include "runtime/log.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http/verb.hpp>

#include <algorithm>
#include <array>
#include <exception>
#include <utility>

namespace cartd::http {
namespace {

using boost::asio::awaitable;
using boost::asio::redirect_error;
using boost::asio::use_awaitable;
using boost::system::error_code;

/// The read buffer of an idle connection: most requests are smaller.
constexpr std::size_t small_read = 2 * 1024;
constexpr std::size_t large_read = 16 * 1024;
/// The most that an idle connection may keep for its answers.
constexpr std::size_t kept_output = 2 * 1024;
/// Answers to pipelined requests leave together, as long as none waits for the others beyond this.
constexpr std::size_t gathered_bytes = 16 * 1024;
constexpr std::chrono::milliseconds gathered_time{1};
/// A client that takes this much within the write timeout is not too slow.
constexpr std::size_t progress_bytes = 64 * 1024;
/// The bytes that a refused client may still send before its connection is closed.
constexpr std::size_t discarded_bytes = 512 * 1024;

constexpr const char* too_much = "clients hold too much memory; nothing was done, try again later";

/// The memory that a request takes beyond its buffers; none for a small one.
std::size_t bytes_of(const Request& request) {
  constexpr std::size_t uncounted = 4 * 1024;
  std::size_t bytes = request.target.capacity() + request.body.capacity();
  for (const auto* field : {&request.accept, &request.if_match, &request.if_none_match, &request.idempotency_key,
                            &request.prefer, &request.request_id, &request.traceparent})
    if (*field) bytes += (*field)->capacity();
  return bytes > uncounted ? bytes : 0;
}

/// Assigning an empty string would keep the memory.
void release(std::string& text) { std::string().swap(text); }

std::size_t beyond(std::size_t capacity, std::size_t uncounted) { return capacity > uncounted ? capacity : 0; }

void log_answer(LogLevel level, const Request& request, unsigned status, const std::string& problem,
                std::string_view request_id, Session::Clock::duration took) {
  const auto micros = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  const std::string_view trace = request.traceparent ? trace_id(*request.traceparent) : std::string_view();
  log(level, "request answered",
      {{"method", std::string(boost::beast::http::to_string(request.method))},
       {"target", request.target},
       {"status", status},
       {"micros", micros},
       {"request_id", std::string(request_id)},
       {"trace_id", std::string(trace)},
       {"problem", problem}});
}

}  // namespace

Session::Session(Socket socket, Site& site, Sessions& neighbours)
    : socket_(std::move(socket)),
      site_(site),
      neighbours_(neighbours),
      reader_(site.options.limits),
      input_(site.options.limits.header_bytes + site.options.limits.target_bytes + large_read) {}

Session::~Session() {
  if (held_ > 0) site_.memory.resize(held_, 0);
}

awaitable<void> Session::serve() {
  enter(Phase::idle, Clock::now());
  for (;;) {
    const RequestReader::Progress progress = reader_.advance(unread());
    input_.consume(progress.consumed);
    switch (progress.step) {
      case RequestReader::Step::complete: co_await answer(); break;
      case RequestReader::Step::failed: refuse(reader_.fault(), reader_.why()); break;
      case RequestReader::Step::expects_continue: output_ += "HTTP/1.1 100 Continue\r\n\r\n"; break;
      case RequestReader::Step::need_more: {
        if (!write_now() && !co_await write_rest()) co_return;
        enter_waiting();
        const boost::asio::mutable_buffer buffer = read_buffer();
        count();
        if (held_ > 0 && !may_hold(0)) {
          refuse(Fault::overloaded, too_much);
          break;
        }
        error_code ec;
        const std::size_t size = co_await socket_.async_read_some(buffer, redirect_error(use_awaitable, ec));
        input_.commit(size);
        if (gave_up_) refuse(Fault::overloaded, too_much);
        if (gave_up_ || !ec) break;
        if (ec != boost::asio::error::operation_aborted || !socket_.is_open()) co_return;
        if (!expired()) break;
        if (phase_ == Phase::idle && !read_now()) co_return co_await end();
        if (phase_ != Phase::idle)
          refuse(Fault::request_timeout,
                 phase_ == Phase::header ? "the header took too long" : "the body took too long");
        break;
      }
    }
    if (last_) co_return co_await end();
    if (ready_to_write() && !write_now() && !co_await write_rest()) co_return;
  }
}

awaitable<void> Session::turn_away() {
  refuse(Fault::overloaded, "too many connections; try again later");
  co_await end();
}

/// In a frame of its own, so that an idle connection does not keep room for it.
awaitable<void> Session::answer() {
  const Clock::time_point begun = Clock::now();
  enter(Phase::answer, begun);
  Routing routing = site_.router.find(reader_.request());
  Response response;
  if (!routing.refusal) routing.refusal = refuse_for_size();
  if (routing.refusal) {
    response = std::move(*routing.refusal);
  } else {
    try {
      response = co_await routing.route->handler(std::move(*routing.call));
      if (response.status < 500) site_.memory.learn_answer(reader_.request().target, response.body.size());
    } catch (const std::exception& e) {
      log(LogLevel::error, "a request failed because of a bug in cartd",
          {{"route", std::string(routing.route->pattern)}, {"what", e.what()}});
      response = site_.router.refuse(Fault::internal, "");
    }
  }
  expected_ = 0;
  put(std::move(response), routing.route, begun);
  reader_.start_over();
}

/// A request that may come to much is not begun where there is no room for it.
std::optional<Response> Session::refuse_for_size() {
  // Of a body: the command, and what is kept or sent of it; and MessagePack as JSON, which may be six times as long.
  const std::size_t copies = reader_.request().media_type == MediaType::msgpack ? 8 : 2;
  expected_ = site_.memory.expected_answer(reader_.request().target) + copies * bytes_of(reader_.request());
  if (expected_ == 0) return std::nullopt;
  if (!may_hold(expected_)) {
    expected_ = 0;
    return site_.router.refuse(Fault::overloaded, too_much);
  }
  count();
  return std::nullopt;
}

/// Whether there is room for `more` bytes of this connection. A small one makes some where there is none.
bool Session::may_hold(std::size_t more) {
  if (site_.memory.fits(held_, more)) return true;
  if (held_ + more <= ClientMemory::much) neighbours_.make_room(*this, more);
  if (site_.memory.fits(held_, more)) return true;
  site_.memory.count_refusal(more, Clock::now());
  return false;
}

void Session::count() {
  const std::size_t now = beyond(input_.capacity(), small_read) + beyond(output_.capacity(), kept_output) +
                          bytes_of(reader_.request()) + expected_;
  if (now == held_) return;
  site_.memory.resize(held_, now);
  held_ = now;
}

void Session::refuse(Fault fault, const char* why) {
  last_ = true;
  put(site_.router.refuse(fault, why), nullptr, Clock::now());
}

void Session::put(Response response, const Route* route, Clock::time_point begun) {
  const Request& request = reader_.request();
  if (!request.keep_alive || last_of_drain()) last_ = true;
  answered_ = Clock::now();
  if (output_.empty()) gathering_ = answered_;
  const bool given = request.request_id && is_request_id(*request.request_id);
  const auto made = given ? std::array<char, 32>() : make_request_id();
  const std::string_view request_id =
      given ? std::string_view(*request.request_id) : std::string_view(made.data(), made.size());
  const bool head = request.method == verb::head;
  const std::string problem = response.status >= 500 ? response.body : "";
  site_.router.represent(request, response);
  append_response(output_, response, {head, !last_, request.http_1_0}, request_id);

  site_.traffic.count(route, head, response.status, answered_ - begun);
  site_.failures.note(response);
  if (response.status == 500 && site_.defects.pass())
    log_answer(LogLevel::warn, request, response.status, problem, request_id, answered_ - begun);
  else if (log_enabled(LogLevel::debug))
    log_answer(LogLevel::debug, request, response.status, problem, request_id, answered_ - begun);
}

/// A connection that ends while the client's next request is on its way would leave that without an answer. The drain
/// timeout bounds how long a client may go on so.
bool Session::last_of_drain() {
  if (!farewell_) return false;
  error_code ec;
  return unread().find_first_not_of("\r\n") == std::string_view::npos && socket_.available(ec) == 0;
}

/// Takes what has arrived since the last look, if anything has.
bool Session::read_now() {
  error_code ec;
  const std::size_t size = socket_.read_some(read_buffer(), ec);
  input_.commit(size);
  return size > 0;
}

bool Session::ready_to_write() const {
  return output_.size() >= gathered_bytes || (!output_.empty() && answered_ - gathering_ > gathered_time);
}

/// Writes what the client takes at once. True when that is all; otherwise write_rest() goes on, and finds the error if
/// there was one. The common answer needs no turn of the event loop.
bool Session::write_now() {
  while (written_ < output_.size()) {
    error_code ec;
    written_ += socket_.write_some(boost::asio::buffer(output_.data() + written_, output_.size() - written_), ec);
    if (ec) return false;
  }
  if (output_.capacity() > kept_output) release(output_);
  else output_.clear();
  written_ = 0;
  if (held_ > 0) count();
  return true;
}

awaitable<bool> Session::write_rest() {
  enter(Phase::write, Clock::now());
  count();
  if (site_.memory.missing(0) > 0) neighbours_.make_room(*this, 0);
  if (site_.memory.missing(0) > 0) {
    site_.memory.count_cut();
    abort();
    co_return false;
  }
  std::size_t mark = written_;
  while (!write_now()) {
    error_code ec;
    co_await socket_.async_wait(Socket::wait_write, redirect_error(use_awaitable, ec));
    if (!socket_.is_open() || (ec && ec != boost::asio::error::operation_aborted)) co_return false;
    if (ec && expired()) {
      abort();
      co_return false;
    }
    const std::size_t before = written_;
    error_code failure;
    written_ += socket_.write_some(boost::asio::buffer(output_.data() + written_, output_.size() - written_), failure);
    if (failure && failure != boost::asio::error::would_block && before == written_) co_return false;
    if (written_ - mark < progress_bytes) continue;
    mark = written_;
    enter(Phase::write, Clock::now());
  }
  co_return true;
}

/// Writes the last answer and waits for the client to take it: closing at once, with bytes of the client unread, would
/// reset the connection and could take the answer from under its hands (RFC 9112, section 9.6).
awaitable<void> Session::end() {
  reader_.start_over();
  input_.clear();
  input_.shrink_to_fit();
  if (!write_now() && !co_await write_rest()) co_return;
  error_code ec;
  socket_.shutdown(Socket::shutdown_send, ec);
  enter(Phase::linger, Clock::now());
  for (std::size_t discarded = 0; !ec && discarded < discarded_bytes;)
    discarded += co_await socket_.async_read_some(input_.prepare(small_read), redirect_error(use_awaitable, ec));
}

void Session::sweep(Clock::time_point now, bool crowded) {
  error_code ignored;
  if (crowded && phase_ == Phase::idle)
    deadline_ = std::min(deadline_, waiting_since_ + site_.options.timeouts.crowded);
  if (now >= deadline_) socket_.cancel(ignored);
}

void Session::drain(Clock::time_point farewell) {
  farewell_ = farewell;
  if (phase_ == Phase::idle) deadline_ = std::min(deadline_, farewell);
}

Claim Session::claim(Clock::time_point now) const {
  const bool waits = phase_ == Phase::header || phase_ == Phase::body || phase_ == Phase::write;
  if (!waits) return {0, std::chrono::milliseconds(0)};
  return {held_, std::chrono::duration_cast<std::chrono::milliseconds>(now - waiting_since_)};
}

void Session::give_up() {
  if (phase_ == Phase::write) {
    abort();
    release(output_);
    written_ = 0;
  } else {
    gave_up_ = true;
    reader_.start_over();
    error_code ignored;
    socket_.cancel(ignored);
  }
  count();
}

/// Closes the connection so that the system does not go on sending what the client does not take.
void Session::abort() {
  error_code ignored;
  socket_.set_option(Socket::linger(true, 0), ignored);
  socket_.close(ignored);
}

void Session::cut() {
  error_code ignored;
  socket_.close(ignored);
}

void Session::enter(Phase phase, Clock::time_point now) {
  const Timeouts& timeouts = site_.options.timeouts;
  const bool same_wait = phase == phase_ || (phase == Phase::body && phase_ == Phase::header);
  if (!same_wait) waiting_since_ = now;
  phase_ = phase;
  switch (phase) {
    case Phase::idle: deadline_ = std::min(now + timeouts.idle, farewell_.value_or(Clock::time_point::max())); return;
    case Phase::header: deadline_ = now + timeouts.header; return;
    case Phase::body: deadline_ = now + timeouts.body; return;
    case Phase::answer: deadline_ = Clock::time_point::max(); return;
    case Phase::write: deadline_ = now + timeouts.write; return;
    case Phase::linger:
      deadline_ = now + (farewell_ ? std::min(timeouts.linger, timeouts.drain / 10) : timeouts.linger);
      return;
  }
}

/// A deadline runs from when the phase began, however many reads it takes.
void Session::enter_waiting() {
  const Phase phase = !reader_.begun() ? Phase::idle : reader_.in_body() ? Phase::body : Phase::header;
  if (phase == phase_) return;
  const bool just_answered = phase_ == Phase::answer;  // Spares the common request a look at the clock.
  enter(phase, just_answered ? answered_ : Clock::now());
}

boost::asio::mutable_buffer Session::read_buffer() {
  const bool small = phase_ == Phase::idle;
  if (small && input_.capacity() > small_read) input_.shrink_to_fit();
  return input_.prepare(small ? small_read : std::min(large_read, input_.max_size() - input_.size()));
}

std::string_view Session::unread() const {
  const auto bytes = input_.data();
  return {static_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace cartd::http
