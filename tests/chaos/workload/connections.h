// The connections of one client to all cartds.
#pragma once

#include "chaos/checker/history.h"
#include "support/http_client.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cartd::test {

struct HttpCall {
  std::string method;
  std::string target;
  std::string body{};
  HttpHeaders headers{};
};

/// Belongs to one thread.
class Connections {
 public:
  /// `ports` are the cartds', by number. Times count from `began`.
  Connections(std::vector<std::uint16_t> ports, std::chrono::steady_clock::time_point began);

  /// Nothing: there was no answer; `without_answer` then says what that means.
  std::optional<HttpResponse> exchange(const HttpCall& call, int server, Outcome& without_answer);
  Moment now() const;

 private:
  const std::vector<std::uint16_t> ports_;
  const std::chrono::steady_clock::time_point began_;
  std::vector<std::unique_ptr<HttpClient>> connections_;
};

}  // namespace cartd::test
