// One client of a chaos run: carries out the operations of its workload and records what became of them.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/connections.h"
#include "chaos/workload/workload.h"
#include "support/http_client.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

/// What a status says about whether the request was carried out.
Outcome outcome_of(int status);
/// The cart in an answer, or the target of a merge; nothing when there is none.
std::optional<CartView> view_of(const HttpResponse& response);
/// The cart's version in an answer that does not show it; nothing when it promises none.
std::optional<std::uint64_t> version_without_cart(const HttpResponse& response);
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
  static HttpCall call_of(const Operation& operation);
  static HttpCall call_of(const UserOperation& operation);

  const int number_;
  Connections connections_;
  History& history_;
};

}  // namespace cartd::test
