// Finds out, from what all clients of the process see of the Redis servers, which server is away since when, and what
// of that belongs into the log.
#pragma once

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace cartd::app {

/// One client's view of one server.
struct Standing {
  std::string server{};  ///< host:port, or a socket's path.
  bool serves = false;
  bool connected = false;
  bool failed = false;  ///< The last attempt to connect has failed.
  std::string why{};    ///< Why it does not serve.
};

struct OutageLine {
  std::string server{};
  std::string why{};                                          ///< Why it does not serve; empty when it does again.
  bool connected = false;                                     ///< It can be reached, and does not serve all the same.
  std::optional<std::chrono::steady_clock::duration> away{};  ///< It is back, after so long.
};

/// Times are handed in.
class OutageLog {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// `servers`: all that the client with this number knows now. A server counts as away as long as one client says so.
  /// The line comes at once when a connection fails, and otherwise after a second; that it is back when it has served
  /// for a second. At most one outage per server in 10 s is logged, and of at most 16 servers at a time.
  std::vector<OutageLine> look(std::size_t client, const std::vector<Standing>& servers, Time now);

 private:
  struct Server {
    std::set<std::size_t> known_to{};
    std::set<std::size_t> away_for{};
    bool is_away = false;  ///< Until it has served for a while.
    bool logged = false;
    Time away_since{};
    std::optional<Time> serves_since{};
    std::optional<Time> last_line{};
  };

  std::optional<OutageLine> judge_away(Server& server, const Standing& standing, std::size_t client, Time now);
  std::optional<OutageLine> judge_back(Server& server, const std::string& name, Time now);

  std::map<std::string, Server> servers_{};
  std::size_t logged_ = 0;
};

}  // namespace cartd::app
