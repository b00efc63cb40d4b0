#include "redis/connection/connection.h"

#include <boost/asio/error.hpp>
#include <boost/system/result.hpp>

#include <utility>

namespace cartd::redis {
namespace {

namespace asio = boost::asio;

// Sends `request` on a connection that nothing else uses yet. All its replies, or why there are none.
asio::awaitable<boost::system::result<std::vector<Reply>, std::string>> exchange(ConnectionPtr connection,
                                                                                 Request request) {
  const auto [failed, written] = co_await connection->transport->write(asio::buffer(request.bytes()));
  if (failed) co_return describe(failed);
  std::vector<Reply> replies;
  for (;;) {
    auto next = connection->replies.next();
    if (!next) co_return next.error();
    if (*next) {
      replies.push_back(std::move(**next));
      if (replies.size() == request.commands()) co_return replies;
      continue;
    }
    const std::span<char> room = connection->replies.prepare();
    const auto [error, bytes] = co_await connection->transport->read_some(asio::buffer(room.data(), room.size()));
    if (error) co_return describe(error);
    connection->replies.commit(bytes);
  }
}

}  // namespace

void LostSessions::add(const Session& session) {
  if (session.run_id.empty() || session.client_id == 0) return;
  if (sessions_.size() == most) sessions_.erase(sessions_.begin());
  sessions_.push_back(session);
}

Request LostSessions::fences(const std::string& run_id) const {
  Request fences;
  for (const Session& session : sessions_) {
    if (session.run_id == run_id) fences.add(fence(session));
  }
  return fences;
}

void LostSessions::forget(const std::string& run_id) {
  std::erase_if(sessions_, [&](const Session& session) { return session.run_id == run_id; });
}

asio::awaitable<std::string> open(ConnectionPtr connection, Attempt attempt) {
  std::string why = co_await connection->transport->connect();
  if (!why.empty() || connection->lost) co_return why;
  connection->connected = true;
  const auto replies = co_await exchange(connection, greeting(attempt.url, attempt.client_name));
  if (!replies) co_return replies.error();
  auto session = judge_greeting(attempt.url, attempt.password_optional, *replies);
  if (!session) co_return session.error();
  connection->session = std::move(*session);

  Request fences = attempt.lost.fences(connection->session.run_id);
  if (fences.commands() > 0) {
    // Whatever the answer: where the server does not permit it, the callers' command ids have to tell a repetition.
    const auto fenced = co_await exchange(connection, std::move(fences));
    if (!fenced) co_return fenced.error();
    attempt.lost.forget(connection->session.run_id);
  }
  co_return std::string();
}

std::string describe(boost::system::error_code error) {
  if (error.category() == transport_errors()) return error.message();
  return error == asio::error::eof ? "the server closed the connection" : "the connection was lost: " + error.message();
}

}  // namespace cartd::redis
