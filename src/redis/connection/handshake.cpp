#include "redis/connection/handshake.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace cartd::redis {
namespace {

enum class Step { auth, select, set_name, client_id, server, replication, ping };

std::vector<Step> steps(const Url& url) {
  std::vector<Step> list;
  if (!url.password.empty()) list.push_back(Step::auth);
  if (url.database != 0) list.push_back(Step::select);
  // PING comes last because it is the one command here that a server refuses while it loads its data.
  for (const Step step : {Step::set_name, Step::client_id, Step::server, Step::replication, Step::ping})
    list.push_back(step);
  return list;
}

const char* name(Step step) {
  switch (step) {
    case Step::auth: return "AUTH";
    case Step::select: return "SELECT";
    case Step::set_name: return "CLIENT SETNAME";
    case Step::client_id: return "CLIENT ID";
    case Step::server:
    case Step::replication: return "INFO";
    case Step::ping: return "PING";
  }
  return "";
}

// The leading capital letters of an error: its code. Nothing else of it is shown to anyone.
std::string_view code(std::string_view error) {
  const auto end = std::find_if(error.begin(), error.end(), [](char c) { return c < 'A' || c > 'Z'; });
  constexpr std::size_t longest = 32;
  return error.substr(0, std::min<std::size_t>(longest, static_cast<std::size_t>(end - error.begin())));
}

std::string explain(Step step, std::string_view error) {
  const std::string_view word = code(error);
  if (word == "LOADING") return "the server is loading its data";
  if (word == "NOAUTH") return "the server requires a password";
  if (word == "WRONGPASS") return "the server refused the user or the password";
  if (word == "DENIED") return "the server is in protected mode";
  if (error.starts_with("ERR max number of clients")) return "the server has too many clients";
  if (step == Step::auth && error.find("without any password") != std::string_view::npos)
    return "the server has no password, but the URL gives one";
  if (step == Step::select && error.find("cluster mode") != std::string_view::npos)
    return "the server runs in cluster mode, which has database 0 only";
  return std::string("the server refused ") + name(step) + ": " + (word.empty() ? "an error" : std::string(word));
}

// Whether the link cannot do without what was refused. Proxies and restricted users refuse in any words, so that only
// words which say that no other command will be taken either are looked for.
bool is_fatal(Step step, std::string_view error) {
  if (step == Step::auth || step == Step::select || error.starts_with("ERR max number of clients")) return true;
  const std::string_view word = code(error);
  return step == Step::ping && (word == "NOAUTH" || word == "LOADING" || word == "DENIED");
}

}  // namespace

Request greeting(const Url& url, const std::string& client_name) {
  Request request;
  for (Step step : steps(url)) {
    switch (step) {
      case Step::auth:
        if (url.user.empty()) {
          request.add({"AUTH", url.password});
        } else {
          request.add({"AUTH", url.user, url.password});
        }
        break;
      case Step::select: request.add({"SELECT", std::to_string(url.database)}); break;
      case Step::set_name: request.add({"CLIENT", "SETNAME", client_name}); break;
      case Step::client_id: request.add({"CLIENT", "ID"}); break;
      case Step::server: request.add({"INFO", "server"}); break;
      case Step::replication: request.add({"INFO", "replication"}); break;
      case Step::ping: request.add({"PING"}); break;
    }
  }
  return request;
}

boost::system::result<Session, std::string> judge_greeting(const Url& url, bool password_optional,
                                                           std::span<const Reply> replies) {
  using Judgement = boost::system::result<Session, std::string>;
  const std::vector<Step> asked = steps(url);
  Session session;
  std::string refused_password;
  std::string first_refusal;
  const auto misses = [&session](Step step) {
    if (step != Step::ping && (session.missing.empty() || session.missing.back() != name(step)))
      session.missing.emplace_back(name(step));
  };
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const ReplyView reply = replies[i].view();
    if (reply.is_error()) {
      if (asked[i] == Step::auth && password_optional) {
        refused_password = explain(asked[i], reply.text());
        continue;
      }
      if (!refused_password.empty() && code(reply.text()) == "NOAUTH")
        return Judgement(boost::system::in_place_error, refused_password);
      if (is_fatal(asked[i], reply.text()))
        return Judgement(boost::system::in_place_error, explain(asked[i], reply.text()));
      if (first_refusal.empty()) first_refusal = explain(asked[i], reply.text());
      misses(asked[i]);
      continue;
    }
    if (asked[i] == Step::client_id) session.client_id = std::max<std::int64_t>(0, reply.integer());
    if (asked[i] == Step::client_id && session.client_id == 0) misses(asked[i]);
    if (asked[i] == Step::server) {
      session.run_id = run_id_of(reply.text());
      session.mode = mode_of(reply.text());
      if (session.run_id.empty()) misses(asked[i]);
    }
    if (asked[i] == Step::replication) {
      Replication replication = read_replication(reply.text());
      session.role = replication.role;
      session.replication_id = std::move(replication.id);
      if (session.replication_id.empty()) misses(asked[i]);
    }
    // A connection of a socket to itself, which TCP allows, echoes the greeting: that is no server.
    if (asked[i] == Step::ping && reply.text() != "PONG") {
      return Judgement(boost::system::in_place_error,
                       first_refusal.empty() ? "the server is not Redis" : std::move(first_refusal));
    }
  }
  return session;
}

const char* cost_of_missing(std::string_view command) {
  if (command == name(Step::set_name)) return "connections have no name in CLIENT LIST";
  if (command == name(Step::client_id))
    return "late bytes of a lost connection cannot be cut off; command ids still prevent doubling";
  return "cartd cannot detect lost data and restores nothing";
}

Request fence(const Session& lost) { return Request{"CLIENT", "KILL", "ID", std::to_string(lost.client_id)}; }

}  // namespace cartd::redis
