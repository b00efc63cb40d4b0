#include "faults/load.h"

#include "runtime/scope_exit.h"
#include "support/http_client.h"
#include "support/wait_until.h"

#include <nlohmann/json.hpp>

#include <condition_variable>
#include <exception>
#include <memory>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>

namespace cartd::test {
namespace {

constexpr auto patience = std::chrono::minutes(5);
constexpr auto add_one = R"({"sku":"A","quantity":1})";

/// One client: a connection that is made anew when it breaks.
class AddClient {
 public:
  explicit AddClient(std::uint16_t port) : port_(port) {}

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

void count(LoadResult& result, int status) {
  switch (status) {
    case 200: ++result.acknowledged; return;
    case 0:
    case 504: ++result.unknown; return;
    default: throw std::runtime_error("an add was answered " + std::to_string(status));
  }
}

/// One add that was not refused; what was refused before, because Redis was known to be away, is only counted.
int add_unless_refused(AddClient& client, const std::string& target, LoadResult& result) {
  int status = 0;
  const bool taken = wait_until(
      [&] {
        status = client.add(target, {});
        if (status == 503) ++result.refused;
        return status != 503;
      },
      patience);
  if (!taken) throw std::runtime_error("adds were refused for too long");
  return status;
}

/// Keeps an add that is repeated from being overtaken by so many others that the cart forgets its key.
class KeyWindow {
 public:
  /// Waits until fewer than 32 adds, as many as a cart remembers, have begun since the oldest that is still repeated.
  std::int64_t begin() {
    constexpr std::int64_t keys_remembered = 32;
    std::unique_lock lock(mutex_);
    moved_.wait(lock, [&] { return repeated_.empty() || begun_ - *repeated_.begin() < keys_remembered - 1; });
    repeated_.insert(++begun_);
    return begun_;
  }
  void end(std::int64_t number) {
    const std::lock_guard lock(mutex_);
    repeated_.erase(number);
    moved_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable moved_;
  std::set<std::int64_t> repeated_;
  std::int64_t begun_ = 0;
};

/// Repeats the add until it is acknowledged. In between it may be refused, unknown or still under way.
void add_until_acknowledged(AddClient& client, const std::string& target, const std::string& key) {
  const bool done = wait_until(
      [&] {
        const int status = client.add(target, {{"Idempotency-Key", key}});
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

LoadResult run_load(const LoadOptions& options) {
  LoadResult total;
  std::mutex mutex;
  KeyWindow window;
  on_threads(options.clients, [&](int number) {
    const auto index = static_cast<std::size_t>(number);
    AddClient client(options.servers[index % options.servers.size()]);
    LoadResult result;
    for (int i = 0; i < options.adds_each; ++i) {
      if (options.until_acknowledged) {
        const ScopeExit ended([&window, begun = window.begin()] { window.end(begun); });
        add_until_acknowledged(client, options.target, "add-" + std::to_string(number) + "-" + std::to_string(i));
        ++result.acknowledged;
      } else {
        count(result, add_unless_refused(client, options.target, result));
      }
    }
    const std::lock_guard lock(mutex);
    total.acknowledged += result.acknowledged;
    total.unknown += result.unknown;
    total.refused += result.refused;
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
