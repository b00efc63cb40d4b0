#include "chaos/workload/connections.h"

#include <stdexcept>
#include <utility>

namespace cartd::test {

using namespace std::chrono_literals;

Connections::Connections(std::vector<std::uint16_t> ports, std::chrono::steady_clock::time_point began)
    : ports_(std::move(ports)), began_(began), connections_(ports_.size()) {}

std::optional<HttpResponse> Connections::exchange(const HttpCall& call, int server, Outcome& without_answer) {
  std::unique_ptr<HttpClient>& connection = connections_[static_cast<std::size_t>(server)];
  without_answer = Outcome::refused;
  try {
    if (!connection)
      connection =
          std::make_unique<HttpClient>(ports_[static_cast<std::size_t>(server)], HttpClientOptions{.patience = 5s});
    without_answer = Outcome::unknown;
    return connection->request(call.method, call.target, call.body, call.headers);
  } catch (const std::runtime_error&) {
    connection.reset();
    return std::nullopt;
  }
}

Moment Connections::now() const {
  return std::chrono::duration_cast<Moment>(std::chrono::steady_clock::now() - began_);
}

}  // namespace cartd::test
