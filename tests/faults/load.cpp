#include "faults/load.h"

#include "support/http_client.h"
#include "support/wait_until.h"

#include <nlohmann/json.hpp>

#include <atomic>
#include <exception>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

namespace cartd::test {
namespace {

constexpr auto patience = std::chrono::minutes(5);
constexpr auto add_one = R"({"sku":"A","quantity":1})";

/// One client: a connection that is made anew when it breaks.
class Shopper {
 public:
  explicit Shopper(std::uint16_t port) : port_(port) {}

  /// The status of the answer; 0 when the connection broke first.
  int add(const std::string& target, const HttpHeaders& headers) {
    try {
      if (!client_) client_ = std::make_unique<HttpClient>(port_);
      return client_->post(target, add_one, headers).status;
    } catch (const std::runtime_error&) {
      client_.reset();
      return 0;
    }
  }

 private:
  std::uint16_t port_;
  std::unique_ptr<HttpClient> client_;
};

void count(Tally& tally, int status) {
  switch (status) {
    case 200: ++tally.acknowledged; return;
    case 0:
    case 504: ++tally.unknown; return;
    default: throw std::runtime_error("an add was answered " + std::to_string(status));
  }
}

/// One add that was not refused; what was refused before, because Redis was known to be away, is only counted.
int add_in_good_times(Shopper& shopper, const std::string& target, Tally& tally) {
  int status = 0;
  const bool taken = wait_until(
      [&] {
        status = shopper.add(target, {});
        if (status == 503) ++tally.refused;
        return status != 503;
      },
      patience);
  if (!taken) throw std::runtime_error("adds were refused for too long");
  return status;
}

/// Repeats the add until it is acknowledged. In between it may be refused, unknown or still under way.
void insist(Shopper& shopper, const std::string& target, const std::string& key) {
  const bool done = wait_until(
      [&] {
        const int status = shopper.add(target, {{"Idempotency-Key", key}});
        if (status != 200 && status != 0 && status != 409 && status != 503 && status != 504)
          throw std::runtime_error("an add was answered " + std::to_string(status));
        return status == 200;
      },
      patience);
  if (!done) throw std::runtime_error("an add was never acknowledged");
}

}  // namespace

void on_threads(int count, const std::function<void(int)>& work) {
  std::vector<std::thread> threads;
  std::exception_ptr fault;
  std::mutex mutex;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        work(i);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (!fault) fault = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  if (fault) std::rethrow_exception(fault);
}

Tally shop(const Shopping& shopping) {
  Tally total;
  std::mutex mutex;
  on_threads(shopping.clients, [&](int number) {
    const auto index = static_cast<std::size_t>(number);
    Shopper shopper(shopping.servers[index % shopping.servers.size()]);
    Tally tally;
    for (int i = 0; i < shopping.adds_each; ++i) {
      if (shopping.until_acknowledged) {
        insist(shopper, shopping.target, "add-" + std::to_string(number) + "-" + std::to_string(i));
        ++tally.acknowledged;
      } else {
        count(tally, add_in_good_times(shopper, shopping.target, tally));
      }
    }
    const std::lock_guard lock(mutex);
    total.acknowledged += tally.acknowledged;
    total.unknown += tally.unknown;
    total.refused += tally.refused;
  });
  return total;
}

std::int64_t quantity_at(std::uint16_t port, const std::string& cart) {
  HttpClient client(port);
  const HttpResponse response = client.get("/v1/carts/" + cart);
  if (response.status != 200) throw std::runtime_error("reading was answered " + std::to_string(response.status));
  const auto cart_now = nlohmann::json::parse(response.body);
  for (const auto& item : cart_now.at("items"))
    if (item.at("sku") == "A") return item.at("quantity").get<std::int64_t>();
  return 0;
}

}  // namespace cartd::test
