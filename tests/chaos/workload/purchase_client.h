// One client of a chaos run that acts for a customer: carries out operations and records what became of them.
#pragma once

#include "chaos/checker/history.h"
#include "chaos/workload/connections.h"
#include "chaos/workload/purchases.h"
#include "support/http_client.h"

#include <chrono>
#include <cstdint>
#include <vector>

namespace cartd::test {

/// The orders in an answer: one, or a list.
std::vector<OrderView> orders_of(const HttpResponse& response);

/// Belongs to one thread.
class PurchaseClient {
 public:
  /// As for Client.
  PurchaseClient(int number, std::vector<std::uint16_t> ports, History& history,
                 std::chrono::steady_clock::time_point began)
      : number_(number), connections_(std::move(ports), began), history_(history) {}

  /// Sends the operation to `server`, once, and records it.
  PurchaseAnswer attempt(const PurchaseOperation& operation, int server);

 private:
  const int number_;
  Connections connections_;
  History& history_;
};

}  // namespace cartd::test
