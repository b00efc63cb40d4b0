// One client of a chaos run: carries out the operations of its workload and records what became of them.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/workload.h"
#include "support/http_client.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

/// What a status says about whether the request was carried out.
Outcome outcome_of(int status);
/// The cart in an answer; nothing when there is none.
std::optional<CartView> view_of(const HttpResponse& response);
/// The user in an answer, without fields when there is no such user; nothing when the answer does not say.
std::optional<UserFields> user_of(const HttpResponse& response);

/// Belongs to one thread.
class Client {
 public:
  /// `ports` are the cartds', by number; `history` outlives the client. Times count from `began`.
  Client(int number, std::vector<std::uint16_t> ports, History& history, std::chrono::steady_clock::time_point began);

  /// Sends the operation to `server`, once, and records it.
  Answer attempt(const Operation& operation, int server);
  void attempt(const UserOperation& operation);

 private:
  struct HttpCall {
    std::string method;
    std::string target;
    std::string body{};
    HttpHeaders headers{};
  };

  static HttpCall call_of(const Operation& operation);
  static HttpCall call_of(const UserOperation& operation);
  std::optional<HttpResponse> exchange(const HttpCall& call, int server, Outcome& without_answer);
  Moment now() const;

  const int number_;
  const std::vector<std::uint16_t> ports_;
  History& history_;
  const std::chrono::steady_clock::time_point began_;
  std::vector<std::unique_ptr<HttpClient>> connections_;
};

}  // namespace cartd::test
